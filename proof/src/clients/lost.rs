//! Looks for the outcome of a save whose answer was lost.

use super::client::{Client, Stopped};
use super::held::Holds;
use super::session::{AnySession, Operates};
use super::tables::{row, version};
use crate::history::{Requires, Version};
use crate::recorder::{Answered, Open, Part};
use optlock::{LostAttempt, Resolved, VersionToken};
use std::time::Duration;

impl Client {
    /// Asks on another connection what became of a write of the row, which is the operation `open`, and records the
    /// answer. `written` is what the write does if the row gets this version.
    pub(super) fn resolve<M: Holds>(
        &mut self,
        open: &Open,
        lost: &mut LostAttempt<'_, M>,
        key: i32,
        written: &dyn Fn(Option<Version>) -> Part,
    ) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let expected = version(&lost.expected().describe());
        let written = written(Some(version(&lost.next_version().describe())));
        self.recorder.know_more(open, written.clone().into());
        let Some(mut session) = self.another_connection() else {
            return Err(Stopped);
        };
        let asked = self.recorder.begin(
            self.recorder.session(),
            session.face(),
            "resolve",
            Answered::default(),
        );
        let Ok(resolved) = session.resolve(lost) else {
            self.recorder.answered("resolve: failed");
            self.recorder.end(&asked, Answered::default());
            return Ok(());
        };
        let row = row::<M>(key);
        let (kind, seen) = match &resolved {
            Resolved::Landed(found) => ("resolve: landed", Part::read(row, Some(found.contents()))),
            Resolved::ProbablyLanded(found) => (
                "resolve: probably landed",
                Part::read(row, Some(found.contents())),
            ),
            Resolved::Changed(found) => {
                ("resolve: changed", Part::read(row, Some(found.contents())))
            }
            Resolved::NotLanded => (
                "resolve: not landed",
                Part::saw(row, Requires::Version(expected)),
            ),
            Resolved::Missing => ("resolve: missing", Part::read(row, None)),
        };
        self.recorder.answered(kind);
        if let Resolved::Landed(_) = resolved {
            // So it has taken effect by now.
            self.recorder.end(open, written.into());
        }
        self.recorder.end(&asked, seen.into());
        if let Resolved::Landed(found) = resolved {
            M::of(&mut self.held).insert(key, found);
        }
        Ok(())
    }
}

/// Tries for some seconds: a server may be down.
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..40 {
        if let Some(value) = attempt() {
            return Some(value);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

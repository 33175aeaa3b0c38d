//! Operations that only read.

use super::client::{Client, Ending, Sent, Stopped};
use super::held::Holds;
use super::session::{AnySession, Operates};
use super::step::Step;
use super::tables::{Model, row};
use crate::history::Requires;
use crate::recorder::Part;
use optlock::Refreshed;

impl Client {
    /// The value of the row, from memory or from the database.
    pub(super) fn value<M: Holds>(&mut self, key: i32) -> Result<Option<M>, Stopped>
    where
        AnySession: Operates<M>,
    {
        match M::of(&mut self.held).get(&key) {
            Some(value) => Ok(Some(value.clone())),
            None => self.load(key),
        }
    }

    pub(super) fn load<M: Holds>(&mut self, key: i32) -> Result<Option<M>, Stopped>
    where
        AnySession: Operates<M>,
    {
        let ending = self.operate::<M, _>(
            Sent::reading("load"),
            |session| Operates::<M>::load(session, key),
            |loaded| {
                let contents = loaded.as_ref().map(Model::contents);
                Part::read(row::<M>(key), contents).into()
            },
        )?;
        let Ending::Done(loaded) = ending else {
            return Ok(None);
        };
        match &loaded {
            Some(value) => M::of(&mut self.held).insert(key, value.clone()),
            None => M::of(&mut self.held).remove(&key),
        };
        Ok(loaded)
    }

    pub(super) fn check<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(value) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let current = Part::saw(value.row(), Requires::Version(value.known_version()));
        let ending = self.operate::<M, _>(
            Sent::reading("check_current"),
            |session| session.check(&value),
            |()| current.into(),
        )?;
        self.loads_again::<M, _>(step, &ending);
        Ok(())
    }

    pub(super) fn lock<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(value) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let locked = Part::saw(value.row(), Requires::Version(value.known_version()));
        let ending = self.operate::<M, _>(
            Sent::reading("lock_checked").dropped_after(step.drop_after),
            |session| session.lock(&value),
            |()| locked.into(),
        )?;
        self.loads_again::<M, _>(step, &ending);
        Ok(())
    }

    pub(super) fn refresh<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(mut value) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let before = value.clone();
        let sent = Sent::reading("refresh").dropped_after(step.drop_after);
        let ending = self.operate::<M, _>(
            sent,
            |session| {
                let refreshed = session.refresh(&mut value)?;
                let is_there = refreshed != Refreshed::Missing;
                Ok(is_there.then(|| value.contents()))
            },
            |found| Part::read(before.row(), found.clone()).into(),
        )?;
        match ending {
            Ending::Done(Some(_)) => M::of(&mut self.held).insert(step.key(), value),
            Ending::Done(None) => M::of(&mut self.held).remove(&step.key()),
            Ending::Refused(_) | Ending::Unknown(..) => {
                self.unchanged("refresh", &before, &value);
                None
            }
        };
        Ok(())
    }

    /// After a refusal a client loads the row again, before it does more with it. Some do not.
    pub(super) fn loads_again<M: Holds, T>(&mut self, step: &Step, ending: &Ending<T>) {
        if !matches!(ending, Ending::Done(_)) {
            self.loads_again_after_refusal::<M>(step);
        }
    }

    pub(super) fn loads_again_after_refusal<M: Holds>(&mut self, step: &Step) {
        if !step.keeps_stale {
            M::of(&mut self.held).remove(&step.key());
        }
    }

    /// A call that fails leaves the value in memory as it was.
    pub(super) fn unchanged<M: Model>(&self, name: &str, before: &M, after: &M) {
        if before != after {
            self.recorder.broke(format!(
                "{name} has failed, and changed the value in memory\n  before: {before:?}\n  after:  {after:?}"
            ));
        }
    }
}

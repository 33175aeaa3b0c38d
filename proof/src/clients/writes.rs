//! Operations that write one row.

use super::client::{Client, Ending, Sent, Stopped};
use super::edit::Edit;
use super::held::Holds;
use super::session::{Answer, AnySession, Operates};
use super::step::{Columns, Step};
use super::tables::{row, version};
use crate::history::{Makes, Requires, Version};
use crate::recorder::Part;
use optlock::{MakeAttempt, Saved, Tracked, Upserted, VersionToken};

impl Client {
    pub(super) fn edit(&self, columns: Columns) -> Edit {
        let stamp = |written: bool| written.then(|| self.recorder.stamp());
        Edit {
            left: stamp(columns != Columns::Right),
            right: stamp(columns != Columns::Left),
        }
    }

    pub(super) fn save<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        self.write::<M>(step, "save_checked", step.columns, |session, value| {
            session.save(value)
        })
    }

    pub(super) fn touch<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(mut value) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let before = value.clone();
        let expected = before.known_version();
        let touched = |version| {
            Part::checked(
                before.row(),
                expected.clone(),
                Edit::default().makes(version),
            )
        };
        let ending = self.operate::<M, _>(
            Sent::writing("touch_checked", touched(None)).dropped_after(step.drop_after),
            |session| {
                session.touch(&mut value)?;
                Ok(value.known_version())
            },
            |version| touched(Some(version.clone())).into(),
        )?;
        self.after_write(
            step,
            "touch_checked",
            &before,
            &before,
            value,
            ending,
            &touched,
        )
    }

    /// A checked write of the whole value, by `act`.
    pub(super) fn write<M: Holds>(
        &mut self,
        step: &Step,
        name: &'static str,
        columns: Columns,
        act: impl FnOnce(&mut AnySession, &mut M) -> Answer<()>,
    ) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(loaded) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let mut value = loaded.clone();
        let edit = self.edit(columns);
        edit.apply(&mut value);
        let edited = value.clone();
        let expected = loaded.known_version();
        let written = |version| {
            Part::checked(
                edited.row(),
                expected.clone(),
                Edit::whole(&edited, version),
            )
        };
        let sent = Sent::writing(name, written(None)).stamping(edited.row(), edit);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| {
                act(session, &mut value)?;
                Ok(value.known_version())
            },
            |version| written(Some(version.clone())).into(),
        )?;
        self.after_write(step, name, &loaded, &edited, value, ending, &written)
    }

    /// What a client does when a write of a value has ended.
    #[allow(clippy::too_many_arguments)] // what there is before the write, and what after it
    fn after_write<M: Holds, T>(
        &mut self,
        step: &Step,
        name: &str,
        loaded: &M,
        edited: &M,
        mut value: M,
        ending: Ending<T>,
        written: &dyn Fn(Option<Version>) -> Part,
    ) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        if let Ending::Done(_) = ending {
            M::of(&mut self.held).insert(step.key(), value);
            return Ok(());
        }
        self.unchanged(name, edited, &value);
        M::of(&mut self.held).insert(step.key(), loaded.clone());
        self.loads_again::<M, _>(step, &ending);
        let Ending::Unknown(open, Some(error)) = ending else {
            return Ok(());
        };
        match value.attempt_of(&error) {
            Some(mut lost) => self.resolve(&open, &mut lost, edited.id(), written),
            None => Ok(()),
        }
    }

    /// A save whose token is known before it is sent, so that its outcome can be looked for also where its future
    /// was dropped.
    pub(super) fn attempt<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(loaded) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let mut value = loaded.clone();
        let edit = self.edit(step.columns);
        edit.apply(&mut value);
        let edited = value.clone();
        let Ok(mut attempt) = value.attempt() else {
            return Ok(());
        };
        let token = version(&attempt.next_version().describe());
        let expected = loaded.known_version();
        let written = |version| {
            Part::checked(
                edited.row(),
                expected.clone(),
                Edit::whole(&edited, version),
            )
        };
        let may_do = written(Some(token.clone()));
        let sent = Sent::writing("attempt", may_do.clone()).stamping(edited.row(), edit);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| session.attempt(&mut attempt),
            |_: &Saved| may_do.into(),
        )?;
        match ending {
            Ending::Done(_) => {
                drop(attempt);
                M::of(&mut self.held).insert(step.key(), value);
            }
            Ending::Refused(_) => {
                drop(attempt);
                self.unchanged("attempt", &edited, &value);
                self.loads_again_after_refusal::<M>(step);
            }
            Ending::Unknown(open, _) => {
                self.unchanged("attempt", &edited, attempt.value());
                M::of(&mut self.held).remove(&step.key());
                self.resolve(&open, &mut attempt.into_owned(), step.key(), &written)?;
            }
        }
        Ok(())
    }

    pub(super) fn force<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(loaded) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let mut value = loaded.clone();
        let edit = self.edit(Columns::Both);
        edit.apply(&mut value);
        let edited = value.clone();
        let written = |version: Option<Version>| {
            let requires = match &version {
                // The number behind the row's, whatever the value in memory knew.
                Some(Version::Number(next)) => Requires::Version(Version::Number(next - 1)),
                Some(Version::Token(_)) | None => Requires::Present,
            };
            Part::wrote(edited.row(), requires, Edit::whole(&edited, version))
        };
        let sent = Sent::writing("force_save", written(None)).stamping(edited.row(), edit);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| {
                session.force(&mut value)?;
                Ok(value.known_version())
            },
            |version| written(Some(version.clone())).into(),
        )?;
        self.after_write(
            step,
            "force_save",
            &loaded,
            &edited,
            value,
            ending,
            &written,
        )
    }

    pub(super) fn insert<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let mut value = M::unstored(step.key());
        let edit = self.edit(Columns::Both);
        edit.apply(&mut value);
        let edited = value.clone();
        let row = value.row();
        // Numbers begin with 1, and a token is drawn by the insert.
        let first = match edited.known_version() {
            Version::Number(before) => Some(Version::Number(before + 1)),
            Version::Token(_) => None,
        };
        let may_do = Part::wrote(row, Requires::Absent, Edit::whole(&edited, first));
        let sent = Sent::writing("upsert_checked", may_do).stamping(row, edit);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| {
                let _: Upserted = session.upsert(&mut value)?;
                Ok(value.contents())
            },
            |contents| Part::wrote(row, Requires::Absent, Makes::Contents(contents.clone())).into(),
        )?;
        if let Ending::Done(_) = ending {
            M::of(&mut self.held).insert(step.key(), value);
        } else {
            self.unchanged("upsert_checked", &edited, &value);
        }
        Ok(())
    }

    pub(super) fn delete<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(value) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let deleted = Part::checked(value.row(), value.known_version(), Makes::Absent);
        let ending = self.operate::<M, _>(
            Sent::writing("delete_checked", deleted.clone()).dropped_after(step.drop_after),
            |session| session.delete(&value),
            |()| deleted.into(),
        )?;
        if let Ending::Done(()) = ending {
            M::of(&mut self.held).remove(&step.key());
        }
        self.loads_again::<M, _>(step, &ending);
        Ok(())
    }

    /// Saves one column, and takes the other one over from another client if need be.
    pub(super) fn merge<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(loaded) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let columns = match step.columns {
            Columns::Both => Columns::Left,
            one => one,
        };
        let edit = self.edit(columns);
        let mut value = Tracked::new(loaded.clone());
        edit.apply(&mut *value);
        let edited: M = M::clone(&value);
        let row = row::<M>(step.key());
        // It may be a save of the version that it knows, or of a later one. What others have written into its column it
        // refuses to overwrite.
        let [left, right] = loaded.stamps();
        let own = Requires::Columns {
            left: edit.left.and(Some(left)),
            right: edit.right.and(Some(right)),
        };
        let may_do = Part::wrote(row, own, edit.makes(None));
        let sent = Sent::writing("save_merged", may_do).stamping(row, edit);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| {
                session.merge(&mut value)?;
                Ok(M::clone(&value))
            },
            |saved| {
                let [left, right] = saved.stamps();
                let version = saved.known_version();
                let requires = match version {
                    // A value of a deleted row may match the row that was inserted after it: then the other column is
                    // overwritten as well.
                    Version::Number(next) => Requires::Version(Version::Number(next - 1)),
                    // Of a token it is not known which one it has replaced, but what was in the row.
                    Version::Token(_) => Requires::Columns {
                        left: Some(if edit.left.is_some() {
                            loaded.stamps()[0]
                        } else {
                            left
                        }),
                        right: Some(if edit.right.is_some() {
                            loaded.stamps()[1]
                        } else {
                            right
                        }),
                    },
                };
                Part::wrote(row, requires, Edit::whole(saved, Some(version))).into()
            },
        )?;
        if let Ending::Done(_) = ending {
            M::of(&mut self.held).insert(step.key(), value.into_inner());
        } else {
            self.unchanged("save_merged", &edited, &value);
            self.unchanged("save_merged (base)", &loaded, value.base());
            self.loads_again::<M, _>(step, &ending);
        }
        Ok(())
    }
}

//! Operations on several rows, or of several steps, that happen together or not at all.

use super::client::{Client, Ending, Sent, Stopped};
use super::edit::Edit;
use super::held::Holds;
use super::session::{AnySession, End, Ended, Operates};
use super::step::{Columns, Step};
use super::tables::{Model, row};
use crate::history::Requires;
use crate::recorder::{Answered, Part};
use std::sync::{Mutex, PoisonError};

impl Client {
    /// The values of the step's rows, as far as the rows are there.
    fn values<M: Holds>(&mut self, step: &Step) -> Result<Vec<M>, Stopped>
    where
        AnySession: Operates<M>,
    {
        let mut values = Vec::new();
        for &key in &step.keys {
            values.extend(self.value::<M>(key)?);
        }
        Ok(values)
    }

    /// A save of several values at once.
    pub(super) fn save_all<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let loaded = self.values::<M>(step)?;
        let mut values = loaded.clone();
        let mut sent = Sent::writing("save_all_checked", Answered::default());
        for value in &mut values {
            let edit = self.edit(step.columns);
            edit.apply(value);
            sent = sent.stamping(value.row(), edit);
        }
        let edited = values.clone();
        let written = |now: Option<&[M]>| written(&loaded, &edited, now);
        sent.may_do = written(None);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| {
                session.save_all(&mut values)?;
                Ok(values.clone())
            },
            |saved| written(Some(saved)),
        )?;
        match ending {
            Ending::Done(saved) => self.hold(saved),
            _ => {
                self.all_unchanged("save_all_checked", &edited, &values);
                self.load_all_again::<M>(step);
            }
        }
        Ok(())
    }

    /// Saves in a transaction, which is rolled back at its end if the step says so. The values are then saved again: those
    /// that a rollback left ahead of their rows would overwrite what others have written.
    pub(super) fn transaction<M: Holds>(&mut self, step: &Step, end: End) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let name = match end {
            End::Commit => "transaction",
            End::RollBack => "transaction (rolled back)",
        };
        let loaded = self.values::<M>(step)?;
        let mut values = loaded.clone();
        let edits: Vec<_> = loaded.iter().map(|_| self.edit(step.columns)).collect();
        let mut edited = loaded.clone();
        let mut sent = Sent::writing(name, Answered::default());
        for (value, edit) in edited.iter_mut().zip(&edits) {
            edit.apply(value);
            sent = sent.stamping(value.row(), *edit);
        }
        if end == End::Commit {
            sent.may_do = written(&loaded, &edited, None);
        }
        let stamps = sent.stamps.clone();
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| {
                let ended = session.transaction(&mut values, &edits, end)?;
                Ok((ended, values.clone()))
            },
            |(ended, values)| match ended {
                Ended::Committed => written(&loaded, &edited, Some(values)),
                // Each save has matched its row.
                Ended::RolledBack => Answered {
                    parts: loaded
                        .iter()
                        .map(|value| {
                            Part::saw(value.row(), Requires::Version(value.known_version()))
                        })
                        .collect(),
                    refused: stamps,
                    lease: None,
                },
            },
        )?;
        match ending {
            Ending::Done((Ended::Committed, values)) => self.hold(values),
            Ending::Done((Ended::RolledBack, values)) => {
                self.all_unchanged(name, &loaded, &values);
                for value in &loaded {
                    self.save(&step.of_key(value.id()))?;
                }
            }
            Ending::Refused(_) | Ending::Unknown(..) => {
                self.all_unchanged(name, &loaded, &values);
                self.load_all_again::<M>(step);
            }
        }
        Ok(())
    }

    pub(super) fn retry<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let row = row::<M>(step.key());
        let edit = self.edit(Columns::Both);
        let seen = Mutex::new(None);
        let written = |loaded: &M, version| {
            let Edit { left, right } = edit;
            Part::checked(
                row,
                loaded.known_version(),
                Edit { left, right }.makes(version),
            )
        };
        let may_do = Part::wrote(row, Requires::Present, edit.makes(None));
        let sent = Sent::writing("retry", may_do).stamping(row, edit);
        let ending = self.operate::<M, _>(
            sent.dropped_after(step.drop_after),
            |session| Operates::<M>::retry(session, step.key(), edit, &seen),
            |saved: &Option<M>| {
                let loaded = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
                match (loaded, saved) {
                    (Some(loaded), Some(saved)) => {
                        let part = written(&loaded, Some(saved.known_version()));
                        part.leaving(saved.contents()).into()
                    }
                    _ => Answered {
                        parts: vec![Part::read(row, None)],
                        refused: edit.stamps().map(|stamp| (row, stamp)).collect(),
                        lease: None,
                    },
                }
            },
        )?;
        match ending {
            Ending::Done(Some(saved)) => drop(M::of(&mut self.held).insert(step.key(), saved)),
            Ending::Unknown(open, Some(_)) => {
                // Only a COMMIT is lost, that of the last attempt.
                let loaded = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
                if let Some(loaded) = loaded {
                    self.recorder
                        .know_more(&open, written(&loaded, None).into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn hold<M: Holds>(&mut self, values: Vec<M>) {
        let held = M::of(&mut self.held);
        held.extend(values.into_iter().map(|value| (value.id(), value)));
    }

    fn all_unchanged<M: Model>(&self, name: &str, before: &[M], after: &[M]) {
        for (before, after) in before.iter().zip(after) {
            self.unchanged(name, before, after);
        }
    }

    fn load_all_again<M: Holds>(&mut self, step: &Step) {
        for &key in &step.keys {
            self.loads_again_after_refusal::<M>(&step.of_key(key));
        }
    }
}

/// The checked writes of values that were `loaded` and `edited`, and have these versions now.
fn written<M: Model>(loaded: &[M], edited: &[M], now: Option<&[M]>) -> Answered {
    let parts = loaded
        .iter()
        .zip(edited)
        .enumerate()
        .map(|(index, (loaded, edited))| {
            let version = now.map(|now| now[index].known_version());
            Part::checked(
                loaded.row(),
                loaded.known_version(),
                Edit::whole(edited, version),
            )
        });
    parts.collect::<Vec<_>>().into()
}

//! `save_merged`.

use super::save::{SaveOrLoad, Saved};
use crate::diff::{Diff, Field, FieldConflict, Merged};
use crate::error::Error;
use crate::identity::is_same_row;
use crate::versioned::Versioned;

/// How often a save is tried before its conflict is returned.
const ROUNDS: usize = 10;

/// Can the model be saved with a merge on the connection `C`? See
/// [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::{Error, methods};
///
/// fn edit<M, C>(mut model: M, edit: impl FnOnce(&mut M), conn: &mut C) -> Result<M, Error>
/// where
///     M: methods::SaveMerged<C> + Clone,
/// {
///     let base = model.clone();
///     edit(&mut model);
///     model.save_merged(&base, conn)?;
///     Ok(model)
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table).set((contacts::name.eq("Ann B."), contacts::version.eq(2))).execute(conn)?;
/// assert_eq!(edit(ann, |ann| ann.email = None, conn)?.name, "Ann B.");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved with a merge",
    label = "needs `#[derive(Clone, Diff, Queryable, Selectable)]`",
    note = "a struct that borrows cannot be loaded, so it cannot be merged",
    note = "if they are derived, this database does not store the type of a field"
)]
pub trait SaveMerged<C>: Versioned + Diff + Sized {
    /// See [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::save_merged`](crate::VersionedDsl::save_merged).
    fn save_merged(&mut self, base: &Self, conn: &mut C) -> Result<Vec<Field>, Error> {
        match self.save_or_merge(Some(base), &mut |_| {}, conn)? {
            AfterMerge::Saved(_) => Ok(Vec::new()),
            AfterMerge::Merged { taken, .. } => Ok(taken),
        }
    }

    /// Saves, with a merge if there is a base. Shows `follow` the value as it will be if it is saved at
    /// once, before anything is sent.
    ///
    /// # Errors
    ///
    /// As [`save_merged`](Self::save_merged).
    #[doc(hidden)]
    fn save_or_merge(
        &mut self,
        base: Option<&Self>,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<AfterMerge<Self>, Error>;
}

/// How a save came to succeed.
#[doc(hidden)]
#[derive(Debug)]
pub enum AfterMerge<M> {
    /// At once: there was nothing to merge.
    Saved(Saved),
    /// With the changes of both.
    Merged {
        /// What only others have changed.
        taken: Vec<Field>,
        /// A copy of the value, which equals the row.
        copy: M,
    },
}

impl<M, C> SaveMerged<C> for M
where
    M: SaveOrLoad<C> + Diff + Clone,
{
    fn save_or_merge(
        &mut self,
        base: Option<&M>,
        follow: &mut dyn FnMut(&M),
        conn: &mut C,
    ) -> Result<AfterMerge<M>, Error> {
        let mut theirs = match self.save_or_load_followed(follow, conn)? {
            Ok(saved) => return Ok(AfterMerge::Saved(saved)),
            Err(Some(theirs)) => theirs,
            Err(None) => return Err(Error::conflict(self, None)),
        };
        let Some(base) = base.filter(|base| is_base(*base, self)) else {
            return Err(modified(self, &theirs));
        };
        for _ in 1..ROUNDS {
            // Each time with what mine was at first: merged with the round before, a change of mine
            // that theirs had made too would be forgotten.
            let merged = merge(base, self, &theirs)?;
            let taken = merged.taken_from_theirs;
            let mut value = merged.value;
            let mut copy = None;
            // Even if theirs has all of it: only this says whether theirs is the newest row.
            match value.save_or_load_followed(&mut |value| copy = Some(value.clone()), conn)? {
                Ok(_) => {
                    let copy = copy.unwrap_or_else(|| value.clone());
                    *self = value;
                    return Ok(AfterMerge::Merged { taken, copy });
                }
                Err(Some(newest)) => theirs = newest,
                Err(None) => return Err(Error::conflict(self, None)),
            }
        }
        Err(modified(self, &theirs))
    }
}

/// Is it what the value was before it was changed? With another one a merge would take what others
/// have changed for a change of mine, and overwrite it.
pub(crate) fn is_base<M: Versioned>(base: &M, value: &M) -> bool {
    base.version() == value.version() && is_same_row(base, value)
}

fn merge<'v, M>(base: &'v M, mine: &'v M, theirs: &'v M) -> Result<Merged<'v, M>, Error>
where
    M: Versioned + Diff + Clone,
{
    let merged = M::merge(base, mine, theirs);
    if merged.conflicts.is_empty() {
        return Ok(merged);
    }
    let fields = merged.conflicts.iter().map(FieldConflict::field).collect();
    Err(Error::merge_conflict(mine, fields))
}

fn modified<M: Versioned>(mine: &M, theirs: &M) -> Error {
    Error::conflict(mine, Some(theirs.version().clone()))
}

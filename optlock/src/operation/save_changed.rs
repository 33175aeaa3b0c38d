//! A save of the changed columns.

use super::advance::Advance;
use super::explain::Expected;
use super::needs::ChangesSavedOn;
use super::save::{Save, Saved};
use crate::backend::{Dialect, DieselConnection};
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::Run as _;
use crate::hidden::transaction_depth;
use crate::statement::{Choice, Choose};
use crate::versioned::VersionedChangeset;

/// Can the changed columns of the model be saved on the connection `C`? See
/// [`Tracked::save_changed`](crate::Tracked::save_changed).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::{Error, Tracked, methods};
///
/// fn edit<M, C>(model: M, edit: impl FnOnce(&mut M), conn: &mut C) -> Result<M, Error>
/// where
///     M: methods::SaveChanged<C> + Clone,
/// {
///     let mut model = Tracked::new(model);
///     edit(&mut model);
///     model.save_changed(conn)?;
///     Ok(model.into_inner())
/// }
/// # fn main() -> Result<(), Error> {
/// # let conn = &mut establish_connection();
/// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// assert_eq!(edit(ann, |ann| ann.email = None, conn)?.version, 2);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the changed columns of `{Self}` cannot be saved through `{C}`",
    label = "this database does not store the type of a field, or there are too many",
    note = "a changeset has up to 64 columns here, and is derived"
)]
pub trait SaveChanged<C>: Save<C> + Diff {
    /// Saves the columns of the fields that are marked in `changed`, and shows `follow` the value as it
    /// will be, before anything is sent.
    ///
    /// # Errors
    ///
    /// See [`Tracked::save_changed`](crate::Tracked::save_changed).
    fn save_columns(
        &mut self,
        changed: Vec<bool>,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Saved, Error>;
}

impl<M, C> SaveChanged<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: Diff + ChangesSavedOn<C>,
{
    fn save_columns(
        &mut self,
        changed: Vec<bool>,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Saved, Error> {
        let choice = Choice::new::<M>(changed);
        let mut expected = Expected::of(self);
        loop {
            let in_transaction = transaction_depth(conn).is_some();
            let advance = Advance::new::<C::Backend>(self, expected.version())?;
            follow(advance.model());
            let update = advance.model().checked_update(expected.version().clone());
            let result = update.choose(choice.clone()).run_update(conn);
            match advance.settle::<C::Backend>(result, in_transaction)? {
                Ok(saved) => return Ok(saved),
                Err(zero_rows) => expected.respell(self, zero_rows, conn)?,
            }
        }
    }
}

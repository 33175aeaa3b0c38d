//! `force_save`.

use super::effect::read_failed;
use super::explain::look;
use super::needs::ForcedOn;
use super::read::{OfVersion, newest};
use super::save::{Saved, update};
use crate::backend::{Dialect, DieselConnection};
use crate::error::Error;
use crate::hidden::transaction_depth;
use crate::statement::LockMode;
use crate::versioned::{Versioned, VersionedChangeset};

/// How often other writers may come first. Each time one of them has got on, so that only a row
/// which is written all the time gets here.
const ATTEMPTS: usize = 100;

/// Can the model overwrite whatever is in the row, on the connection `C`? See
/// [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn save<M, C>(model: &mut M, user_insists: bool, conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::Save<C> + methods::ForceSave<C>,
/// {
///     if user_insists { model.force_save(conn) } else { model.save_checked(conn) }
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// save(&mut ann, true, conn)?;
/// assert_eq!(ann.version, 2);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of `{Self}` cannot be stored through `{C}`",
    label = "this database does not store the type of a field",
    note = "Diesel names the type where you ask it for the SQL: `diesel::debug_query::<DB, _>(&diesel::update(&model).set(&model)).to_string()`"
)]
pub trait ForceSave<C>: Versioned + Sized {
    /// See [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
    ///
    /// # Errors
    ///
    /// As [`VersionedDsl::force_save`](crate::VersionedDsl::force_save).
    fn force_save(&mut self, conn: &mut C) -> Result<(), Error> {
        self.force_save_followed(&mut |_| {}, conn).map(drop)
    }

    /// Saves, and shows `follow` the value as it will be, before it is sent.
    ///
    /// # Errors
    ///
    /// As [`force_save`](Self::force_save).
    #[doc(hidden)]
    fn force_save_followed(
        &mut self,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Saved, Error>;
}

impl<M, C> ForceSave<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    M: ForcedOn<C>,
{
    // The version in memory may be old, and the one after it another client's. Only the one after
    // the row's is nobody's, and only a write that is checked against the row's is sure to take it.
    fn force_save_followed(
        &mut self,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<Saved, Error> {
        if !self.has_changes() {
            return Ok(Saved::NothingChanged);
        }
        let first = if transaction_depth(conn).is_some() {
            self.read_row(LockMode::Exclusive, conn)
        } else {
            newest::<OfVersion, _, _>(self, |row| row.is_none(), conn)
        };
        let mut found = first.map_err(|error| read_failed::<C::Backend, _>(self, error))?;
        for _ in 0..ATTEMPTS {
            let Some(version) = found else { break };
            match update(self, &version, follow, conn)? {
                Ok(saved) => return Ok(saved),
                Err(zero_rows) => found = look::<OfVersion, _, _>(self, &version, zero_rows, conn)?,
            }
        }
        Err(Error::conflict(self, found))
    }
}

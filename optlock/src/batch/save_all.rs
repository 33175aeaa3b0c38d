//! `save_all_checked`.

use super::dialect::BatchDialect;
use super::explain::{Spelling, refusal_of};
use super::one_by_one::SharesRow;
use super::rows::Rows;
use super::saving::{InColumns, Respelled, advance, keep, refuse_duplicates};
use super::strategy::{SaveMany, Written};
use crate::backend::DieselConnection;
use crate::error::Error;
use crate::identity::Identified;
use crate::operation::{OfVersion, ReadRow};
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::connection::Connection;

/// Can many models be saved at once, with a version check, on the connection `C`? See
/// [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
///
/// ```
/// # include!("../doctest_setup.rs");
/// use optlock::methods;
///
/// fn change_all<M, C>(models: &mut [M], change: impl FnMut(&mut M), conn: &mut C) -> Result<(), optlock::Error>
/// where
///     M: methods::SaveAll<C>,
/// {
///     models.iter_mut().for_each(change);
///     models.save_all_checked(conn)
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let mut all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// change_all(&mut all, |contact| contact.email = None, conn)?;
/// assert_eq!(all[1].version, 2);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "many `{Self}` cannot be saved at once through `{C}`",
    label = "this database does not store the type of a field",
    note = "if a single one can be saved there, the type of a field is an SQL expression and no value: save them one by one"
)]
pub trait SaveAll<C>: Versioned + Sized {
    /// See [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
    ///
    /// # Errors
    ///
    /// See there.
    fn save_all_checked(models: &mut [Self], conn: &mut C) -> Result<(), Error>;
}

type Strategy<C> = <<C as Connection>::Backend as BatchDialect>::Strategy;

impl<M, C> SaveAll<C> for M
where
    C: DieselConnection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    M: for<'a> VersionedChangeset<'a, Changeset: Sized>,
    for<'a> &'a M: InColumns<M>,
    M: ReadRow<OfVersion, C> + for<'a> Identified<'a>,
{
    fn save_all_checked(models: &mut [M], conn: &mut C) -> Result<(), Error> {
        refuse_duplicates(models)?;
        let mut spelling = Spelling::of_memory();
        loop {
            let missed = save_all(models, spelling.respelled(), conn)?;
            if missed.is_empty() {
                return Ok(());
            }
            spelling.respell::<Strategy<C>, _>(models, &missed, conn)?;
        }
    }
}

/// Saves them all or none, and returns the indices of those that were missed.
fn save_all<M, C>(
    models: &mut [M],
    respelled: &Respelled<M>,
    conn: &mut C,
) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C> + SharesRow<M, C>>>,
    M: Versioned,
{
    let saving = advance::<C::Backend, _>(models, respelled)?;
    if saving.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Rows::saved(&saving);
    let missed = match Strategy::<C>::save_many(&rows, conn)? {
        Written::All { unsent } => {
            keep(saving, &unsent);
            return Ok(Vec::new());
        }
        Written::AllBut(missed) => missed,
        Written::NotAll => match Strategy::<C>::find_missed(&rows, conn)? {
            // Each row is looked at by itself.
            missed if missed.is_empty() => (0..saving.len()).collect(),
            missed => missed,
        },
        Written::Refused(row) => {
            let index = saving[row].index;
            drop(saving);
            return Err(refusal_of::<Strategy<C>, _, _>(models, index, conn));
        }
    };
    Ok(missed.iter().map(|&row| saving[row].index).collect())
}

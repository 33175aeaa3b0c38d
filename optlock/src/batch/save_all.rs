//! `save_all_checked`.

use super::dialect::BatchDialect;
use super::form::{Rows, SaveRows, Written};
use super::one_by_one::SharesRow;
use super::rows::{Identified, advance, keep, refuse_duplicates};
use super::why::{why, why_refused};
use crate::operation::methods::Explain;
use crate::{Error, Versioned};
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
    message = "many of these cannot be saved at once on `{C}`",
    label = "needs `Identifiable`, `AsChangeset` and `Versioned` for one table, and a connection",
    note = "if a single one can be saved there, the type of a field is an SQL expression and no value: save them one by one",
    note = "beside an impl of `Versioned` by hand, write one of `optlock::columns::VersionedColumns`",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "for the enum of `#[derive(MultiConnection)]`, write `optlock::multi_connection!(MultiBackend);` beside it",
    note = "optlock's feature for the database (`sqlite`, `postgres`, `mysql`) must be on"
)]
pub trait SaveAll<C>: Versioned + Sized {
    /// See [`VersionedSliceDsl::save_all_checked`](crate::VersionedSliceDsl::save_all_checked).
    ///
    /// # Errors
    ///
    /// See there.
    fn save_all_checked(models: &mut [Self], conn: &mut C) -> Result<(), Error>;
}

type Form<C> = <<C as Connection>::Backend as BatchDialect>::Form;

#[diagnostic::do_not_recommend]
impl<M, C> SaveAll<C> for M
where
    C: Connection<Backend: BatchDialect<Form: SaveRows<M, C> + SharesRow<M, C>>>,
    M: Explain<C> + for<'a> Identified<'a>,
{
    fn save_all_checked(models: &mut [M], conn: &mut C) -> Result<(), Error> {
        refuse_duplicates(models)?;
        let saving = advance::<C::Backend, _>(models)?;
        if saving.is_empty() {
            return Ok(());
        }
        let rows = Rows::saved(&saving);
        let missed = match Form::<C>::save_rows(&rows, conn)? {
            Written::All { unsent } => {
                keep(saving, &unsent);
                return Ok(());
            }
            Written::AllBut(missed) => missed,
            Written::NotAll => match Form::<C>::find_missed(&rows, conn)? {
                // Each row is looked at by itself.
                missed if missed.is_empty() => (0..saving.len()).collect(),
                missed => missed,
            },
            Written::Refused(row) => {
                let index = saving[row].index;
                drop(saving);
                return Err(why_refused::<Form<C>, _, _>(models, index, conn));
            }
        };
        let missed = missed.iter().map(|&row| saving[row].index).collect();
        drop(saving);
        Err(why::<Form<C>, _, _>(models, missed, conn))
    }
}

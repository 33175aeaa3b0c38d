//! What the forms of a batch share.

use super::rows::Saving;
use crate::backend::Dialect;
use crate::transaction::atomically;
use crate::{Error, Versioned, operation};
use diesel::connection::Connection;
use diesel::result::Error as DieselError;
use std::fmt;

/// The rows that a batch writes, each with the version that it should have.
pub struct Rows<'a, M: Versioned> {
    models: Vec<&'a M>,
    expected: Vec<M::Version>,
}

impl<'a, M: Versioned> Rows<'a, M> {
    /// Models that have moved on in memory.
    pub(super) fn saved(saving: &'a [Saving<'_, M>]) -> Self {
        Self {
            models: saving.iter().map(|row| row.model.model()).collect(),
            expected: saving.iter().map(|row| row.expected.clone()).collect(),
        }
    }

    /// Models that have not.
    pub(super) fn deleted(models: &'a [M]) -> Self {
        Self {
            models: models.iter().collect(),
            expected: models.iter().map(|model| model.version().clone()).collect(),
        }
    }

    pub(super) fn models(&self) -> &[&'a M] {
        &self.models
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a M, &M::Version)> {
        self.models.iter().copied().zip(&self.expected)
    }
}

/// What became of the rows of a batch.
#[derive(Debug)]
pub enum Written {
    /// All were written.
    All,
    /// All but those at these positions, which do not have the expected version or do not exist.
    AllBut(Vec<usize>),
    /// Not all, and which not is not known.
    NotAll,
}

impl Written {
    pub(super) fn all_but(missed: Vec<usize>) -> Self {
        if missed.is_empty() {
            Self::All
        } else {
            Self::AllBut(missed)
        }
    }
}

/// How a database saves many rows.
#[diagnostic::on_unimplemented(
    message = "many `{M}` cannot be saved at once through `{C}`",
    label = "this database does not store the type of a field",
    note = "if a single one can be saved there, the type of a field is an SQL expression and no value: save them one by one"
)]
pub trait SaveRows<M: Versioned, C> {
    /// Saves them all, or none.
    fn save_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>;

    /// Which rows cannot be written? Asked after [`Written::NotAll`].
    fn find_missed(rows: &Rows<'_, M>, _conn: &mut C) -> Result<Vec<usize>, Error> {
        Ok((0..rows.models.len()).collect())
    }
}

/// The same for a delete.
#[diagnostic::on_unimplemented(
    message = "many `{M}` cannot be deleted at once through `{C}`",
    label = "this database does not store the type of its version or key"
)]
pub trait DeleteRows<M: Versioned, C> {
    /// Deletes them all, or none.
    fn delete_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>;

    /// Which rows cannot be written? Asked after [`Written::NotAll`].
    fn find_missed(rows: &Rows<'_, M>, _conn: &mut C) -> Result<Vec<usize>, Error> {
        Ok((0..rows.models.len()).collect())
    }
}

/// Writes in a transaction (a savepoint, if one is open), which is rolled back unless all were written.
pub(super) fn in_transaction<C>(
    conn: &mut C,
    write: impl FnOnce(&mut C) -> Result<Written, Error>,
) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
{
    /// Why it is rolled back.
    struct Vain(Result<Written, Error>);

    impl From<DieselError> for Vain {
        fn from(error: DieselError) -> Self {
            Self(Err(error.into()))
        }
    }

    let written = atomically(conn, |conn| match write(conn) {
        Ok(Written::All) => Ok(Written::All),
        vain => Err(Vain(vain)),
    });
    written.or_else(|Vain(vain)| vain)
}

/// A statement of a batch failed, inside of its transaction. A conflict does not name a row.
pub(super) fn failed(error: DieselError) -> Error {
    operation::failed(error, Error::from)
}

impl<M: Versioned> fmt::Debug for Rows<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

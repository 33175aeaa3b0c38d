//! How a database writes many rows: what its strategies are, and what they share.

use super::pieces::ManyColumns;
use super::rows::Rows;
use crate::backend::Dialect;
use crate::error::Error;
use crate::executes::Executes;
use crate::operation;
use crate::statement::Walk;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::{Error as DieselError, QueryResult};

/// What became of the rows of a batch.
#[derive(Debug)]
pub(crate) enum Written {
    /// All were written, but those at these positions (in ascending order), for which there was nothing
    /// to send: embedded structs of optional fields that are all `None`.
    All {
        /// Their models stay at the version that they have.
        unsent: Vec<usize>,
    },
    /// Not all were, so that the batch is rolled back.
    NotAll(Missed),
}

/// Which rows a batch has missed.
#[derive(Debug)]
pub(crate) enum Missed {
    /// Each row at these positions, in ascending order: it does not have the expected version or does not exist.
    Each(Vec<usize>),
    /// At least one of the rows at these positions: which ones is not known.
    AnyOf(Vec<usize>),
    /// The row at this position was not written although it has the expected version, which was seen under a lock.
    Refused(usize),
}

impl Written {
    /// Each row was sent, and written.
    pub(super) const ALL: Self = Self::All { unsent: Vec::new() };

    pub(super) fn all_but(missed: Vec<usize>) -> Self {
        if missed.is_empty() {
            Self::ALL
        } else {
            Self::NotAll(Missed::Each(missed))
        }
    }

    /// Was the row at this position sent, and written?
    pub(super) fn has(&self, position: usize) -> bool {
        match self {
            Self::All { unsent } => unsent.binary_search(&position).is_err(),
            Self::NotAll(_) => false,
        }
    }

    /// What became of the rows, by their indices in the slice in place of their positions.
    pub(super) fn at(self, indices: &[usize]) -> Self {
        let at = |rows: Vec<usize>| rows.into_iter().map(|row| indices[row]).collect();
        match self {
            Self::All { .. } => Self::ALL,
            Self::NotAll(missed) => Self::NotAll(match missed {
                Missed::Each(rows) => Missed::Each(at(rows)),
                Missed::AnyOf(rows) => Missed::AnyOf(at(rows)),
                Missed::Refused(row) => Missed::Refused(indices[row]),
            }),
        }
    }
}

/// How a database saves many rows.
#[diagnostic::on_unimplemented(
    message = "many `{M}` cannot be saved at once on `{DB}`",
    label = "this database does not store the type of a field",
    note = "if a single one can be saved there, the type of a field is an SQL expression and no value: save them one by one"
)]
pub trait SaveMany<M: Versioned, DB: Backend> {
    /// The statements.
    #[doc(hidden)]
    type Writes: Writes<M, DB>;
}

/// How a database deletes many rows.
#[diagnostic::on_unimplemented(
    message = "many `{M}` cannot be deleted at once on `{DB}`",
    label = "this database does not store the type of its version or key"
)]
pub trait DeleteMany<M: Versioned, DB: Backend> {
    /// The statements.
    #[doc(hidden)]
    type Writes: Writes<M, DB>;
}

/// The statements that write many rows of a model, or delete them. Without any, they are written one by one.
pub trait Writes<M: Versioned, DB: Backend> {
    /// Is there one statement that writes all of these rows?
    fn has_all(_rows: Rows<'_, M>) -> bool {
        false
    }

    /// That statement.
    fn all<'r>(_rows: Rows<'r, M>) -> Box<dyn Walk<DB> + 'r> {
        Box::new(Nothing)
    }

    /// The versions that these rows should have, if a statement can write a chunk of rows.
    fn expected<'r>(_rows: Rows<'r, M>, _chunk: &[usize]) -> Option<Box<dyn ManyColumns<DB> + 'r>> {
        None
    }

    /// What such a statement sets; nothing, if it deletes the rows.
    fn set<'r>(_rows: Rows<'r, M>, _chunk: &[usize]) -> Option<Box<dyn ManyColumns<DB> + 'r>> {
        None
    }

    /// Is there a statement that reads the versions of any number of these rows?
    fn has_versions(_rows: Rows<'_, M>) -> bool {
        false
    }

    /// That statement, of the rows at these positions: it returns each version behind the position of its row.
    fn versions<'r>(_rows: Rows<'r, M>, _these: &[usize]) -> Option<Box<dyn Walk<DB> + 'r>> {
        None
    }

    /// The version can be NULL.
    fn is_nullable() -> bool {
        false
    }
}

/// The statement of a strategy that has none.
struct Nothing;

impl<DB: Backend> Walk<DB> for Nothing {
    fn walk<'b>(&'b self, _out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

/// Ends the transaction of a batch: commits it if all rows were written, and else rolls it back.
pub(super) async fn end<X: Executes>(
    mut transaction: Open<'_, X>,
    written: Result<Written, Error>,
) -> Result<Written, Error> {
    let is_all = matches!(written, Ok(Written::All { .. }));
    transaction.close(is_all).await?;
    written
}

/// A statement of a batch failed, inside of its transaction. A conflict does not name a row.
pub(super) fn failed<DB: Dialect>(error: DieselError) -> Error {
    operation::failed::<DB>(error, Error::from)
}

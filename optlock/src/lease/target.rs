//! The row that a lease is of.

use super::sql::{RecordOf, TableNamed};
use crate::backend::LeaseBackend;
use crate::error::LeasedRow;
use crate::executes::Executes;
use crate::key_text::{KeyText, key_text};
use crate::operation::{OfAll, ReadRow};
use crate::statement::{CompletedName, Walk};
use crate::versioned::Versioned;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The row that a lease is of, whatever its model.
pub(super) struct Target<DB> {
    table_name: fn() -> TableNamed<'static, DB>,
    row_hash: String,
    /// See [`row_text`].
    pub(super) row_text: String,
    pub(super) named: LeasedRow,
}

impl<DB: LeaseBackend> Target<DB> {
    /// The row that was read.
    pub(super) fn of<M>(row: &M) -> Self
    where
        M: NamesTable<DB> + Versioned<Key: KeyText, Scope: KeyText>,
    {
        let text = key_text(row);
        Self {
            table_name: M::table_name,
            row_hash: row_hash(&text),
            row_text: row_text(&text).to_owned(),
            named: LeasedRow::of(row),
        }
    }

    /// Its record.
    pub(super) fn record(&self) -> RecordOf<'_, DB> {
        RecordOf {
            table_name: (self.table_name)(),
            row_hash: &self.row_hash,
        }
    }
}

/// The text of a key, or its beginning, which MySQL and MariaDB store in 255 bytes. It is ASCII.
pub(super) fn row_text(key_text: &str) -> &str {
    key_text.get(..255).unwrap_or(key_text)
}

/// SHA-256 of the text of a key, by which keys of any length fit an index.
pub(super) fn row_hash(key_text: &str) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(key_text) {
        // To a `String`: it does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A model whose table the database `DB` can name.
pub(crate) trait NamesTable<DB> {
    /// The name of its table.
    fn table_name() -> TableNamed<'static, DB>;
}

#[diagnostic::do_not_recommend]
impl<M, DB> NamesTable<DB> for M
where
    DB: LeaseBackend,
    M: Versioned<Table: Default + 'static>,
    CompletedName<M::Table>: Walk<DB> + 'static,
{
    fn table_name() -> TableNamed<'static, DB> {
        TableNamed::Completed(Box::new(CompletedName::<M::Table>::new()))
    }
}

/// See [`AcquireLease`](crate::methods::AcquireLease).
pub(crate) trait LeasableOn<X: Executes>:
    Versioned<Key: KeyText, Scope: KeyText> + ReadRow<OfAll<Self>, X> + NamesTable<X::Backend>
{
}

#[diagnostic::do_not_recommend]
impl<M, X> LeasableOn<X> for M
where
    X: Executes,
    M: Versioned<Key: KeyText, Scope: KeyText> + ReadRow<OfAll<M>, X> + NamesTable<X::Backend>,
{
}

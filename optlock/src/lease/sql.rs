//! A statement about leases, while it is put together.

use crate::backend::{LeaseBackend, Phrase};
use crate::statement::{LeaseKey, Walk};
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use std::borrow::Cow;
use std::sync::Arc;

/// A statement: its pieces, in order. Diesel keeps it by its text, which no value changes.
pub(super) struct Sql<'a, DB> {
    pieces: Vec<Piece<'a, DB>>,
}

enum Piece<'a, DB> {
    Text(&'static str),
    Phrase(&'static Phrase),
    BindText(Cow<'a, str>),
    BindNumber(i64),
    Walked(Box<dyn Walk<DB> + 'a>),
    Conditions(Arc<LeaseKey>),
    /// Writes nothing: the statement is prepared for one use.
    NotKept,
}

/// The row of the table of leases that is about a leased row.
pub(super) struct RecordOf<'a, DB> {
    pub(super) table_name: TableNamed<'a, DB>,
    pub(super) row_hash: &'a str,
}

/// How the name of a table is written.
pub(crate) enum TableNamed<'a, DB> {
    /// The database completes it.
    Completed(Box<dyn Walk<DB> + 'a>),
    /// As the database has completed it.
    As(&'a str),
}

impl<'a, DB: LeaseBackend> Sql<'a, DB> {
    pub(super) fn new(text: &'static str) -> Self {
        Self {
            pieces: vec![Piece::Text(text)],
        }
    }

    fn piece(mut self, piece: Piece<'a, DB>) -> Self {
        self.pieces.push(piece);
        self
    }

    pub(super) fn text(self, text: &'static str) -> Self {
        self.piece(Piece::Text(text))
    }

    pub(super) fn phrase(self, phrase: &'static Phrase) -> Self {
        self.piece(Piece::Phrase(phrase))
    }

    /// Has a text for each number of values, of which a connection would keep hundreds.
    pub(super) fn not_kept(self) -> Self {
        self.piece(Piece::NotKept)
    }

    /// The database's clock.
    pub(super) fn clock(self) -> Self {
        self.phrase(&Phrase::Clock)
    }

    pub(super) fn bind(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.piece(Piece::BindText(value.into()))
    }

    pub(super) fn number(self, number: i64) -> Self {
        self.piece(Piece::BindNumber(number))
    }

    pub(super) fn table(self, table_name: TableNamed<'a, DB>) -> Self {
        match table_name {
            TableNamed::Completed(name) => self.piece(Piece::Walked(name)),
            TableNamed::As(name) => self.bind(name),
        }
    }

    /// ` WHERE` the record is that of the row.
    pub(super) fn of(self, record: RecordOf<'a, DB>) -> Self {
        self.text(" WHERE table_name = ")
            .table(record.table_name)
            .text(" AND row_hash = ")
            .bind(record.row_hash)
    }

    /// ` WHERE` the lease is held, unless it has expired.
    pub(super) fn held(self, lease: &Arc<LeaseKey>) -> Self {
        self.piece(Piece::Conditions(Arc::clone(lease)))
    }
}

impl<DB: LeaseBackend> Walk<DB> for Sql<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Phrase(phrase) => DB::walk_phrase(phrase, out.reborrow())?,
                Piece::BindText(text) => DB::push_text(text, out.reborrow())?,
                Piece::BindNumber(number) => DB::push_number(number, out.reborrow())?,
                Piece::Walked(fragment) => fragment.walk(out.reborrow())?,
                Piece::Conditions(lease) => lease.walk_conditions(out.reborrow())?,
                Piece::NotKept => out.unsafe_to_cache_prepared(),
            }
        }
        Ok(())
    }
}

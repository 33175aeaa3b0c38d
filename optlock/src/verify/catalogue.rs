//! How the catalogue of a database is read.

use crate::backend::{CatalogueBackend, CatalogueTypes, TransactionConnection};
use crate::error::Error;
use crate::executes::{Executes, Fetch, RowsOf, Wire};
use crate::operation::failed;
use crate::statement::Walk;
use diesel::connection::LoadConnection;
use diesel::query_builder::AstPass;
use diesel::result::{Error as DieselError, QueryResult};
use std::future::Future;

/// A connection through which a table is verified: each one that the other operations run on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that a table is verified through",
    label = "expected a connection of Diesel",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "for an async connection, such as diesel-async's `AsyncPgConnection`, call `optlock::diesel_async::verify`"
)]
pub trait CatalogueConnection:
    TransactionConnection + LoadConnection<Backend: CatalogueBackend>
{
}

#[diagnostic::do_not_recommend]
impl<C: TransactionConnection + LoadConnection<Backend: CatalogueBackend>> CatalogueConnection
    for C
{
}

/// What is read, on the database of `X`.
type CatalogueRow<X> = <<X as Executes>::Backend as CatalogueBackend>::CatalogueRow;

/// The connections of `X` can read the catalogue.
pub(crate) trait ReadsCatalogue: Executes<Backend: CatalogueBackend> {
    /// Rows of texts.
    type Rows: Fetch<Self, CatalogueRow<Self>>;
}

#[diagnostic::do_not_recommend]
impl<X: Executes<Backend: CatalogueBackend>> ReadsCatalogue for X
where
    RowsOf<CatalogueTypes>: Fetch<X, CatalogueRow<X>>,
{
    type Rows = RowsOf<CatalogueTypes>;
}

/// A row, with an empty text for each NULL.
pub(super) type Row = [String; 6];

/// A query of six texts.
pub(super) struct Query {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Bind(String),
}

impl Query {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece::Text(text.into())],
        }
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(Piece::Text(text.into()));
        self
    }

    pub(super) fn bind(mut self, name: impl Into<String>) -> Self {
        self.pieces.push(Piece::Bind(name.into()));
        self
    }
}

impl<DB: CatalogueBackend> Walk<DB> for Query {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // It is sent once. And behind a pooler another client's statement might have the name of a kept one.
        out.unsafe_to_cache_prepared();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Bind(name) => DB::push_name(name, out.reborrow())?,
            }
        }
        Ok(())
    }
}

/// Sends a query, and returns its rows.
pub(super) fn read<X: ReadsCatalogue>(
    query: Query,
    conn: &mut Wire<'_, X>,
) -> impl Future<Output = Result<Vec<Row>, Error>> {
    let rows = read_or_fail(query, conn);
    async move { rows.await.map_err(read_failed::<X>) }
}

/// Like [`read`], with Diesel's error.
pub(super) fn read_or_fail<X: ReadsCatalogue>(
    query: Query,
    conn: &mut Wire<'_, X>,
) -> impl Future<Output = QueryResult<Vec<Row>>> {
    let rows = conn.fetch_all::<X::Rows, CatalogueRow<X>>(Box::new(query));
    async move {
        let rows = rows.await?.into_iter();
        Ok(rows
            .map(|row| {
                let (a, b, c, d, e, f) = row.into();
                [a, b, c, d, e, f].map(Option::unwrap_or_default)
            })
            .collect())
    }
}

/// Classifies the error of a read.
pub(super) fn read_failed<X: Executes>(error: DieselError) -> Error {
    failed::<X::Backend>(error, Error::from)
}

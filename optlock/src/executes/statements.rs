//! What can be sent through a connection.

use super::Executes;
use crate::backend::Dialect;
use crate::statement::{CheckedUpdate, LockMode, StatementText, Walk, WalkVersionedRow};
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::QueryResult;
use std::marker::PhantomData;

/// A statement that can be sent through the connections of `X`.
pub(crate) trait Execute<X: Executes>: Sized {
    /// Does it set nothing? Fails if it sets a column twice.
    fn is_empty(&self) -> QueryResult<bool>;

    /// Sends it. The answer is the number of rows that it has written.
    fn send<'a>(self, conn: &'a mut X::Conn) -> X::Sent<'a, usize>
    where
        Self: 'a;
}

#[diagnostic::do_not_recommend]
impl<X, S> Execute<X> for S
where
    X: Executes,
    S: QueryFragment<X::Backend> + QueryId,
{
    fn is_empty(&self) -> QueryResult<bool> {
        match X::Backend::instance() {
            Some(backend) => self.is_noop(&backend),
            None => Ok(false),
        }
    }

    fn send<'a>(self, conn: &'a mut X::Conn) -> X::Sent<'a, usize>
    where
        Self: 'a,
    {
        X::execute(self, conn)
    }
}

/// A checked update that can be sent through the connections of `X`.
pub(crate) trait ExecuteUpdate<X: Executes>: Execute<X> {
    /// The update as a query that returns the version column, as it is behind the update. The query fails if the row still
    /// has the expected version.
    fn returning<'a>(self, version: &'static str) -> Query<'a, X>
    where
        Self: 'a;
}

#[diagnostic::do_not_recommend]
impl<X, Text, R, Set> ExecuteUpdate<X> for CheckedUpdate<Text, R, Set>
where
    X: Executes,
    Text: StatementText,
    R: WalkVersionedRow<X::Backend> + QueryId,
    Set: QueryFragment<X::Backend>,
{
    fn returning<'a>(self, version: &'static str) -> Query<'a, X>
    where
        Self: 'a,
    {
        Box::new(self.into_query(version))
    }
}

/// Where the version goes that a row has when its update has returned.
pub(crate) struct Returned<'w, V, X: Executes> {
    /// The column.
    pub(crate) column: &'static str,
    pub(crate) found: &'w mut Option<V>,
    pub(crate) fetch: FetchCounted<V, X>,
}

/// A [`Fetch::fetch_counted`].
type FetchCounted<V, X> = for<'a> fn(
    Query<'a, X>,
    &'a mut Option<V>,
    &'a mut <X as Executes>::Conn,
) -> <X as Executes>::Sent<'a, usize>;

/// Rows of the columns `ST`.
#[derive(Debug)]
pub(crate) struct RowsOf<ST>(PhantomData<ST>);

/// A query whose type is not named can be sent through the connections of `X`, and returns rows `U`.
pub(crate) trait Fetch<X: Executes, U> {
    /// Sends the query. The answer is the first row.
    fn fetch<'a>(
        query: Query<'a, X>,
        lock: LockMode,
        conn: &'a mut X::Conn,
    ) -> X::Sent<'a, Option<U>>;

    /// Sends the query, and keeps the first row in `found`.
    fn fetch_into<'a>(
        query: Query<'a, X>,
        lock: LockMode,
        found: &'a mut Option<U>,
        conn: &'a mut X::Conn,
    ) -> X::Sent<'a, ()>;

    /// Sends the query, and keeps the first row in `found`. The answer is the number of rows.
    fn fetch_counted<'a>(
        query: Query<'a, X>,
        found: &'a mut Option<U>,
        conn: &'a mut X::Conn,
    ) -> X::Sent<'a, usize>;

    /// Sends the query. The answer is all rows.
    fn fetch_all<'a>(query: Query<'a, X>, conn: &'a mut X::Conn) -> X::Sent<'a, Vec<U>>;
}

/// A query whose type is not named. It is handed over, so that it need not be `Send`.
pub(crate) type Query<'a, X> = Box<dyn Walk<<X as Executes>::Backend> + 'a>;

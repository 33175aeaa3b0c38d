//! How a connection executes statements and queries.
//!
//! Diesel's traits do the same. These are there for the messages of the compiler: while it does not
//! know the connection yet, it would look for an impl of Diesel's all the same, guess a database
//! (the only one that stores a UUID, say) and report that the connection is of another one.

use crate::backend::Dialect;
use crate::statement::{Erased, LockMode, Walk};
use diesel::OptionalExtension as _;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::QueryFragment;
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::query_dsl::{LoadQuery, RunQueryDsl};
use diesel::result::Error::QueryBuilderError;
use diesel::result::{EmptyChangeset, QueryResult};
use std::marker::PhantomData;

/// A statement that can be sent through the connection `C`.
pub trait Execute<C>: Sized {
    /// Sends it and returns the number of rows that were written.
    fn send(self, conn: &mut C) -> QueryResult<usize>;

    /// Sends an update, unless it sets nothing, or a column twice. Diesel is not given such a statement:
    /// it would first show it to the user's log, and a text that cannot be written makes `to_string`
    /// panic.
    fn send_update(self, conn: &mut C) -> QueryResult<usize>;
}

/// Sends a statement whose type is not named, and returns the number of rows that were written.
pub(crate) fn execute<C>(statement: &dyn Walk<C::Backend>, conn: &mut C) -> QueryResult<usize>
where
    C: Connection<Backend: Dialect>,
{
    conn.execute_returning_count(&Erased::<C::Backend>::new(statement, LockMode::Plain))
}

/// Rows of the columns `ST`.
#[derive(Debug)]
pub struct RowsOf<ST>(PhantomData<ST>);

/// A query whose type is not named can be sent through the connection `C` to the database `DB`, and returns
/// rows `U`.
pub trait Fetch<DB: Backend, C, U> {
    /// Sends the query and returns the first row.
    fn fetch(query: &dyn Walk<DB>, lock: LockMode, conn: &mut C) -> QueryResult<Option<U>>;

    /// Sends the query and returns all rows.
    fn fetch_all(query: &dyn Walk<DB>, conn: &mut C) -> QueryResult<Vec<U>>;
}

impl<DB, C, ST, U> Fetch<DB, C, U> for RowsOf<ST>
where
    DB: Dialect,
    C: Connection<Backend = DB>,
    for<'q> Erased<'q, DB, ST>: LoadQuery<'q, C, U>,
{
    fn fetch(query: &dyn Walk<DB>, lock: LockMode, conn: &mut C) -> QueryResult<Option<U>> {
        let query = Erased::<DB, ST>::new(query, lock);
        query.get_result(conn).optional()
    }

    fn fetch_all(query: &dyn Walk<DB>, conn: &mut C) -> QueryResult<Vec<U>> {
        Erased::<DB, ST>::new(query, LockMode::Plain).load(conn)
    }
}

impl<S, C> Execute<C> for S
where
    C: Connection<Backend: Dialect>,
    S: ExecuteDsl<C> + QueryFragment<C::Backend>,
{
    fn send(self, conn: &mut C) -> QueryResult<usize> {
        ExecuteDsl::<C>::execute(self, conn)
    }

    fn send_update(self, conn: &mut C) -> QueryResult<usize> {
        if let Some(backend) = C::Backend::instance() {
            if self.is_noop(&backend)? {
                return Err(QueryBuilderError(Box::new(EmptyChangeset)));
            }
        }
        self.send(conn)
    }
}

/// No connection at all. With impls for it the compiler has a choice, and waits until it knows the
/// connection; with two, also where the impl above cannot be the one.
#[derive(Debug)]
pub enum NoConnection<const OTHER: bool> {}

macro_rules! no_connection {
    ($($other:literal)*) => {$(
        impl<S> Execute<NoConnection<$other>> for S {
            fn send(self, conn: &mut NoConnection<$other>) -> QueryResult<usize> {
                match *conn {}
            }

            fn send_update(self, conn: &mut NoConnection<$other>) -> QueryResult<usize> {
                match *conn {}
            }
        }

        impl<DB: Backend, ST, U> Fetch<DB, NoConnection<$other>, U> for RowsOf<ST> {
            fn fetch(
                _query: &dyn Walk<DB>,
                _lock: LockMode,
                conn: &mut NoConnection<$other>,
            ) -> QueryResult<Option<U>> {
                match *conn {}
            }

            fn fetch_all(
                _query: &dyn Walk<DB>,
                conn: &mut NoConnection<$other>,
            ) -> QueryResult<Vec<U>> {
                match *conn {}
            }
        }
    )*};
}

no_connection!(false true);

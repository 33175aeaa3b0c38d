//! Which connections leases are kept through.

use super::record::Record;
use super::sql::Sql;
use crate::backend::{LeaseBackend, LeaseTypes, TransactionConnection};
use crate::error::Error;
use crate::executes::{Executes, Fetch, RowsOf, Wire};
use crate::operation::failed;
use crate::statement::LockMode;
use diesel::connection::LoadConnection;
use diesel::result::{Error as DieselError, QueryResult};
use std::future::Future;

/// A connection through which leases are acquired and asked for: each one that the other operations run on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that leases are kept through",
    label = "expected a connection of Diesel",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "for an async connection, such as diesel-async's `AsyncPgConnection`, import `optlock::diesel_async::prelude::*` instead of `optlock::prelude::*`, and call the functions of `optlock::diesel_async::lease`"
)]
pub trait LeaseConnection: TransactionConnection + LoadConnection<Backend: LeaseBackend> {}

#[diagnostic::do_not_recommend]
impl<C: TransactionConnection + LoadConnection<Backend: LeaseBackend>> LeaseConnection for C {}

/// What is read of a lease, on the database of `X`.
pub(super) type LeaseRow<X> = <<X as Executes>::Backend as LeaseBackend>::LeaseRow;

/// The connections of `X` can read the table of leases.
pub(crate) trait KeepsLeases: Executes<Backend: LeaseBackend> {
    /// The rows of the table.
    type Records: Fetch<Self, LeaseRow<Self>>;
}

#[diagnostic::do_not_recommend]
impl<X: Executes<Backend: LeaseBackend>> KeepsLeases for X
where
    RowsOf<LeaseTypes>: Fetch<X, LeaseRow<X>>,
{
    type Records = RowsOf<LeaseTypes>;
}

/// Sends a write to the table of leases. The statement is handed over, and not held while the answer is waited for.
pub(super) fn send<'w, X: KeepsLeases>(
    statement: Sql<'w, X::Backend>,
    conn: &'w mut Wire<'_, X>,
) -> impl Future<Output = Result<usize, Error>> {
    let in_transaction = conn.depth().is_some();
    let sent = conn.execute_any(Box::new(statement));
    async move {
        sent.await
            .map_err(|error| Error::of_lease_write::<X::Backend>(error, in_transaction))
    }
}

/// How often a write is sent again that the database has given up in favour of another one.
const ATTEMPTS: usize = 10;

/// Sends a write to the table of leases, and repeats it if the database gives it up in favour of another write: outside a
/// transaction nothing else was rolled back with it.
pub(super) async fn send_again<'w, X: KeepsLeases>(
    statement: impl Fn() -> Sql<'w, X::Backend>,
    conn: &mut Wire<'_, X>,
) -> Result<usize, Error> {
    let mut attempts = 1;
    loop {
        match send(statement(), conn).await {
            Err(error) if error.is_conflict() && attempts < ATTEMPTS && conn.depth().is_none() => {
                attempts += 1;
            }
            result => return result,
        }
    }
}

/// Reads the first record. The caller knows what an error means.
pub(super) fn fetch<'w, X: KeepsLeases>(
    query: Sql<'w, X::Backend>,
    lock: LockMode,
    conn: &'w mut Wire<'_, X>,
) -> impl Future<Output = QueryResult<Option<Record>>> {
    let read = conn.fetch::<X::Records, LeaseRow<X>>(Box::new(query), lock);
    async move { Ok(read.await?.map(|row| Record::from(row.into()))) }
}

/// Reads the record after a write, as the write saw it: with a lock, because a transaction that Diesel does not know of
/// may have an older snapshot. The write has waited for that lock already. If the connection is lost, the write may have
/// landed.
pub(super) fn fetch_behind<'w, X: KeepsLeases>(
    query: Sql<'w, X::Backend>,
    conn: &'w mut Wire<'_, X>,
) -> impl Future<Output = Result<Option<Record>, Error>> {
    let in_transaction = conn.depth().is_some();
    let read = fetch(query, LockMode::Share, conn);
    async move {
        read.await
            .map_err(|error| Error::of_lease_write::<X::Backend>(error, in_transaction))
    }
}

/// Reads all records.
pub(super) fn fetch_all<'w, X: KeepsLeases>(
    query: Sql<'w, X::Backend>,
    conn: &'w mut Wire<'_, X>,
) -> impl Future<Output = Result<Vec<Record>, Error>> {
    let read = conn.fetch_all::<X::Records, LeaseRow<X>>(Box::new(query));
    async move {
        let rows = read.await.map_err(read_failed::<X>)?;
        Ok(rows
            .into_iter()
            .map(|row| Record::from(row.into()))
            .collect())
    }
}

/// Classifies the error of a read.
pub(super) fn read_failed<X: Executes>(error: DieselError) -> Error {
    failed::<X::Backend>(error, Error::from)
}

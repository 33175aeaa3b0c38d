//! The writes of a row that ask for its lease.
//!
//! The row of the lease is locked until the COMMIT, and before the row of the model: nobody takes the lease over between
//! the look at it and the write. On PostgreSQL and SQLite that is one statement
//! ([`LeaseIsHeld`](crate::statement)). Elsewhere a locking read comes first, in a transaction, and decides.

use super::connection::{KeepsLeases, fetch, send};
use super::held::{Lease, LeaseAnswer};
use super::operation::{record_of, release_within};
use super::sql::{RecordOf, TableNamed};
use super::statements;
use super::target::{NamesTable, row_hash};
use crate::backend::{Database, LeaseBackend, is_given_up};
use crate::error::{Error, Found, LeaseLoss};
use crate::executes::{Answer, Execute, ExecuteUpdate, Executes, RowWrite, Wire, database_of};
use crate::key_text::{KeyText, key_text};
use crate::operation::{
    Deletion, MakeUpdate, Moving, Nobody, OfVersion, ReadRow, SendDelete, SendUpdate, Uncommitted,
    newest, read_failed, write_or_fail,
};
use crate::statement::{LeaseKey, LeasedStatements, LockMode, decides_in_one_statement};
use crate::token::VersionToken;
use crate::transaction::{Open, refuse_transaction};
use crate::versioned::Versioned;
use diesel::result::QueryResult;
use std::sync::Arc;

/// The write of the values in memory, or the delete, if the lease is held.
struct UnderLease(Arc<LeaseKey>);

impl<M, X> MakeUpdate<M, X> for UnderLease
where
    X: Executes,
    M: Versioned + for<'a> LeasedStatements<'a, M::Version, Update: ExecuteUpdate<X>>,
{
    type Update<'w>
        = <M as LeasedStatements<'w, M::Version>>::Update
    where
        M: 'w;

    fn has_changes(&self, model: &M) -> bool {
        model.has_changes()
    }

    fn update<'w>(&self, model: &'w M, expected: M::Version) -> Self::Update<'w> {
        model.leased_update(expected, Arc::clone(&self.0))
    }
}

impl<M, X> SendDelete<M, X> for UnderLease
where
    X: Executes,
    M: Versioned + for<'a> LeasedStatements<'a, M::Version, Delete: Execute<X>>,
{
    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        conn.execute(model.leased_delete(expected, Arc::clone(&self.0)))
    }
}

/// See [`SaveLeased`](crate::methods::SaveLeased).
pub(crate) trait SavedLeasedOn<X: Executes>:
    Versioned<Key: KeyText, Scope: KeyText>
    + ReadRow<OfVersion, X>
    + NamesTable<X::Backend>
    + for<'a> LeasedStatements<'a, Self::Version, Update: ExecuteUpdate<X>>
{
}

#[diagnostic::do_not_recommend]
impl<M, X: Executes> SavedLeasedOn<X> for M where
    M: Versioned<Key: KeyText, Scope: KeyText>
        + ReadRow<OfVersion, X>
        + NamesTable<X::Backend>
        + for<'a> LeasedStatements<'a, M::Version, Update: ExecuteUpdate<X>>
{
}

/// See [`DeleteLeased`](crate::methods::DeleteLeased).
pub(crate) trait DeletedLeasedOn<X: Executes>:
    Versioned<Key: KeyText, Scope: KeyText>
    + ReadRow<OfVersion, X>
    + NamesTable<X::Backend>
    + for<'a> LeasedStatements<'a, Self::Version, Delete: Execute<X>>
{
}

#[diagnostic::do_not_recommend]
impl<M, X: Executes> DeletedLeasedOn<X> for M where
    M: Versioned<Key: KeyText, Scope: KeyText>
        + ReadRow<OfVersion, X>
        + NamesTable<X::Backend>
        + for<'a> LeasedStatements<'a, M::Version, Delete: Execute<X>>
{
}

/// A write of a row that asks for its lease, whatever the model.
struct Leased<'l, DB> {
    lease: &'l Lease,
    /// The table of the model, which may be called as that of the lease and be another one.
    table_name: fn() -> TableNamed<'static, DB>,
    then: Then,
}

/// What comes after the write, in its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Keep,
    Release,
}

/// Saves the value, if the lease is held.
pub(crate) async fn save_leased<M, X>(
    model: &mut M,
    lease: &Lease,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: KeepsLeases,
    M: SavedLeasedOn<X>,
{
    save(model, lease, Then::Keep, conn).await
}

/// Saves the value, if the lease is held, and ends the lease.
pub(crate) async fn save_and_release<M, X>(
    model: &mut M,
    lease: &mut Lease,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: KeepsLeases,
    M: SavedLeasedOn<X>,
{
    refuse_transaction("`save_and_release` ends the lease for good: it", conn)?;
    save(model, lease, Then::Release, conn).await?;
    lease.end();
    Ok(())
}

async fn save<M, X>(
    model: &mut M,
    lease: &Lease,
    then: Then,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: KeepsLeases,
    M: SavedLeasedOn<X>,
{
    lease.check_row(M::TABLE_NAME, &row_hash(&key_text(model)))?;
    let _writing = lease.writing();
    let statement = SendUpdate(UnderLease(Arc::clone(&lease.key)));
    let mut nobody = Nobody;
    let mut row = Moving::<_, _, _, _, OfVersion>::new(model, &mut nobody, statement);
    let leased = Leased {
        lease,
        table_name: M::table_name,
        then,
    };
    leased.write(X::row(&mut row), conn).await
}

/// Deletes the row, if the lease is held.
pub(crate) async fn delete_leased<M, X>(
    model: &M,
    lease: &Lease,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error>
where
    X: KeepsLeases,
    M: DeletedLeasedOn<X>,
{
    lease.check_row(M::TABLE_NAME, &row_hash(&key_text(model)))?;
    let _writing = lease.writing();
    let mut row = Deletion::new(model, UnderLease(Arc::clone(&lease.key)));
    let leased = Leased {
        lease,
        table_name: M::table_name,
        then: Then::Keep,
    };
    leased.write(X::row(&mut row), conn).await
}

impl<DB: LeaseBackend> Leased<'_, DB> {
    /// Writes the row, in a transaction if one is needed.
    async fn write<V, R, X>(&self, row: &mut R, conn: &mut Wire<'_, X>) -> Result<(), Error>
    where
        X: KeepsLeases<Backend = DB>,
        V: VersionToken,
        R: RowWrite<X, V> + ?Sized,
    {
        let releases = self.then == Then::Release;
        if !row.has_changes() && !releases {
            return Ok(());
        }
        let decides = decides_in_one_statement::<DB>();
        // The release needs a stronger lock than the write, which another write of this holder may have as well.
        let locks_before = !decides || (releases && DB::LOCKS_ROWS);
        if !releases && (decides || conn.depth().is_some()) {
            return self.write_within(row, locks_before, conn).await;
        }
        let mut row = Uncommitted::new(row);
        let mut open = Open::atomic(conn).await?;
        let mut written = self.write_within(&mut row, locks_before, open.wire()).await;
        if written.is_ok() && releases {
            written = match release_within(&self.lease.key, open.wire()).await {
                Ok(LeaseAnswer::Done) => Ok(()),
                Ok(LeaseAnswer::Lost(loss)) => Err(self.lease.lost(loss, None)),
                Err(error) => Err(error),
            };
        }
        let closed = open.close(written.is_ok()).await;
        closed.map_err(|error| row.noted_in(error))?;
        if written.is_ok() {
            row.committed();
        }
        written
    }

    /// Writes the row. If it was not written, the lease is looked at before the version.
    async fn write_within<V, R, X>(
        &self,
        row: &mut R,
        locks_before: bool,
        conn: &mut Wire<'_, X>,
    ) -> Result<(), Error>
    where
        X: KeepsLeases<Backend = DB>,
        V: VersionToken,
        R: RowWrite<X, V> + ?Sized,
    {
        if locks_before {
            if DB::LOCKS_BY_WRITING {
                send(statements::write_lock(), conn).await?;
            }
            let looked = self.loss(LockMode::Exclusive, conn).await;
            // Where the lease is newer than the snapshot of the transaction, the database may give it up.
            let loss = looked.map_err(|error| read_failed::<DB>(row.named(), error))?;
            if let Some(loss) = loss {
                let stale = stale(row, conn).await;
                return Err(self.lease.lost(loss, stale));
            }
        }
        let error = match write_or_fail(row, conn).await {
            Ok(_) => return Ok(()),
            // A retry would lock the model's row before that of the lease.
            Err(error) => error.without_row_lock(),
        };
        let is_about_the_row = matches!(
            error,
            Error::ConcurrentModification(_) | Error::Refused { .. }
        );
        if !is_about_the_row || !asks_for_the_time(conn).await {
            return Err(error);
        }
        match self.loss(LockMode::Plain, conn).await {
            Ok(Some(loss)) => Err(self.lease.lost(loss, Some(error))),
            // Neither the row nor the lease could be read: it may have been the lease, and then nobody changed the row.
            Err(unread) if is_unknown(&error) && !is_given_up(&unread) => {
                Err(read_failed::<DB>(row.named(), unread))
            }
            // If it cannot be read, the error of the write says more. (In a transaction that PostgreSQL has given up, at the
            // read of the row, no read fails for a reason of its own.)
            _ => Err(error),
        }
    }

    /// What happened to the lease, if it is not held.
    async fn loss<X>(
        &self,
        lock: LockMode,
        conn: &mut Wire<'_, X>,
    ) -> QueryResult<Option<LeaseLoss>>
    where
        X: KeepsLeases<Backend = DB>,
    {
        let key = &self.lease.key;
        let record = RecordOf {
            table_name: (self.table_name)(),
            row_hash: &key.row_hash,
        };
        let record = fetch(statements::record(record), lock, conn).await?;
        Ok(match record {
            Some(record) if record.table_name == key.table_name => record.loss(key),
            Some(_) => Some(LeaseLoss::OtherRow),
            // Of a table that is called alike, unless it was purged.
            None => match record_of(key, LockMode::Plain, conn).await? {
                Some(_) => Some(LeaseLoss::OtherRow),
                None => Some(LeaseLoss::Lapsed),
            },
        })
    }
}

/// Could the row not be read behind the write?
fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::ConcurrentModification(conflict) if *conflict.found() == Found::Unknown)
}

/// Does the write itself ask whether the lease has expired? Elsewhere the locking read before it has decided that, and
/// what the write met is no loss of the lease.
async fn asks_for_the_time<X: Executes>(conn: &mut Wire<'_, X>) -> bool {
    matches!(
        database_of(conn).await,
        Ok(Database::Postgres | Database::Sqlite)
    )
}

/// The conflict, if the row has another version than the one in memory.
async fn stale<V, R, X>(row: &mut R, conn: &mut Wire<'_, X>) -> Option<Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    newest(row, |_| false, conn).await.ok()?;
    let is_current = row.found().is_some_and(|found| *found == row.in_memory());
    (!is_current).then(|| Error::conflict(row.named(), row.found().map(VersionToken::describe)))
}

//! A write whose version the database makes.
//!
//! Nobody else can write the row between the write and the moment at which its version is known: it is returned by the
//! statement itself, or read in its transaction. A version that was read later could be another client's, whose change
//! would then be overwritten unseen.

use super::effect::{Effect, Saved, ZeroRows, check_generated, read_failed};
use super::uncommitted::Uncommitted;
use super::write::send;
use crate::backend::Dialect;
use crate::error::{Error, Found};
use crate::executes::{Executes, RowRead as _, RowWrite, Wire};
use crate::statement::{LockMode, UNMOVED};
use crate::token::VersionToken;
use crate::transaction::Open;
use diesel::result::{Error as DieselError, QueryResult};

/// Takes over the version that the write has returned. Fails if it was refused because the row still has the expected
/// one.
pub(super) fn adopt_returned<V, R, X>(
    row: &mut R,
    expected: &V,
    result: &QueryResult<usize>,
) -> Result<(), Error>
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    match result {
        Ok(1) => row.adopt(),
        Err(DieselError::DatabaseError(_, about)) if about.message().contains(UNMOVED) => {
            return Err(Error::not_generated(row.named(), expected.describe()));
        }
        _ => {}
    }
    Ok(())
}

/// Writes the row and reads its version, in a transaction, or on a savepoint if one is open.
pub(super) async fn write_and_read<V, R, X>(
    row: &mut R,
    expected: &V,
    conn: &mut Wire<'_, X>,
) -> Effect
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    let mut row = Uncommitted::new(row);
    let is_part = conn.depth().is_some();
    let mut open = Open::atomic(conn).await?;
    let written = match send(&mut row, expected, open.wire()).await {
        Ok(Ok(saved)) => read_back(&mut row, expected, saved, open.wire()).await,
        not_written => not_written,
    };
    let is_written = matches!(written, Ok(Ok(_)));
    let closed = open.close(is_written).await;
    if let Err(error) = closed {
        let error = row.noted_in(error);
        row.settle(false);
        return Err(error);
    }
    if is_written {
        row.committed();
    } else {
        row.settle(false);
    }
    if is_part {
        return written;
    }
    given_up_alone::<X::Backend>(written)
}

/// The effect of a write in a transaction of its own: if the database has given that one up, the row can be looked at as
/// behind a write without a transaction.
fn given_up_alone<DB: Dialect>(written: Effect) -> Effect {
    match written {
        Err(Error::ConcurrentModification(conflict))
            if !DB::PLAIN_READ_MAY_BE_OLD && *conflict.found() == Found::TransactionAborted =>
        {
            Ok(Err(ZeroRows::GivenUp))
        }
        written => written,
    }
}

/// Takes over the version that the row has now.
async fn read_back<V, R, X>(
    row: &mut Uncommitted<'_, R, X, V>,
    expected: &V,
    saved: Saved,
    conn: &mut Wire<'_, X>,
) -> Effect
where
    X: Executes,
    V: VersionToken,
    R: RowWrite<X, V> + ?Sized,
{
    if saved == Saved::NothingChanged {
        return Ok(Ok(saved));
    }
    row.read(LockMode::Written, conn)
        .await
        .map_err(|error| read_failed::<X::Backend>(row.named(), error))?;
    check_generated(row.named(), expected, row.found())?;
    row.adopt();
    Ok(Ok(saved))
}

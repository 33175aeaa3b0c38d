//! The operations on leases.
//!
//! Functions that name no model are compiled once for a connection: the row is a [`Target`].

use super::connection::{KeepsLeases, fetch, fetch_all, fetch_behind, read_failed, send_again};
use super::held::{Lease, LeaseAnswer};
use super::presence;
use super::record::Record;
use super::sql::{RecordOf, TableNamed};
use super::statements::{self, Acquirer};
use super::status::{LeaseStatus, RowStatus};
use super::target::{LeasableOn, NamesTable, Target, row_hash};
use super::time::LeaseTime;
use crate::error::{Error, LeaseHeld, LeaseLoss, LeasedRow};
use crate::executes::{Wire, database_of};
use crate::key_text::{KeyText, key_text};
use crate::operation::load_row;
use crate::statement::{LeaseKey, LockMode};
use crate::token::VersionToken as _;
use crate::transaction::refuse_transaction;
use crate::versioned::Versioned;
use diesel::result::{DatabaseErrorKind, Error as DieselError, QueryResult};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Who asks for a lease, for how long, and how.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'r> {
    pub(crate) owner: &'r str,
    pub(crate) holder: &'r str,
    pub(crate) time: LeaseTime,
    pub(crate) how: How,
}

impl<'r> LeaseRequest<'r> {
    pub(crate) fn new(
        owner: &'r str,
        holder: &'r str,
        time: impl Into<LeaseTime>,
        how: How,
    ) -> Self {
        Self {
            owner,
            holder,
            time: time.into(),
            how,
        }
    }
}

/// How a lease is acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// If nobody else has it.
    Free,
    /// If nobody else has it, and the version in memory is the row's.
    Checked,
    /// Whoever has it.
    ByForce,
}

/// A name is stored in a column of 255 bytes, on MySQL and MariaDB.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), Error> {
    let bytes = name.len();
    if (1..=255).contains(&bytes) {
        Ok(())
    } else {
        Err(Error::LeaseName { what, bytes })
    }
}

/// Acquires a lease of the model's row.
pub(crate) async fn acquire<M, X>(
    model: &M,
    request: LeaseRequest<'_>,
    conn: &mut Wire<'_, X>,
) -> Result<Lease, Error>
where
    X: KeepsLeases,
    M: LeasableOn<X>,
{
    check_name("owner", request.owner)?;
    check_name("holder", request.holder)?;
    request.time.check()?;
    refuse_transaction("the acquisition of a lease commits by itself: it", conn)?;
    // By the key as the row spells it, which a collation may take for another.
    let row: Option<M> = load_row(model, conn).await?;
    let Some(row) = row else {
        return Err(Error::conflict(model, None));
    };
    // A page that cannot get the lease does not take it over from its owner's other page.
    if request.how == How::Checked && row.version() != model.version() {
        let found = row.version().describe();
        return Err(Error::conflict(model, Some(found)));
    }
    let target = Target::of(&row);
    drop(row);
    let asked_hash = row_hash(&key_text(model));
    let (lease, is_new) = acquire_row(target, asked_hash, request, conn).await?;
    if request.how != How::Checked {
        return Ok(lease);
    }
    // Again: who had the lease until now may have saved since the first look.
    let row: Option<M> = load_row(model, conn).await?;
    let found = row.map(|row| row.version().clone());
    if found.as_ref() == Some(model.version()) {
        return Ok(lease);
    }
    if is_new {
        let mut lease = lease;
        // If it fails, the lease expires.
        let _ = release(&mut lease, conn).await;
    }
    Err(Error::conflict(
        model,
        found.map(|version| version.describe()),
    ))
}

/// Acquires a lease, and returns whether it is a new one: `false` if its owner had it already.
async fn acquire_row<X: KeepsLeases>(
    target: Target<X::Backend>,
    asked_hash: String,
    request: LeaseRequest<'_>,
    conn: &mut Wire<'_, X>,
) -> Result<(Lease, bool), Error> {
    let lease_id = Uuid::new_v4().to_string();
    let by = Acquirer {
        lease_id: &lease_id,
        owner: request.owner,
        holder: request.holder,
        time: request.time,
    };
    let lease = |record: &Record, asked, row| {
        let asked_hash = asked_hash.clone();
        Lease::new(record, asked, row, asked_hash, request.holder, request.time)
    };
    loop {
        let is_by_force = request.how == How::ByForce;
        let written = if is_by_force {
            send_again(|| statements::steal(target.record(), by), conn).await?
        } else {
            send_again(|| statements::take(target.record(), by), conn).await?
        };
        let asked = Instant::now();
        let record = fetch_behind(statements::record(target.record()), conn).await?;
        let Some(record) = record else {
            let free = || statements::insert_free(target.record(), &target.row_text);
            send_again(free, conn).await?;
            continue;
        };
        if record.lease_id == lease_id {
            let mut lease = lease(&record, asked, target.named);
            if record.is_shorter_than(request.time, &lease.key) {
                let _ = settled(&mut lease, true, conn).await?;
            }
            return Ok((lease, true));
        }
        // It has just expired, or the record is so new that there was nothing to steal. (Who has stolen it, and lost it at
        // once to another thief, does not take it back: many thieves would never come to an end.)
        if !record.is_held() || (is_by_force && written == 0) {
            continue;
        }
        if record.owner != request.owner {
            return Err(held(target.named, record));
        }
        let key = record.key_for(request.holder);
        send_again(|| statements::enter_again(&key, by), conn).await?;
        let asked = Instant::now();
        let record = fetch_behind(statements::record(target.record()), conn).await?;
        if let Some(record) = record.filter(|record| record.loss(&key).is_none()) {
            return Ok((lease(&record, asked, target.named), false));
        }
    }
}

/// The error of an acquisition: another client has the lease.
fn held(row: LeasedRow, record: Record) -> Error {
    match record.status() {
        Some(status) => {
            let LeaseStatus {
                owner,
                since,
                until,
                remaining,
                ..
            } = status;
            LeaseHeld::new(row, owner, since, until, remaining).into()
        }
        // It is asked of a lease that is held.
        None => unreachable!("nobody has the lease"),
    }
}

/// The record of a lease as it is now.
pub(super) async fn record_of<X: KeepsLeases>(
    lease: &LeaseKey,
    lock: LockMode,
    conn: &mut Wire<'_, X>,
) -> QueryResult<Option<Record>> {
    fetch(statements::of_lease(lease), lock, conn).await
}

/// Renews the lease.
pub(crate) async fn renew<X: KeepsLeases>(
    lease: &mut Lease,
    conn: &mut Wire<'_, X>,
) -> Result<LeaseAnswer, Error> {
    refuse_transaction("the renewal of a lease commits by itself: it", conn)?;
    let renewed = {
        let (key, time) = (&lease.key, lease.time);
        send_again(|| statements::renew(key, time), conn).await? > 0
    };
    settled(lease, renewed, conn).await
}

/// What became of a lease whose end was moved, if it `was_moved`. PostgreSQL reads the clock before it waits for the lock
/// of a save with this lease: where that took long, the end is moved again.
async fn settled<X: KeepsLeases>(
    lease: &mut Lease,
    was_moved: bool,
    conn: &mut Wire<'_, X>,
) -> Result<LeaseAnswer, Error> {
    let mut attempts = 0;
    loop {
        let asked = Instant::now();
        let record = fetch_behind(statements::of_lease(&lease.key), conn).await?;
        let answer = answer(lease, record.as_ref(), asked);
        let has_waited = was_moved
            && record.is_some_and(|record| record.is_shorter_than(lease.time, &lease.key));
        // A time that is over as soon as it begins is never long enough.
        if !has_waited || attempts == 3 {
            return Ok(answer);
        }
        attempts += 1;
        let (key, time) = (&lease.key, lease.time);
        send_again(|| statements::renew_again(key, time), conn).await?;
    }
}

/// Brings the end of the lease forward.
pub(crate) async fn shorten<X: KeepsLeases>(
    lease: &mut Lease,
    to: Duration,
    conn: &mut Wire<'_, X>,
) -> Result<LeaseAnswer, Error> {
    refuse_transaction("the shortening of a lease commits by itself: it", conn)?;
    let shortened = {
        let key = &lease.key;
        send_again(|| statements::shorten(key, to.into()), conn).await? > 0
    };
    let asked = Instant::now();
    let record = fetch_behind(statements::of_lease(&lease.key), conn).await?;
    let answer = answer(lease, record.as_ref(), asked);
    // To a time that is over by now.
    let is_over = shortened && record.is_some_and(|record| record.is_of(&lease.key));
    Ok(if is_over { LeaseAnswer::Done } else { answer })
}

/// Ends the lease.
pub(crate) async fn release<X: KeepsLeases>(
    lease: &mut Lease,
    conn: &mut Wire<'_, X>,
) -> Result<LeaseAnswer, Error> {
    refuse_transaction("the release of a lease commits by itself: it", conn)?;
    let answer = release_within(&lease.key, conn).await?;
    lease.end();
    if let LeaseAnswer::Lost(loss) = &answer {
        lease.report(loss);
    }
    Ok(answer)
}

/// Ends the lease, in whatever transaction is open.
pub(super) async fn release_within<X: KeepsLeases>(
    lease: &Arc<LeaseKey>,
    conn: &mut Wire<'_, X>,
) -> Result<LeaseAnswer, Error> {
    if send_again(|| statements::release(lease), conn).await? > 0 {
        return Ok(LeaseAnswer::Done);
    }
    // It was released before, and purged perhaps; or it is another's now.
    let record = fetch_behind(statements::of_lease(lease), conn).await?;
    let loss = record
        .filter(|record| !record.is_released(lease))
        .and_then(|record| record.loss(lease));
    Ok(loss.map_or(LeaseAnswer::Done, LeaseAnswer::Lost))
}

/// What the record says of the lease in memory, which learns of it.
fn answer(lease: &Lease, record: Option<&Record>, asked: Instant) -> LeaseAnswer {
    let loss = match record {
        None => Some(LeaseLoss::Lapsed),
        Some(record) => record.loss(&lease.key),
    };
    lease.learn(record.filter(|_| loss.is_none()), asked);
    match loss {
        None => LeaseAnswer::Done,
        Some(loss) => {
            lease.report(&loss);
            LeaseAnswer::Lost(loss)
        }
    }
}

/// Who edits the model's row, and who looks at it.
pub(crate) async fn lease_status<M, X>(
    model: &M,
    conn: &mut Wire<'_, X>,
) -> Result<RowStatus, Error>
where
    X: KeepsLeases,
    M: NamesTable<X::Backend> + Versioned<Key: KeyText, Scope: KeyText>,
{
    let mut found = lease_statuses(std::slice::from_ref(model), conn).await?;
    Ok(found.pop().unwrap_or_default())
}

/// Who edits the models' rows, and who looks at them, in their order.
pub(crate) async fn lease_statuses<M, X>(
    models: &[M],
    conn: &mut Wire<'_, X>,
) -> Result<Vec<RowStatus>, Error>
where
    X: KeepsLeases,
    M: NamesTable<X::Backend> + Versioned<Key: KeyText, Scope: KeyText>,
{
    let hashes: Vec<_> = models
        .iter()
        .map(|model| row_hash(&key_text(model)))
        .collect();
    statuses_of(M::table_name, hashes, conn).await
}

async fn statuses_of<X: KeepsLeases>(
    table_name: fn() -> TableNamed<'static, X::Backend>,
    hashes: Vec<String>,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<RowStatus>, Error> {
    let mut found = HashMap::<_, RowStatus>::new();
    // Each is bound twice, and older versions of SQLite take 999 binds.
    for hashes in hashes.chunks(400) {
        let records = fetch_all(statements::records(table_name, hashes), conn).await?;
        for record in records {
            let status = found.entry(record.row_hash.clone()).or_default();
            status.add(record);
        }
    }
    found.values_mut().for_each(RowStatus::sort);
    let status = |hash| found.get(hash).cloned().unwrap_or_default();
    Ok(hashes.iter().map(status).collect())
}

/// Leaves a wish with the holder of the lease of the model's row, and returns who that is.
pub(crate) async fn ask_for_lease<M, X>(
    model: &M,
    who: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Option<LeaseStatus>, Error>
where
    X: KeepsLeases,
    M: NamesTable<X::Backend> + Versioned<Key: KeyText, Scope: KeyText>,
{
    check_name("one who waits", who)?;
    refuse_transaction("the wish for a lease commits by itself: it", conn)?;
    let row_hash = row_hash(&key_text(model));
    let record = || RecordOf {
        table_name: M::table_name(),
        row_hash: &row_hash,
    };
    let ask = || statements::ask(record(), who);
    send_again(ask, conn).await?;
    Ok(lease_status(model, conn).await?.lease)
}

/// All leases that a person has.
pub(crate) async fn all_of<X: KeepsLeases>(
    owner: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<LeaseStatus>, Error> {
    let records = fetch_all(statements::records_of(owner), conn).await?;
    Ok(records.into_iter().filter_map(Record::status).collect())
}

/// Ends all leases that a person has; they look at nothing any more.
pub(crate) async fn release_all<X: KeepsLeases>(
    owner: &str,
    conn: &mut Wire<'_, X>,
) -> Result<usize, Error> {
    refuse_transaction("the release of leases commits by itself: it", conn)?;
    presence::stop_viewing_all(owner, conn).await?;
    send_again(|| statements::release_all(owner), conn).await
}

/// Removes the records of leases, and of viewers, that ended longer ago.
pub(crate) async fn purge<X: KeepsLeases>(
    older_than: Duration,
    conn: &mut Wire<'_, X>,
) -> Result<usize, Error> {
    refuse_transaction("the purge of leases commits by itself: it", conn)?;
    presence::purge(older_than.into(), conn).await?;
    send_again(|| statements::purge(older_than.into()), conn).await
}

/// Creates the tables of leases and of presence, unless they are there.
pub(crate) async fn create_table<X: KeepsLeases>(conn: &mut Wire<'_, X>) -> Result<(), Error> {
    refuse_transaction("the creation of a table commits by itself: it", conn)?;
    let database = database_of(conn).await.map_err(read_failed::<X>)?;
    let sql = super::table::up(database);
    match conn.batch_execute(sql).await {
        // PostgreSQL, if another client creates a table in this moment. It is there then.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            conn.batch_execute(sql).await.map_err(read_failed::<X>)
        }
        result => result.map_err(read_failed::<X>),
    }
}

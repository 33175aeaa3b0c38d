//! What is sent to the table of leases.
//!
//! Each write decides by one condition, which reads the clock once: a clock that moves while a statement runs would
//! otherwise be before the end of a lease in one place, and behind it in another. On MySQL and MariaDB an assignment
//! sees those before it, so that what reads an old value comes first.

use super::sql::{RecordOf, Sql, TableNamed};
use super::time::LeaseTime;
use crate::backend::{LeaseBackend, Phrase};
use crate::statement::LeaseKey;
use std::sync::Arc;

/// Who acquires a lease.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acquirer<'a> {
    pub(super) lease_id: &'a str,
    pub(super) owner: &'a str,
    pub(super) holder: &'a str,
    pub(super) time: LeaseTime,
}

/// `SELECT .. FROM optlock_leases`: the columns of a [`Record`](super::record::Record).
fn select<'a, DB: LeaseBackend>() -> Sql<'a, DB> {
    Sql::new(
        "SELECT table_name, row_hash, row_text, lease_id, fence, owner, holder, acquired_at, expires_at, ends_at, \
         stolen_from, wished_by, wished_at, ",
    )
    .clock()
    .text(" FROM optlock_leases")
}

/// The record of a row.
pub(super) fn record<'a, DB: LeaseBackend>(record: RecordOf<'a, DB>) -> Sql<'a, DB> {
    select().of(record)
}

/// What a record of presence has in place of the id of a lease.
pub(super) const VIEWS: &str = "views";

/// The records of rows of one table, and those of who looks at them, as if they had a lease: one query for a list page.
pub(super) fn records<'a, DB: LeaseBackend>(
    table_name: fn() -> TableNamed<'a, DB>,
    row_hashes: &'a [String],
) -> Sql<'a, DB> {
    let sql = if row_hashes.len() == 1 {
        select()
    } else {
        select().not_kept()
    };
    let sql = of_any(sql, table_name(), row_hashes)
        .text(" UNION ALL SELECT table_name, row_hash, row_text, '")
        .text(VIEWS)
        .text("', 0, who, page, since, expires_at, 0, '', '', 0, ")
        .clock()
        .text(" FROM optlock_presence");
    of_any(sql, table_name(), row_hashes)
        .text(" AND expires_at > ")
        .clock()
}

/// ` WHERE` the record is that of one of the rows.
fn of_any<'a, DB: LeaseBackend>(
    sql: Sql<'a, DB>,
    table_name: TableNamed<'a, DB>,
    row_hashes: &'a [String],
) -> Sql<'a, DB> {
    let mut sql = sql
        .text(" WHERE table_name = ")
        .table(table_name)
        .text(" AND row_hash IN (");
    for (index, row_hash) in row_hashes.iter().enumerate() {
        sql = sql
            .text(if index == 0 { "" } else { ", " })
            .bind(row_hash.as_str());
    }
    sql.text(")")
}

/// The records of what a person has leased.
pub(super) fn records_of<DB: LeaseBackend>(owner: &str) -> Sql<'_, DB> {
    select()
        .text(" WHERE owner = ")
        .bind(owner)
        .text(" AND expires_at > ")
        .clock()
        .text(" ORDER BY table_name, row_text, row_hash")
}

/// A record of a lease that nobody has, unless there is a record of the row.
pub(super) fn insert_free<'a, DB: LeaseBackend>(
    record: RecordOf<'a, DB>,
    row_text: &'a str,
) -> Sql<'a, DB> {
    Sql::new(
        "INSERT INTO optlock_leases (table_name, row_hash, row_text, lease_id, fence, owner, holder, acquired_at, \
         expires_at, ends_at, stolen_from, wished_by, wished_at) VALUES (",
    )
    .table(record.table_name)
    .text(", ")
    .bind(record.row_hash)
    .text(", ")
    .bind(row_text)
    .text(", '', 0, '', '', 0, 0, 0, '', '', 0)")
    .phrase(&Phrase::UnlessThere)
}

/// `UPDATE .. SET` a new lease of the acquirer's.
fn acquired<'a, DB: LeaseBackend>(sql: Sql<'a, DB>, by: Acquirer<'a>) -> Sql<'a, DB> {
    let sql = sql
        .text("lease_id = ")
        .bind(by.lease_id)
        .text(", fence = fence + 1, owner = ")
        .bind(by.owner)
        .text(", holder = ")
        .bind(by.holder)
        .text(", wished_by = '', wished_at = 0, acquired_at = ")
        .clock()
        .text(", expires_at = ")
        .clock()
        .text(" + ")
        .number(by.time.first_micros())
        .text(", ends_at = ");
    match by.time.cap_micros() {
        Some(cap) => sql.clock().text(" + ").number(cap),
        None => sql.number(i64::MAX),
    }
}

/// Takes a lease that nobody has.
pub(super) fn take<'a, DB: LeaseBackend>(
    record: RecordOf<'a, DB>,
    by: Acquirer<'a>,
) -> Sql<'a, DB> {
    acquired(Sql::new("UPDATE optlock_leases SET stolen_from = '', "), by)
        .of(record)
        .text(" AND expires_at <= ")
        .clock()
}

/// Takes a lease, whoever has it.
pub(super) fn steal<'a, DB: LeaseBackend>(
    record: RecordOf<'a, DB>,
    by: Acquirer<'a>,
) -> Sql<'a, DB> {
    let sql = Sql::new("UPDATE optlock_leases SET stolen_from = CASE WHEN expires_at > ")
        .clock()
        .text(" THEN owner ELSE '' END, ");
    acquired(sql, by).of(record)
}

/// Takes over the holder of a lease that its owner has.
pub(super) fn enter_again<'a, DB: LeaseBackend>(
    lease: &'a LeaseKey,
    by: Acquirer<'a>,
) -> Sql<'a, DB> {
    until(
        Sql::new("UPDATE optlock_leases SET holder = ")
            .bind(by.holder)
            .text(", "),
        by.time,
    )
    .of(record_named(lease))
    .text(" AND lease_id = ")
    .bind(lease.lease_id.as_str())
    .text(" AND owner = ")
    .bind(by.owner)
    .text(" AND fence = ")
    .number(lease.fence)
    .text(" AND expires_at > ")
    .clock()
}

/// `expires_at = ..`, but not beyond the end.
fn until<'a, DB: LeaseBackend>(sql: Sql<'a, DB>, time: LeaseTime) -> Sql<'a, DB> {
    sql.text("expires_at = ")
        .phrase(&Phrase::Least)
        .text("(ends_at, ")
        .clock()
        .text(" + ")
        .number(time.ttl_micros())
        .text(")")
}

/// Moves the end of a lease that has not expired when the statement begins to run. Where the statement waits for the
/// lock of a save with this very lease, that is no loss: nobody takes the lease over before the lock is gone.
pub(super) fn renew<'a, DB: LeaseBackend>(lease: &Arc<LeaseKey>, time: LeaseTime) -> Sql<'a, DB> {
    until(Sql::new("UPDATE optlock_leases SET "), time)
        .held(lease)
        .text(" AND expires_at > ")
        .phrase(&Phrase::ClockAtStart)
}

/// Moves the end of a lease which was renewed, and whose new end had passed before the renewal was written: PostgreSQL
/// reads the clock before it waits for a lock. Nobody has taken the lease over since.
pub(super) fn renew_again<'a, DB: LeaseBackend>(
    lease: &Arc<LeaseKey>,
    time: LeaseTime,
) -> Sql<'a, DB> {
    until(Sql::new("UPDATE optlock_leases SET "), time).held(lease)
}

/// Brings the end of a lease forward.
pub(super) fn shorten<'a, DB: LeaseBackend>(lease: &Arc<LeaseKey>, to: LeaseTime) -> Sql<'a, DB> {
    Sql::new("UPDATE optlock_leases SET expires_at = ")
        .phrase(&Phrase::Least)
        .text("(expires_at, ")
        .clock()
        .text(" + ")
        .number(to.ttl_micros())
        .text(")")
        .held(lease)
        .text(" AND expires_at > ")
        .phrase(&Phrase::ClockAtStart)
}

/// `UPDATE .. SET`: the lease ends.
fn ended<'a, DB: LeaseBackend>() -> Sql<'a, DB> {
    Sql::new("UPDATE optlock_leases SET fence = fence + 1, expires_at = ")
        .phrase(&Phrase::Least)
        .text("(expires_at, ")
        .clock()
        .text(")")
}

/// Ends a lease.
pub(super) fn release<'a, DB: LeaseBackend>(lease: &Arc<LeaseKey>) -> Sql<'a, DB> {
    ended().held(lease)
}

/// Ends all leases that a person has.
pub(super) fn release_all<DB: LeaseBackend>(owner: &str) -> Sql<'_, DB> {
    ended()
        .text(" WHERE owner = ")
        .bind(owner)
        .text(" AND expires_at > ")
        .clock()
}

/// Leaves a wish with the holder of a lease.
pub(super) fn ask<'a, DB: LeaseBackend>(record: RecordOf<'a, DB>, who: &'a str) -> Sql<'a, DB> {
    Sql::new("UPDATE optlock_leases SET wished_by = ")
        .bind(who)
        .text(", wished_at = ")
        .clock()
        .of(record)
        .text(" AND expires_at > ")
        .clock()
}

/// Removes the records of leases that ended before.
pub(super) fn purge<'a, DB: LeaseBackend>(before: LeaseTime) -> Sql<'a, DB> {
    Sql::new("DELETE FROM optlock_leases WHERE expires_at < ")
        .clock()
        .text(" - ")
        .number(before.ttl_micros())
}

/// The record of a lease.
pub(super) fn of_lease<DB: LeaseBackend>(lease: &LeaseKey) -> Sql<'_, DB> {
    record(record_named(lease))
}

fn record_named<DB>(lease: &LeaseKey) -> RecordOf<'_, DB> {
    RecordOf {
        table_name: TableNamed::As(&lease.table_name),
        row_hash: &lease.row_hash,
    }
}

/// Takes the lock of a database that locks by its first write, and does nothing elsewhere.
pub(super) fn write_lock<'a, DB: LeaseBackend>() -> Sql<'a, DB> {
    Sql::new("")
        .phrase(&Phrase::NoWriteLock)
        .text("UPDATE optlock_leases SET fence = fence WHERE 1 = 0")
}

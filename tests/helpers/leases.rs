//! Leases of contacts, and a clock that is the database's.

use crate::Conn;
use crate::prelude::*;
use optlock::lease::Lease;
use optlock::{Error, LeaseLoss};
use optlock_tests::models::Contact;
use std::time::Duration;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Amy's lease of Ann's row.
pub(crate) fn amys(conn: &mut Conn) -> Lease {
    Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, conn).unwrap()
}

/// Lets time pass for all leases that are held or were, and for all viewers: to the database all their times are that much
/// older.
pub(crate) fn pass(time: Duration, conn: &mut Conn) {
    let micros = time.as_micros();
    conn.batch_execute(&format!(
        "UPDATE optlock_leases SET acquired_at = acquired_at - {micros}, expires_at = expires_at - {micros}, \
         ends_at = ends_at - {micros}; \
         UPDATE optlock_presence SET since = since - {micros}, expires_at = expires_at - {micros}"
    ))
    .unwrap();
}

/// The loss that a write under a lease is refused for, and the message.
#[track_caller]
pub(crate) fn loss(result: Result<(), Error>) -> (LeaseLoss, String) {
    match result.unwrap_err() {
        Error::LeaseLost(lost) => (lost.loss().clone(), lost.with_key()),
        error => panic!("not a lost lease: {error:?}"),
    }
}

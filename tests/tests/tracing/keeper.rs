//! The keeper of a lease reports a loss of which no answer says anything.

use crate::recorder::{Recorder, fields};
use diesel::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use optlock::LeaseLoss;
use optlock::diesel_async::lease::LeaseKeeper;
use optlock::lease::Lease;
use optlock::prelude::*;
use optlock_tests::blocking::block_on;
use optlock_tests::models::Contact;
use optlock_tests::sqlite::Scratch;
use std::time::Duration;

/// Nobody can connect.
async fn connect() -> Result<SyncConnectionWrapper<SqliteConnection>, &'static str> {
    Err("no connection")
}

#[test]
fn a_lease_that_no_renewal_reaches_is_reported() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    optlock::lease::create_table(conn).unwrap();
    let ttl = Duration::from_millis(20);
    let lost = fields([("db.collection.name", "contacts"), ("kind", "no_answer")]);
    let recorder = Recorder::new();

    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", ttl, conn).unwrap();
    let (mut keeper, keeping) = LeaseKeeper::new(lease, connect, tokio::time::sleep);
    block_on(keeping);
    assert_eq!(block_on(keeper.lost()), LeaseLoss::NoAnswer);
    assert_eq!(recorder.events(), [("lease", lost.clone())]);

    let lease = Lease::acquire(&Contact::bob(), "amy", "page 1", ttl, conn).unwrap();
    let (mut keeper, keeping) = LeaseKeeper::new(lease, connect, tokio::time::sleep);
    drop(keeping);
    assert_eq!(block_on(keeper.lost()), LeaseLoss::NoAnswer);
    assert_eq!(recorder.events(), [("lease", lost)]);
}

//! Leases of tables that are called alike, and at the isolation level of a session.

use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::lease::Lease;
use optlock::{Error, LeaseLoss};
use optlock_tests::models::Contact;
use std::thread;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A table of the same name comes first in the `search_path` by now, as in a pool with a schema for each tenant.
#[test]
fn a_lease_of_a_table_in_another_schema_is_none() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    lease::create_table(conn).unwrap();
    let mut mine = Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, conn).unwrap();
    let other = format!("{}_other", scratch.schema());
    conn.batch_execute(&format!(
        "CREATE SCHEMA {other}; CREATE TABLE {other}.contacts AS SELECT * FROM contacts; \
         SET search_path = {other}, {}",
        scratch.schema()
    ))
    .unwrap();
    let theirs = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, conn).unwrap();
    let mut ann = Contact::ann();
    expect_other(ann.save_leased(&mine, conn));
    expect_other(ann.delete_leased(&mine, conn));
    expect_other(ann.save_and_release(&mut mine, conn));
    ann.save_leased(&theirs, conn).unwrap();
    assert!(mine.renew(conn).unwrap().is_done());
    conn.batch_execute(&format!("DROP SCHEMA {other} CASCADE"))
        .unwrap();
}

fn expect_other(result: Result<(), Error>) {
    match result {
        Err(Error::LeaseLost(lost)) => assert_eq!(*lost.loss(), LeaseLoss::OtherRow),
        result => panic!("{result:?}"),
    }
}

/// A session that begins each transaction at another level than READ COMMITTED: who comes too late is told who has the
/// lease, and not that a transaction was given up.
#[test]
fn the_isolation_level_of_a_session_does_not_matter() {
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let scratch = &Scratch::new();
        lease::create_table(&mut scratch.connect()).unwrap();
        thread::scope(|scope| {
            for client in 0..8 {
                scope.spawn(move || {
                    let conn = &mut scratch.connect();
                    conn.batch_execute(&format!("SET default_transaction_isolation = '{level}'"))
                        .unwrap();
                    (0..30).for_each(|_| acquire_and_release(client, conn));
                });
            }
        });
    }
}

fn acquire_and_release(client: i32, conn: &mut Conn) {
    let owner = format!("client {client}");
    match Lease::acquire(&Contact::ann(), &owner, "page", MINUTE, conn) {
        Ok(mut lease) => assert!(lease.release(conn).unwrap().is_done()),
        Err(Error::LeaseHeld(held)) => assert_ne!(held.owner(), owner),
        Err(error) => panic!("{error:?}"),
    }
}

//! Leases in sessions that are set up otherwise, and of tables that are called alike.

use crate::helpers::leases::{MINUTE, amys, loss, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::server::{connection_id, wait_until_blocked};
use crate::{Conn, Scratch};
use optlock::lease::Lease;
use optlock::{Error, Found, LeaseLoss, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::mysql::SNAPSHOT_ISOLATION;
use std::cell::RefCell;
use std::thread;
use std::time::Duration;

fn edited() -> Contact {
    Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    }
}

#[test]
fn the_time_zone_of_a_session_does_not_matter() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    lease::create_table(conn).unwrap();
    let minute = Duration::from_secs(60);
    for (zone, others) in [("+05:00", "-05:00"), ("-05:00", "+05:00")] {
        conn.batch_execute(&format!("SET time_zone = '{zone}'"))
            .unwrap();
        other
            .batch_execute(&format!("SET time_zone = '{others}'"))
            .unwrap();
        let mut mine = Lease::acquire(&Contact::ann(), "amy", "page 1", minute, conn).unwrap();
        let theirs = Lease::acquire(&Contact::ann(), "bob", "page 2", minute, other).unwrap_err();
        let Error::LeaseHeld(held) = theirs else {
            panic!("{theirs:?}")
        };
        assert!(
            held.remaining() <= minute && held.remaining() > minute / 2,
            "{held:?}"
        );
        Contact::ann().lease_status(other).unwrap().lease.unwrap();
        assert!(mine.renew(other).unwrap().is_done());
        assert!(mine.release(other).unwrap().is_done());
    }
}

/// Another session uses a database with a table of the same name. The table of leases is one, by a view. (A session that
/// comes here by `USE` would go on in the database where Diesel has prepared its statements.)
#[test]
fn a_lease_of_a_table_in_another_database_is_none() {
    let scratch = Scratch::new();
    let here = &mut scratch.connect();
    lease::create_table(here).unwrap();
    let mut mine = amys(here);
    let entering = scratch.entering();
    let name = entering.strip_prefix("USE ").unwrap();
    let other = format!("{name}_other");
    let there = &mut scratch.connect();
    there
        .batch_execute(&format!(
            "CREATE DATABASE {other}; CREATE TABLE {other}.contacts AS SELECT * FROM contacts; \
             CREATE VIEW {other}.optlock_leases AS SELECT * FROM {name}.optlock_leases; \
             CREATE VIEW {other}.optlock_presence AS SELECT * FROM {name}.optlock_presence; \
             USE {other}"
        ))
        .unwrap();
    assert_eq!(Contact::ann().lease_status(there).unwrap().lease, None);
    let theirs = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, there).unwrap();
    let mut ann = edited();
    assert_eq!(loss(ann.save_leased(&mine, there)).0, LeaseLoss::OtherRow);
    assert_eq!(loss(ann.delete_leased(&mine, there)).0, LeaseLoss::OtherRow);
    let released = ann.save_and_release(&mut mine, there);
    assert_eq!(loss(released).0, LeaseLoss::OtherRow);
    let resumed = Lease::resume(&ann, &mine.token(), MINUTE, there);
    assert_eq!(loss(resumed.map(drop)).0, LeaseLoss::OtherRow);
    ann.save_leased(&theirs, there).unwrap();
    assert!(mine.renew(there).unwrap().is_done());
    assert_eq!(stored(1, here), Contact::ann());
    there
        .batch_execute(&format!("DROP DATABASE {other}"))
        .unwrap();
}

/// The optimizer must not decide whether the lease is looked at before the lock of the row is waited for.
#[test]
fn a_save_that_waits_longer_than_the_lease_lasts_is_none_of_the_optimizers_choices() {
    for limit in [0, 100] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        lease::create_table(conn).unwrap();
        let (mut saver, mut blocker) = (scratch.connect(), scratch.connect());
        saver
            .batch_execute(&format!("SET expensive_subquery_limit = {limit}"))
            .unwrap();
        let saver_id = connection_id(&mut saver);
        blocker
            .batch_execute("BEGIN; UPDATE contacts SET name = name WHERE id = 1")
            .unwrap();
        let short = Duration::from_secs(2);
        let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", short, conn).unwrap();
        thread::scope(|scope| {
            let saving = scope.spawn(|| edited().save_leased(&lease, &mut saver));
            wait_until_blocked(saver_id);
            optlock_tests::wait_until("the lease should expire", || {
                Contact::ann().lease_status(conn).unwrap().lease.is_none()
            });
            blocker.batch_execute("ROLLBACK").unwrap();
            saving.join().unwrap().unwrap();
        });
        assert_eq!(stored(1, conn).version, 2);
    }
}

/// The server gives a transaction up that looks at a lease which is newer than its snapshot (1020), as PostgreSQL does.
#[test]
fn with_snapshot_isolation_a_lease_that_was_taken_over_is_a_conflict() {
    type Write = fn(&mut Contact, &Lease, &mut Conn) -> Result<(), Error>;
    let writes: [Write; 2] = [
        |ann, lease, conn| ann.save_leased(lease, conn),
        |ann, lease, conn| ann.delete_leased(lease, conn),
    ];
    for write in writes {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        lease::create_table(conn).unwrap();
        conn.batch_execute(SNAPSHOT_ISOLATION).unwrap();
        let lease = amys(conn);
        let other = RefCell::new(scratch.connect());
        let mut ann = edited();
        let options = TransactionOptions::new().repeatable_read();
        let written = options.run(conn, &mut ann, |conn, ann| {
            // The snapshot begins here.
            assert!(ann.lease_status(conn)?.lease.is_some());
            let other = &mut *other.borrow_mut();
            pass(MINUTE, other);
            let _ = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, other).unwrap();
            write(ann, &lease, conn)
        });
        let Err(Error::ConcurrentModification(conflict)) = written else {
            panic!("{written:?}")
        };
        assert_eq!(*conflict.found(), Found::TransactionAborted);
        assert_eq!(conflict.key(), "1");
        assert_eq!((&ann, stored(1, conn)), (&edited(), Contact::ann()));
        // Outside of a transaction there is no snapshot.
        let mut theirs = Lease::steal(&ann, "amy", "page 1", MINUTE, conn).unwrap();
        assert!(theirs.renew(conn).unwrap().is_done());
        ann.save_and_release(&mut theirs, conn).unwrap();
    }
}

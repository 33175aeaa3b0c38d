//! Between the look at a lease and the COMMIT nobody takes the lease over: on databases that lock rows, and at each
//! isolation level.

use crate::helpers::expect::{self, ANN};
use crate::helpers::leases::{MINUTE, amys, loss, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::server::{connection_id, wait_until_blocked};
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, Found, LeaseLoss, TransactionOptions, VersionValue};
use optlock_tests::models::Contact;
use optlock_tests::wait_until;
use std::thread;
use std::time::Duration;

const LEVELS: [fn() -> TransactionOptions; 3] = [
    || TransactionOptions::new().read_committed(),
    || TransactionOptions::new().repeatable_read(),
    || TransactionOptions::new().serializable(),
];

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

fn edited() -> Contact {
    Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    }
}

/// Another client has locked Ann's row in an open transaction.
fn lock_row(blocker: &mut Conn) {
    blocker
        .batch_execute("BEGIN; UPDATE contacts SET name = name WHERE id = 1")
        .unwrap();
}

/// A write that waits for the lock of its row. Bob wants the lease then, and waits for the write. `None`: without a
/// transaction of the user's.
fn take_over_while_saving(options: Option<fn() -> TransactionOptions>, commits: bool) {
    let (scratch, mut conn) = set_up();
    let lease = amys(&mut conn);
    let (mut saver, mut taker, mut blocker) =
        (scratch.connect(), scratch.connect(), scratch.connect());
    let (saver_id, taker_id) = (connection_id(&mut saver), connection_id(&mut taker));
    lock_row(&mut blocker);
    thread::scope(|scope| {
        let saving = scope.spawn(|| {
            let mut ann = edited();
            let saved = match options {
                None => ann.save_leased(&lease, &mut saver),
                Some(options) => options().run(&mut saver, &mut ann, |conn, ann| {
                    ann.save_leased(&lease, conn)
                }),
            };
            (saved, ann)
        });
        wait_until_blocked(saver_id);
        let taking =
            scope.spawn(|| Lease::steal(&Contact::ann(), "bob", "page 2", MINUTE, &mut taker));
        wait_until_blocked(taker_id);
        let end = if commits {
            "UPDATE contacts SET version = 7 WHERE id = 1; COMMIT"
        } else {
            "ROLLBACK"
        };
        blocker.batch_execute(end).unwrap();
        let ((saved, ann), taken) = (saving.join().unwrap(), taking.join().unwrap().unwrap());
        assert_eq!((taken.owner(), taken.fence()), ("bob", 2));
        if commits {
            assert_conflict(saved.unwrap_err(), options);
            assert_eq!(ann, edited());
        } else {
            saved.unwrap();
            assert_eq!((ann.version, &stored(1, &mut conn)), (2, &ann));
        }
    });
}

/// What a save is told that has met another version, after which the lease was Bob's.
fn assert_conflict(error: Error, options: Option<fn() -> TransactionOptions>) {
    let has_snapshot = options.is_some_and(|options| options as usize != LEVELS[0] as usize);
    let conflict = match error {
        Error::ConcurrentModification(conflict) => conflict,
        // On PostgreSQL, without a transaction: the statement has ended, and with it the lock of the lease. When the lease is
        // looked at again, Bob may have it.
        Error::LeaseLost(lost) if options.is_none() && !CAPABILITIES.reads_old_rows => {
            assert!(matches!(lost.loss(), LeaseLoss::TakenOver { by, .. } if by == "bob"));
            assert!(lost.conflict().is_some(), "{lost:?}");
            return;
        }
        error => panic!("{error:?}"),
    };
    let version = VersionValue::Number(7);
    let expected = if has_snapshot && !CAPABILITIES.reads_old_rows {
        // PostgreSQL gives the transaction up, and does not say what was written.
        Found::TransactionAborted
    } else {
        Found::Modified { version }
    };
    assert_eq!((conflict.key(), conflict.found()), ("1", &expected));
}

#[test]
fn who_takes_a_lease_over_waits_for_the_save_that_is_under_way() {
    for commits in [false, true] {
        take_over_while_saving(None, commits);
        for options in LEVELS {
            take_over_while_saving(Some(options), commits);
        }
    }
}

/// The take-over comes first, and is not committed yet when the late holder saves.
#[test]
fn a_late_holder_waits_for_the_take_over_and_is_refused() {
    for options in [None, Some(LEVELS[0]), Some(LEVELS[1]), Some(LEVELS[2])] {
        let (scratch, mut conn) = set_up();
        let lease = amys(&mut conn);
        let mut saver = scratch.connect();
        let saver_id = connection_id(&mut saver);
        conn.batch_execute(
            "BEGIN; UPDATE optlock_leases SET lease_id = 'b', owner = 'bob', fence = 2",
        )
        .unwrap();
        thread::scope(|scope| {
            let saving = scope.spawn(|| {
                let mut ann = edited();
                let saved = match options {
                    None => ann.save_leased(&lease, &mut saver),
                    Some(options) => options().run(&mut saver, &mut ann, |conn, ann| {
                        ann.save_leased(&lease, conn)
                    }),
                };
                (saved, ann)
            });
            wait_until_blocked(saver_id);
            conn.batch_execute("COMMIT").unwrap();
            let (saved, ann) = saving.join().unwrap();
            match saved.unwrap_err() {
                Error::LeaseLost(lost) => {
                    assert!(matches!(lost.loss(), LeaseLoss::TakenOver { by, .. } if by == "bob"));
                }
                // A snapshot that is older than the take-over.
                error => assert!(error.is_conflict() && options.is_some(), "{error:?}"),
            }
            assert_eq!(ann, edited());
        });
        assert_eq!(stored(1, &mut conn), Contact::ann());
    }
}

/// A save that waits for its row longer than the lease lasts writes all the same: nobody else has got the lease. And the
/// renewal that waits for that save is no loss.
#[test]
fn a_wait_for_the_row_that_is_longer_than_the_lease_loses_nothing() {
    let (scratch, mut conn) = set_up();
    let (mut saver, mut keeper, mut blocker) =
        (scratch.connect(), scratch.connect(), scratch.connect());
    let (saver_id, keeper_id) = (connection_id(&mut saver), connection_id(&mut keeper));
    lock_row(&mut blocker);
    // Long enough for both to arrive before it expires.
    let short = Duration::from_secs(3);
    let acquire = |conn: &mut Conn| Lease::acquire(&Contact::ann(), "amy", "page 1", short, conn);
    let lease = acquire(&mut conn).unwrap();
    let mut kept = acquire(&mut conn).unwrap();
    thread::scope(|scope| {
        let saving = scope.spawn(|| edited().save_leased(&lease, &mut saver));
        wait_until_blocked(saver_id);
        let keeping = scope.spawn(|| (kept.renew(&mut keeper).unwrap(), kept.is_lost()));
        wait_until_blocked(keeper_id);
        wait_until("the lease should expire", || {
            Contact::ann()
                .lease_status(&mut conn)
                .unwrap()
                .lease
                .is_none()
        });
        blocker.batch_execute("ROLLBACK").unwrap();
        saving.join().unwrap().unwrap();
        assert_eq!(keeping.join().unwrap(), (LeaseAnswer::Done, false));
    });
    assert_eq!(stored(1, &mut conn).version, 2);
}

/// Another client has locked the lease, and gives it back when it has expired. A clock that stands still while the statement
/// waits would not notice.
#[test]
fn a_lease_that_expires_while_the_save_waits_for_it_is_lost() {
    let (scratch, mut conn) = set_up();
    let (mut saver, mut blocker) = (scratch.connect(), scratch.connect());
    let saver_id = connection_id(&mut saver);
    let short = Duration::from_secs(2);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", short, &mut conn).unwrap();
    blocker
        .batch_execute("BEGIN; UPDATE optlock_leases SET owner = 'bob'")
        .unwrap();
    thread::scope(|scope| {
        let saving = scope.spawn(|| edited().save_leased(&lease, &mut saver));
        wait_until_blocked(saver_id);
        wait_until("the lease should expire", || {
            Contact::ann()
                .lease_status(&mut conn)
                .unwrap()
                .lease
                .is_none()
        });
        blocker.batch_execute("ROLLBACK").unwrap();
        assert_eq!(loss(saving.join().unwrap()).0, LeaseLoss::Lapsed);
    });
    assert_eq!(stored(1, &mut conn), Contact::ann());
}

/// The save has locked the lease before, and now writes it, while another client waits to write it.
#[test]
fn a_save_that_ends_the_lease_does_not_deadlock_with_a_take_over() {
    let (scratch, mut conn) = set_up();
    let mut lease = amys(&mut conn);
    let (mut saver, mut taker, mut blocker) =
        (scratch.connect(), scratch.connect(), scratch.connect());
    let (saver_id, taker_id) = (connection_id(&mut saver), connection_id(&mut taker));
    lock_row(&mut blocker);
    thread::scope(|scope| {
        let saving = scope.spawn(|| {
            let saved = edited().save_and_release(&mut lease, &mut saver);
            (saved, lease)
        });
        wait_until_blocked(saver_id);
        let taking =
            scope.spawn(|| Lease::steal(&Contact::ann(), "bob", "page 2", MINUTE, &mut taker));
        wait_until_blocked(taker_id);
        blocker.batch_execute("ROLLBACK").unwrap();
        let (saved, lease) = saving.join().unwrap();
        saved.unwrap();
        assert!(lease.is_lost());
        // It waited for the release: nothing was stolen.
        let taken = taking.join().unwrap().unwrap();
        assert_eq!(taken.fence(), 3);
        let status = Contact::ann()
            .lease_status(&mut conn)
            .unwrap()
            .lease
            .unwrap();
        assert_eq!((status.owner.as_str(), status.stolen_from), ("bob", None));
    });
}

/// The lease is asked for in a transaction that has an old snapshot. (At SERIALIZABLE, MySQL and MariaDB lock what they
/// read, and nobody takes it over.)
#[test]
fn an_old_snapshot_does_not_show_a_lease_that_was_taken_over() {
    let levels = if CAPABILITIES.reads_old_rows {
        &LEVELS[..2]
    } else {
        &LEVELS[..]
    };
    for options in levels {
        let (scratch, mut conn) = set_up();
        let lease = amys(&mut conn);
        let other = std::cell::RefCell::new(scratch.connect());
        let mut ann = edited();
        let saved = options().run(&mut conn, &mut ann, |conn, ann| {
            // The snapshot begins here.
            assert!(Contact::ann().lease_status(conn)?.lease.is_some());
            let other = &mut *other.borrow_mut();
            pass(MINUTE, other);
            let _ = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, other).unwrap();
            ann.save_leased(&lease, conn)
        });
        match saved {
            Err(Error::LeaseLost(_)) => {}
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
            Ok(()) => panic!("bob has the lease"),
        }
        assert_eq!((ann, stored(1, &mut conn)), (edited(), Contact::ann()));
    }
}

#[test]
fn who_writes_without_a_lease_is_seen_by_its_holder() {
    let (scratch, mut conn) = set_up();
    let lease = amys(&mut conn);
    let (mut saver, mut blocker) = (scratch.connect(), scratch.connect());
    let saver_id = connection_id(&mut saver);
    blocker
        .batch_execute("BEGIN; UPDATE contacts SET version = 2 WHERE id = 1")
        .unwrap();
    thread::scope(|scope| {
        let saving = scope.spawn(|| edited().save_leased(&lease, &mut saver));
        wait_until_blocked(saver_id);
        blocker.batch_execute("COMMIT").unwrap();
        expect::modified(saving.join().unwrap(), ANN, 1, 2);
    });
    assert!(matches!(
        loss(edited().save_leased(&amys_of_bob(&mut conn), &mut conn)).0,
        LeaseLoss::OtherRow
    ));
}

fn amys_of_bob(conn: &mut Conn) -> Lease {
    Lease::acquire(&Contact::bob(), "amy", "page 1", MINUTE, conn).unwrap()
}

/// Two requests of one page, a double click for example.
#[test]
fn two_saves_of_one_page_that_end_the_lease_do_not_deadlock() {
    let (scratch, mut conn) = set_up();
    let (mut first, mut second) = (amys(&mut conn), amys(&mut conn));
    let (mut one, mut other, mut blocker) =
        (scratch.connect(), scratch.connect(), scratch.connect());
    let (one_id, other_id) = (connection_id(&mut one), connection_id(&mut other));
    lock_row(&mut blocker);
    thread::scope(|scope| {
        let saving = scope.spawn(|| edited().save_and_release(&mut first, &mut one));
        wait_until_blocked(one_id);
        let late = scope.spawn(|| edited().save_and_release(&mut second, &mut other));
        wait_until_blocked(other_id);
        blocker.batch_execute("ROLLBACK").unwrap();
        saving.join().unwrap().unwrap();
        assert_eq!(loss(late.join().unwrap()).0, LeaseLoss::Lapsed);
    });
}

/// Diesel's test transaction may have a snapshot of before.
#[test]
fn in_a_test_transaction_a_lease_is_seen_that_is_younger_than_its_snapshot() {
    use diesel::connection::Connection as _;

    let (scratch, mut conn) = set_up();
    let mut other = scratch.connect();
    let mut mine = amys(&mut other);
    conn.begin_test_transaction().unwrap();
    assert!(
        Contact::ann()
            .lease_status(&mut conn)
            .unwrap()
            .lease
            .is_some()
    );
    let _ = Lease::steal(&Contact::ann(), "bob", "page 2", MINUTE, &mut other).unwrap();
    let answer = mine.renew(&mut conn).unwrap();
    assert!(
        matches!(answer, LeaseAnswer::Lost(LeaseLoss::TakenOver { .. })),
        "{answer:?}"
    );
    let again = Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, &mut conn);
    assert!(matches!(again, Err(Error::LeaseHeld(_))), "{again:?}");
}

/// The take-over waits for a save longer than its own lease would last.
#[test]
fn a_lease_that_was_waited_for_lasts_from_the_end_of_the_wait() {
    let (scratch, mut conn) = set_up();
    // Long enough that it is not over when a busy machine gets to look at it.
    let short = Duration::from_secs(3);
    let lease = amys(&mut conn);
    let (mut saver, mut taker, mut blocker) =
        (scratch.connect(), scratch.connect(), scratch.connect());
    let (saver_id, taker_id) = (connection_id(&mut saver), connection_id(&mut taker));
    lock_row(&mut blocker);
    thread::scope(|scope| {
        let saving = scope.spawn(|| edited().save_leased(&lease, &mut saver));
        wait_until_blocked(saver_id);
        let taking =
            scope.spawn(|| Lease::steal(&Contact::ann(), "bob", "page 2", short, &mut taker));
        wait_until_blocked(taker_id);
        let began = std::time::Instant::now();
        wait_until("the time of the new lease should pass", || {
            began.elapsed() > short
        });
        blocker.batch_execute("ROLLBACK").unwrap();
        saving.join().unwrap().unwrap();
        assert!(!taking.join().unwrap().unwrap().is_lost());
    });
}

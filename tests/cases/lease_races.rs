//! Many clients want one lease at once.

use crate::helpers::leases::{MINUTE, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock::lease::Lease;
use optlock_tests::models::Contact;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

const CLIENTS: usize = 32;

/// Acquires the lease, as often as the database says that another client was in the way.
fn acquire(client: usize, conn: &mut Conn) -> Result<Lease, Error> {
    loop {
        let owner = format!("client {client}");
        match Lease::acquire(&Contact::ann(), &owner, "page", MINUTE, conn) {
            // Where the whole database is locked, another client may be in the way for too long.
            Err(error) if error.is_transient() && !CAPABILITIES.locks_rows.is_there() => {}
            result => return result,
        }
    }
}

/// Exactly one of them gets it, in each round, and all others are told who that is.
#[test]
fn one_of_many_clients_acquires_a_lease() {
    let rounds = CAPABILITIES.rounds;
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    lease::create_table(conn).unwrap();
    let (start, end) = (&Barrier::new(CLIENTS + 1), &Barrier::new(CLIENTS + 1));
    let (winners, winner) = (&AtomicI64::new(0), &AtomicI64::new(-1));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                let conn = &mut scratch.connect();
                for _ in 0..rounds {
                    start.wait();
                    let result = acquire(client, conn);
                    if result.is_ok() {
                        winners.fetch_add(1, Ordering::SeqCst);
                        winner.store(client as i64, Ordering::SeqCst);
                    }
                    end.wait();
                    if let Err(error) = result {
                        let Error::LeaseHeld(held) = error else {
                            panic!("{error:?}")
                        };
                        let winner = winner.load(Ordering::SeqCst);
                        assert_eq!(held.owner(), format!("client {winner}"));
                    }
                    end.wait();
                }
            });
        }
        let mut fence = 0;
        for round in 0..rounds {
            start.wait();
            end.wait();
            assert_eq!(winners.swap(0, Ordering::SeqCst), 1, "round {round}");
            // Half of the rounds begin without a record, the others with a lease that has expired.
            pass(MINUTE, conn);
            fence += 1;
            assert_eq!(recorded_fence(conn), fence);
            if round % 2 == 0 {
                diesel::sql_query("DELETE FROM optlock_leases")
                    .execute(conn)
                    .unwrap();
                fence = 0;
            }
            end.wait();
        }
    });
}

diesel::table! {
    optlock_leases (table_name, row_hash) {
        table_name -> Text,
        row_hash -> Text,
        fence -> BigInt,
    }
}

fn recorded_fence(conn: &mut Conn) -> i64 {
    optlock_leases::table
        .select(optlock_leases::fence)
        .first(conn)
        .unwrap()
}

/// Each client takes the lease away from the others, saves and goes on: whoever was late is refused, and what they saved
/// is all in the row.
#[test]
fn whoever_was_late_has_not_saved() {
    const THREADS: usize = 4;
    const SAVES: usize = 50;
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    lease::create_table(conn).unwrap();
    let saved = &AtomicI64::new(0);
    let refused = &AtomicI64::new(0);
    thread::scope(|scope| {
        for client in 0..THREADS {
            scope.spawn(move || {
                let conn = &mut scratch.connect();
                for _ in 0..SAVES {
                    let owner = format!("client {client}");
                    let ann = stored(1, conn);
                    let lease = loop {
                        match Lease::steal(&ann, &owner, "page", MINUTE, conn) {
                            Ok(lease) => break lease,
                            Err(error) => assert!(error.is_transient(), "{error:?}"),
                        }
                    };
                    loop {
                        let mut ann = stored(1, conn);
                        let before = ann.clone();
                        ann.name = owner.clone();
                        match ann.save_leased(&lease, conn) {
                            Ok(()) => {
                                saved.fetch_add(1, Ordering::SeqCst);
                                break;
                            }
                            Err(Error::LeaseLost(_)) => {
                                refused.fetch_add(1, Ordering::SeqCst);
                                assert_eq!(
                                    ann,
                                    Contact {
                                        name: owner,
                                        ..before
                                    }
                                );
                                break;
                            }
                            Err(error) => {
                                assert!(error.is_conflict() || error.is_transient(), "{error:?}");
                            }
                        }
                    }
                }
            });
        }
    });
    let saved = saved.load(Ordering::SeqCst);
    assert_eq!(stored(1, conn).version, 1 + saved);
    assert_eq!(
        saved + refused.load(Ordering::SeqCst),
        (THREADS * SAVES) as i64
    );
    assert!(saved > 0);
}

//! Many clients want one lease at once.

use crate::helpers::leases::{MINUTE, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock::lease::{Lease, LeaseAnswer};
use optlock_tests::models::Contact;
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

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

/// How a round leaves the lease to the next one.
#[derive(Debug, Clone, Copy)]
enum Left {
    /// There is no record.
    Nothing,
    Expired,
    Released,
}

/// Exactly one of them gets it, in each round, and all others are told who that is.
#[test]
fn one_of_many_clients_acquires_a_lease() {
    let rounds = CAPABILITIES.rounds;
    let scratch = &Scratch::new();
    lease::create_table(&mut scratch.connect()).unwrap();
    let round_begins_or_ends = &Barrier::new(CLIENTS);
    // The fence of the next lease.
    let fence = &AtomicI64::new(1);
    let told: Vec<Vec<String>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    let conn = &mut scratch.connect();
                    let play = |round| {
                        round_begins_or_ends.wait();
                        let result = acquire(client, conn);
                        round_begins_or_ends.wait();
                        match result {
                            Ok(mut lease) => {
                                let next = fence.load(Ordering::SeqCst);
                                assert_eq!(lease.fence(), next);
                                let left = [Left::Nothing, Left::Expired, Left::Released];
                                let next = leave(left[round % 3], &mut lease, conn);
                                fence.store(next, Ordering::SeqCst);
                                lease.owner().to_owned()
                            }
                            Err(Error::LeaseHeld(held)) => held.owner().to_owned(),
                            Err(error) => panic!("{error:?}"),
                        }
                    };
                    (0..rounds).map(play).collect()
                })
            })
            .collect();
        let told = clients.into_iter().map(|client| client.join().unwrap());
        told.collect()
    });
    for round in 0..rounds {
        let owners: BTreeSet<_> = told.iter().map(|owners| &owners[round]).collect();
        assert_eq!(owners.len(), 1, "round {round}: {owners:?}");
    }
}

/// The winner makes room. Returns the fence of the next lease.
fn leave(left: Left, lease: &mut Lease, conn: &mut Conn) -> i64 {
    match left {
        Left::Nothing => {
            conn.batch_execute("DELETE FROM optlock_leases").unwrap();
            1
        }
        Left::Expired => {
            pass(MINUTE, conn);
            lease.fence() + 1
        }
        Left::Released => {
            assert!(lease.release(conn).unwrap().is_done());
            lease.fence() + 2
        }
    }
}

/// A time by the database's clock during which a client has certainly had the lease.
#[derive(Debug)]
struct Had {
    client: usize,
    fence: i64,
    from: SystemTime,
    until: SystemTime,
}

/// The database's clock, as long as anybody has the lease.
fn clock(conn: &mut Conn) -> Option<SystemTime> {
    let lease = Contact::ann().lease_status(conn).unwrap().lease?;
    Some(lease.until - lease.remaining)
}

/// Takes the lease if it is free, or by force, renews it some times, and releases it or not.
fn have(client: usize, round: usize, conn: &mut Conn) -> Option<Had> {
    // Some last for a renewal on a busy machine, and some do not.
    let short = Duration::from_millis(25 << (round % 4));
    let owner = format!("client {client}");
    let by_force = (client + round) % 16 == 0;
    let acquired = if by_force {
        Lease::steal(&Contact::ann(), &owner, "page", short, conn)
    } else {
        Lease::acquire(&Contact::ann(), &owner, "page", short, conn)
    };
    let mut lease = match acquired {
        Ok(lease) => lease,
        Err(Error::LeaseHeld(_)) => return None,
        Err(error) => {
            assert!(error.is_transient(), "{error:?}");
            return None;
        }
    };
    let from = lease.since();
    let mut until = from;
    for _ in 0..3 {
        let Some(now) = clock(conn) else { break };
        match lease.renew(conn) {
            // It was not lost before the renewal, nor when the clock was read.
            Ok(LeaseAnswer::Done) => until = now,
            Ok(LeaseAnswer::Lost(_)) => break,
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
    }
    if round % 2 == 0 {
        let _ = lease.release(conn);
    }
    let fence = lease.fence();
    Some(Had {
        client,
        fence,
        from,
        until,
    })
}

#[test]
fn at_most_one_client_has_the_lease_at_any_time() {
    const TIMES: usize = CLIENTS;
    const RENEWED: usize = CLIENTS / 8;
    let scratch = &Scratch::new();
    lease::create_table(&mut scratch.connect()).unwrap();
    // A busy machine needs more rounds.
    let rounds = CAPABILITIES.rounds * 10;
    let (times, renewed) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
    let is_enough =
        || times.load(Ordering::SeqCst) >= TIMES && renewed.load(Ordering::SeqCst) >= RENEWED;
    let play = |client, round, conn: &mut Conn| {
        let had = have(client, round, conn)?;
        times.fetch_add(1, Ordering::SeqCst);
        if had.until > had.from {
            renewed.fetch_add(1, Ordering::SeqCst);
        }
        Some(had)
    };
    let mut had: Vec<Had> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    let conn = &mut scratch.connect();
                    let rounds = (0..rounds).take_while(|_| !is_enough());
                    let had = rounds.filter_map(|round| play(client, round, conn));
                    had.collect::<Vec<_>>()
                })
            })
            .collect();
        let had = clients
            .into_iter()
            .flat_map(|client| client.join().unwrap());
        had.collect()
    });
    had.sort_by_key(|had| had.fence);
    for pair in had.windows(2) {
        let [before, after] = pair else {
            unreachable!()
        };
        // Who has not released it has it again.
        let is_one = before.fence == after.fence && before.client == after.client;
        assert!(is_one || before.fence < after.fence, "{pair:?}");
        assert!(is_one || before.until <= after.from, "{pair:?}");
    }
    assert!(is_enough(), "{renewed:?} renewed of {times:?}");
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
                            // It was stolen again at once.
                            Err(Error::LeaseHeld(_)) => {}
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

//! Two transactions that lock two rows in opposite order.

use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock::retry::Policy;
use optlock_tests::capabilities::require;
use std::cell::Cell;
use std::sync::Barrier;

/// Saves the contacts in this order, and returns the number of attempts. In the first one nobody
/// goes on to the second contact before both have saved a first one. The next one begins when the other transaction has
/// ended: PostgreSQL may let it have the row for which the other one still waits, and the two would meet again.
fn save_both([first, second]: [i32; 2], both: &Barrier, conn: &mut Conn) -> u32 {
    let attempts = Cell::new(0);
    let policy = Policy::new().notify(|_, error: &Error, _| {
        assert!(error.is_transient(), "{error:?}");
    });
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        if attempts.get() == 2 {
            both.wait();
        }
        stored(first, conn).save_checked(conn)?;
        if attempts.get() == 1 {
            both.wait();
        }
        stored(second, conn).save_checked(conn)
    })
    .unwrap();
    if attempts.get() == 1 {
        both.wait();
    }
    attempts.get()
}

#[test]
fn the_victim_of_a_deadlock_makes_another_attempt() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let both = &Barrier::new(2);
    let mut attempts = std::thread::scope(|scope| {
        let one = scope.spawn(|| save_both([1, 2], both, conn));
        let two = scope.spawn(|| save_both([2, 1], both, other));
        [one.join().unwrap(), two.join().unwrap()]
    });
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 2], "one was the victim, and only one");
    let conn = &mut scratch.connect();
    assert_eq!((stored(1, conn).version, stored(2, conn).version), (3, 3));
}

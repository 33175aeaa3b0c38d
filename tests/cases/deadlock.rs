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
/// goes on to the second contact before both have saved a first one.
fn save_both([first, second]: [i32; 2], both: &Barrier, conn: &mut Conn) -> u32 {
    let attempts = Cell::new(0);
    // The first attempt fails by the deadlock. The next one may still meet the other transaction,
    // and lose to it by the version.
    let policy = Policy::new().notify(|attempts, error: &Error, _| {
        let expected = error.is_transient() || (attempts > 1 && error.is_conflict());
        assert!(expected, "{error:?}");
    });
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        stored(first, conn).save_checked(conn)?;
        if attempts.get() == 1 {
            both.wait();
        }
        stored(second, conn).save_checked(conn)
    })
    .unwrap();
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
    let attempts = std::thread::scope(|scope| {
        let one = scope.spawn(|| save_both([1, 2], both, conn));
        let two = scope.spawn(|| save_both([2, 1], both, other));
        [one.join().unwrap(), two.join().unwrap()]
    });
    // One was the victim, and only one.
    assert!(attempts.contains(&1) && attempts != [1, 1], "{attempts:?}");
    let conn = &mut scratch.connect();
    assert_eq!((stored(1, conn).version, stored(2, conn).version), (3, 3));
}

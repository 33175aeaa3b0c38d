//! A conflict for which the server gives up the transaction.

use crate::helpers::expect::{self, ANN, BOB, Row};
use crate::helpers::legacy::legacy;
use crate::helpers::people::{changed_my_mind, rename, stored};
use crate::helpers::swallowed::expect_swallowed_error_puts_back;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::{Error, Found};
use optlock_tests::capabilities::require;

/// A connection whose transactions end when they meet a newer row, if there is such a thing.
fn connect(scratch: &Scratch) -> Option<Conn> {
    let setting = require(CAPABILITIES.aborts_on_newer)?;
    let mut conn = scratch.connect();
    conn.batch_execute(setting).unwrap();
    Some(conn)
}

/// In a transaction whose snapshot is older.
fn meet_a_newer_row(conn: &mut Conn, other: &mut Conn) -> Error {
    let mut ann = stored(1, conn);
    let before = ann.clone();
    rename(1, "Anna", other);
    let error = ann.save_checked(conn).unwrap_err();
    assert_eq!(ann, before);
    error
}

fn expect_aborted(error: &Error) {
    expect_row_aborted(error, ANN);
}

fn expect_row_aborted(error: &Error, row: Row) {
    let Error::ConcurrentModification(conflict) = error else {
        panic!("not a conflict: {error:?}");
    };
    assert_eq!((conflict.table(), conflict.key()), row);
    assert_eq!(
        (conflict.expected(), conflict.found()),
        (Some(&1.into()), &Found::TransactionAborted)
    );
    expect::says(
        error,
        row,
        "was not written: expected version 1, and the database gave the transaction up in favour \
         of another",
    );
    assert!(error.is_conflict() && error.is_transient());
    assert!(!error.is_missing() && !error.outcome_unknown());
}

#[test]
fn the_conflict_says_so_and_the_values_are_put_back() {
    let scratch = Scratch::new();
    let Some(conn) = &mut connect(&scratch) else {
        return;
    };
    let mut bob = stored(2, conn);
    let before = bob.clone();
    let result = transaction(conn, &mut bob, |conn, bob| -> Result<(), Error> {
        bob.save_checked(conn)?;
        Err(meet_a_newer_row(conn, &mut scratch.connect()))
    });
    expect_aborted(&result.unwrap_err());
    assert_eq!(bob, before);
    assert_eq!(stored(2, conn), before);
    // The connection goes on.
    bob.save_checked(conn).unwrap();
    assert_eq!(stored(2, &mut scratch.connect()), bob);
}

#[test]
fn a_swallowed_conflict_puts_the_values_back() {
    let scratch = Scratch::new();
    let Some(conn) = &mut connect(&scratch) else {
        return;
    };
    expect_swallowed_error_puts_back(conn, |conn| {
        expect_aborted(&meet_a_newer_row(conn, &mut scratch.connect()));
    });
}

/// MariaDB gives the whole transaction up, so the save of Bob would commit by itself, and nothing would
/// take it back.
#[test]
fn of_saves_one_by_one_nothing_lands_that_the_transaction_does_not_commit() {
    let scratch = Scratch::new();
    let Some(conn) = &mut connect(&scratch) else {
        return;
    };
    let mut both = [stored(1, conn), stored(2, conn)];
    let before = both.clone();
    let result = transaction(conn, &mut both[..], |conn, both| {
        stored(2, conn); // begins the snapshot
        rename(1, "Anna", &mut scratch.connect());
        let saved = both.save_each_checked(conn);
        expect_aborted(saved[0].as_ref().unwrap_err());
        match &saved[1] {
            Ok(()) if CAPABILITIES.aborts_to_savepoint => {}
            Ok(()) => panic!("saved after the transaction had ended"),
            Err(error) => expect_row_aborted(error, BOB),
        }
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(both, before);
    assert_eq!(stored(2, &mut scratch.connect()), before[1]);
}

#[test]
fn the_conflict_says_so_where_there_is_no_version() {
    let scratch = Scratch::new();
    let Some(conn) = &mut connect(&scratch) else {
        return;
    };
    let mut ann = legacy(1, conn);
    ann.phone = None;
    let before = ann.clone();
    let result = transaction(conn, &mut ann, |conn, ann| {
        stored(2, conn); // begins the snapshot
        rename(1, "Anna", &mut scratch.connect());
        ann.save_unchanged(conn)
    });
    let error = result.unwrap_err();
    let message = "was not written: the database gave the transaction up in favour of another";
    expect::says(&error, ANN, message);
    assert!(error.is_conflict() && error.is_transient());
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn).phone, Some("111".into()));
}

//! A body ends its transaction itself: by a raw COMMIT or ROLLBACK, or by a statement that commits.

use crate::helpers::ended::{ann_b, expect_ended, save_and_end};
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{changed_my_mind, rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::connection::TransactionManager;
use optlock::Error;
use optlock::retry::Policy;
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use std::cell::Cell;

#[test]
fn after_a_raw_commit_the_outcome_is_unknown_and_nothing_is_overwritten() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = save_and_end(|conn| conn.batch_execute("COMMIT").unwrap(), conn);
    assert_eq!(stored(1, &mut scratch.connect()).name, "Ann B.");
    expect::modified(ann.save_checked(conn), ANN, 1, 2);
}

/// Taken for a commit, it would leave the version in memory ahead.
#[test]
fn after_a_raw_rollback_the_outcome_is_unknown_and_nothing_is_overwritten() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = save_and_end(|conn| conn.batch_execute("ROLLBACK").unwrap(), conn);
    rename(1, "Anna", &mut scratch.connect());
    expect::modified(ann.save_checked(conn), ANN, 1, 2);
    assert_eq!(stored(1, conn).name, "Anna");
}

#[test]
fn diesels_own_end_of_a_transaction_is_one_too() {
    type Manager = <Conn as Connection>::TransactionManager;
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save_and_end(|conn| Manager::rollback_transaction(conn).unwrap(), conn);
    assert_eq!(stored(1, conn), Contact::ann());
    save_and_end(|conn| Manager::commit_transaction(conn).unwrap(), conn);
    assert_eq!(stored(1, conn).name, "Ann B.");
}

#[test]
fn a_nested_transaction_hears_it_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (ann_b(), stored(2, conn));
    let result = transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        bob.save_checked(conn)?;
        transaction(conn, ann, |conn, ann| {
            ann.save_checked(conn)?;
            conn.batch_execute("COMMIT").map_err(Error::from)
        })
    });
    expect_ended(&result.unwrap_err(), conn);
    assert_eq!((ann, bob), (ann_b(), Contact::bob()));
}

#[test]
fn a_retry_does_not_repeat_it() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let result = retry(Policy::new(), conn, |conn| {
        ann_b().save_checked(conn)?;
        conn.batch_execute("COMMIT").map_err(Error::from)
    });
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 1);
    expect_ended(error.last(), conn);
}

/// What a body must not do: its own error says nothing of the end, and nothing asks.
#[test]
fn behind_an_error_of_the_body_it_is_not_seen_and_the_next_save_is_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann_b();
    let result = transaction(conn, &mut ann, |conn, ann| {
        ann.save_checked(conn)?;
        conn.batch_execute("COMMIT")?;
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(ann, ann_b());
    expect::modified(ann.save_checked(conn), ANN, 1, 2);
}

/// Where that can be known: a save behind the first one that fails would commit by itself.
#[test]
fn after_a_raw_commit_nothing_is_saved_behind_the_first_of_each_that_fails() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = [ann_b(), Contact::bob()];
    let bobs = Cell::new(None);
    let result = transaction(conn, &mut all[..], |conn, all| {
        conn.batch_execute("COMMIT")?;
        let [_, bob] = <[_; 2]>::try_from(all.save_each_checked(conn)).unwrap();
        bobs.set(Some(bob));
        Ok::<_, Error>(())
    });
    expect_ended(&result.unwrap_err(), conn);
    assert_eq!(all, [ann_b(), Contact::bob()]);
    let bob = bobs.take().unwrap();
    let version = stored(2, &mut scratch.connect()).version;
    assert_eq!(version, if bob.is_ok() { 2 } else { 1 });
}

/// Diesel does not know of it: what begins a transaction of its own commits it, or is refused.
#[test]
fn a_raw_transaction_around_it_is_committed_by_it() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann_b();
    conn.batch_execute("BEGIN").unwrap();
    rename(2, "Bobby", conn);
    let result = transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn));
    if !CAPABILITIES.begins_twice {
        assert!(matches!(result, Err(Error::Database(_))), "{result:?}");
        assert_eq!(ann, ann_b());
        return;
    }
    result.unwrap();
    conn.batch_execute("ROLLBACK").unwrap();
    assert_eq!(
        (stored(1, conn), stored(2, conn).name),
        (ann, "Bobby".into())
    );
}

/// Which has a savepoint on each database, because it may hold a connection to MySQL.
#[test]
fn through_an_enum_a_raw_end_is_seen_behind_a_new_beginning_too() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    for end in ["COMMIT", "ROLLBACK", "ROLLBACK; BEGIN", "COMMIT; BEGIN"] {
        let conn = &mut AnyConnection::from(scratch.connect());
        let mut ann = stored(1, &mut scratch.connect());
        let before = ann.clone();
        let result = transaction(conn, &mut ann, |conn, ann| {
            ann.save_checked(conn)?;
            conn.batch_execute(end).map_err(Error::from)
        });
        let error = result.unwrap_err();
        assert!(
            matches!(error, Error::TransactionLost(_)),
            "{end}: {error:?}"
        );
        assert!(error.outcome_unknown(), "{end}: {error:?}");
        assert_eq!(ann, before, "{end}");
    }
}

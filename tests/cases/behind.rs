//! A row that is older than the value in memory: the database lags, or has lost writes.

use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::retry::{Policy, is_retryable};
use optlock::{Error, Found};
use optlock_tests::models::Contact;
use std::cell::Cell;

/// Ann as another server has her, which is two saves ahead.
fn ann_ahead(conn: &mut Conn) -> Contact {
    Contact {
        name: "Ann B.".into(),
        version: 3,
        ..stored(1, conn)
    }
}

const OLDER: &str = "contacts 1 is behind: expected version 3, found the older 1";

#[track_caller]
fn expect_behind(error: &Error) {
    assert!(error.is_behind(), "{error:?}");
    assert!(!error.is_conflict() && !error.is_transient() && !error.is_missing());
}

#[test]
fn each_checked_operation_tells_it_from_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = ann_ahead(conn);
    let mut ann = before.clone();
    let errors = [
        ann.save_checked(conn).unwrap_err(),
        ann.touch_checked(conn).unwrap_err(),
        ann.delete_checked(conn).unwrap_err(),
        ann.check_current(conn).unwrap_err(),
        transaction(conn, (), |conn, ()| before.lock_checked(conn)).unwrap_err(),
    ];
    for error in errors {
        expect_behind(&error);
        assert_eq!(error.to_string(), OLDER);
        let Error::ConcurrentModification(row) = error else {
            panic!("{error:?}")
        };
        assert_eq!(*row.found(), Found::Older { version: 1.into() });
    }
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn), Contact::ann());
}

/// The row of a lagging server is no change of another client: merged with it, a value would lose what it has saved.
#[test]
fn it_is_not_merged() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let base = ann_ahead(conn);
    let mut ann = Contact {
        phone: None,
        ..base.clone()
    };
    let before = ann.clone();
    let error = ann.save_merged(&base, conn).unwrap_err();
    expect_behind(&error);
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn), Contact::ann());
}

#[test]
fn a_batch_is_behind_if_one_row_is_and_a_conflict_if_another_one_was_changed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut both = [ann_ahead(conn), stored(2, conn)];
    both[1].name = "Bob B.".into();
    expect_behind(&both.save_all_checked(conn).unwrap_err());
    rename(2, "Rob", conn);
    let error = both.save_all_checked(conn).unwrap_err();
    assert!(error.is_conflict() && error.is_behind(), "{error:?}");
    both[0] = Contact::ann();
    let error = both.save_all_checked(conn).unwrap_err();
    assert!(error.is_conflict() && !error.is_behind(), "{error:?}");
    assert_eq!(stored(1, conn), Contact::ann());
}

/// Where writes were lost, another attempt could match the version that another client's save has brought back.
#[test]
fn it_is_not_retried() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ahead = ann_ahead(conn);
    let attempts = Cell::new(0);
    let result = retry(Policy::new(), conn, |conn| {
        attempts.set(attempts.get() + 1);
        ahead.clone().save_checked(conn)
    });
    expect_behind(result.unwrap_err().last());
    assert_eq!(attempts.get(), 1);
}

#[test]
fn a_batch_with_such_a_row_is_not_retried_although_another_row_was_changed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ahead = ann_ahead(conn);
    let stale = Contact {
        name: "Bob B.".into(),
        ..stored(2, conn)
    };
    rename(2, "Rob", conn);
    let attempts = Cell::new(0);
    let result = retry(Policy::new(), conn, |conn| {
        attempts.set(attempts.get() + 1);
        [ahead.clone(), stale.clone()].save_all_checked(conn)
    });
    let error = result.unwrap_err();
    assert!(
        error.last().is_behind() && error.last().is_conflict(),
        "{error:?}"
    );
    assert_eq!(attempts.get(), 1);
}

/// For closures that load what they save.
#[test]
fn a_policy_can_have_it_retried() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ahead = ann_ahead(conn);
    let attempts = Cell::new(0);
    let policy = Policy::new().when(|error: &Error| is_retryable(error) || error.is_behind());
    let result = policy.run(conn, (), |conn, ()| {
        attempts.set(attempts.get() + 1);
        let mut ann = match attempts.get() {
            1 => ahead.clone(),
            _ => stored(1, conn),
        };
        ann.name = "Anna".into();
        ann.save_checked(conn)
    });
    result.unwrap();
    assert_eq!(attempts.get(), 2);
    assert_eq!(stored(1, conn).name, "Anna");
}

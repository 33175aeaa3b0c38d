//! `check_current` and `lock_checked`: a look at the version, without a write.

use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{delete, rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::connection::TransactionManager;
use optlock::Error;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;

#[test]
fn a_check_tells_current_from_changed_and_gone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    let watch = Watch::on(conn);
    mine.check_current(conn).unwrap();
    assert_eq!(watch.take_sent().len(), 1);

    rename(1, "Anna", conn);
    watch.take_sent();
    expect::modified(mine.check_current(conn), ANN, 1, 2);
    assert_eq!(watch.take_sent().len(), 1);

    delete(1, conn);
    expect::missing(mine.check_current(conn), ANN, 1);
    assert_eq!(mine, Contact::ann());
}

#[test]
fn a_check_looks_at_the_version_only() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = Contact {
        name: "not written yet".into(),
        ..stored(1, conn)
    };
    mine.check_current(conn).unwrap();
}

#[test]
fn outside_a_transaction_nothing_is_locked() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    let watch = Watch::on(conn);
    let error = mine.lock_checked(conn).unwrap_err();
    assert!(matches!(error, Error::NotInTransaction), "{error:?}");
    assert_eq!(
        error.to_string(),
        "a row is locked to the end of a transaction, and none is open: use `optlock::transaction`"
    );
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    assert_eq!(watch.take_sent(), [""; 0]);
}

#[test]
fn a_locked_row_can_be_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    transaction(conn, &mut mine, |conn, mine| {
        mine.lock_checked(conn)?;
        mine.name = "Ann B.".into();
        mine.save_checked(conn)?;
        mine.lock_checked(conn)?;
        mine.delete_checked(conn)
    })
    .unwrap();
}

#[test]
fn a_lock_tells_changed_and_gone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    rename(1, "Anna", conn);
    conn.transaction(|conn| {
        expect::modified(mine.lock_checked(conn), ANN, 1, 2);
        delete(1, conn);
        expect::missing(mine.lock_checked(conn), ANN, 1);
        QueryResult::Ok(())
    })
    .unwrap();
    assert_eq!(mine, Contact::ann());
}

/// Nobody knows to the end of which transaction the row would be locked.
#[test]
fn through_a_connection_in_error_nothing_is_locked_and_nothing_is_sent() {
    type Manager = <Conn as Connection>::TransactionManager;
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    conn.begin_test_transaction().unwrap();
    let watch = Watch::on(conn);
    Manager::transaction_manager_status_mut(conn).set_in_error();
    let error = mine.lock_checked(conn).unwrap_err();
    assert!(matches!(error, Error::ConnectionBroken), "{error:?}");
    assert_eq!(watch.take_sent(), [""; 0]);
}

/// In a savepoint too, which is how Diesel's test transactions run.
#[test]
fn a_test_transaction_is_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.begin_test_transaction().unwrap();
    stored(1, conn).lock_checked(conn).unwrap();
}

//! What became of an insert whose connection was lost.

use super::loss::*;
use super::{CAPABILITIES, Conn, Scratch, connection_id, wait_until_blocked};
use crate::prelude::*;
use optlock::{Error, Found, Resolved, Upserted};
use optlock_tests::is_inserted_already;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

fn find(scratch: &Scratch) -> Option<Contact> {
    let row = contacts::table.find(3).select(Contact::as_select());
    row.first(&mut scratch.connect()).optional().unwrap()
}

/// Prepares the statement, so that the next request is the insert itself.
fn prepare(conn: &mut Conn) {
    Contact::unstored(9).upsert_checked(conn).unwrap();
}

fn upsert_lost(value: &mut Contact, conn: &mut Conn) -> Error {
    let error = value.upsert_checked(conn).unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
    assert_unknown(&error);
    assert_eq!(*value, Contact::unstored(3));
    error
}

#[test]
fn an_insert_whose_answer_is_lost_is_found_in_the_row() {
    let scratch = Scratch::new();
    let (proxy, mut conn, _) = connect(&scratch);
    prepare(&mut conn);
    proxy.lose_answer("");
    let mut mine = Contact::unstored(3);
    let error = upsert_lost(&mut mine, &mut conn);
    let conn = &mut scratch.connect();
    assert_eq!(find(&scratch), Some(Contact::inserted(3)));
    // Sent again, it is a conflict with one's own row.
    assert!(is_inserted_already(&mine.upsert_checked(conn).unwrap_err()));
    let mut lost = mine.attempt_of(&error).unwrap();
    let resolved = lost.resolve(conn).unwrap();
    assert_eq!(resolved, Resolved::ProbablyLanded(Contact::inserted(3)));
}

#[test]
fn an_insert_that_never_arrives_is_sent_again() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    prepare(&mut conn);
    proxy.lose_request("");
    let mut mine = Contact::unstored(3);
    let error = upsert_lost(&mut mine, &mut conn);
    wait_until_gone(id);
    let conn = &mut scratch.connect();
    assert_eq!(find(&scratch), None);
    let mut lost = mine.attempt_of(&error).unwrap();
    assert_eq!(lost.resolve(conn).unwrap(), Resolved::Missing);
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(find(&scratch), Some(Contact::inserted(3)));
}

/// The lost insert waits for another client's, and nobody waits for its answer. The one that is sent again waits behind it.
#[test]
fn an_insert_that_still_waits_in_the_server_is_not_done_twice() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    let mut holder = scratch.connect();
    holder.begin_test_transaction().unwrap();
    diesel::insert_into(contacts::table)
        .values(Contact::inserted(3))
        .execute(&mut holder)
        .unwrap();
    let mut mine = Contact::unstored(3);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| upsert_lost(&mut mine, &mut conn));
        wait_until_blocked(id);
        proxy.lose();
        waiting.join().unwrap();
    });
    let mut again = scratch.connect();
    let again_id = connection_id(&mut again);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| mine.upsert_checked(&mut again));
        wait_until_blocked(again_id);
        drop(holder);
        // Either of the two inserts the row, and the other one finds it.
        match waiting.join().unwrap() {
            Ok(upserted) => assert_eq!(upserted, Upserted::Inserted),
            Err(error) => assert!(
                is_inserted_already(&error)
                    || (!CAPABILITIES.aborts_to_savepoint && error.is_transient()),
                "{error:?}"
            ),
        }
    });
    assert_eq!(find(&scratch), Some(Contact::inserted(3)));
}

/// Nothing has landed, and the row is there; by whom nobody knows.
#[test]
fn a_loss_after_an_insert_that_found_a_row_is_no_success() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    proxy.lose_request("SELECT");
    let mut mine = Contact::unstored(1);
    let error = mine.upsert_checked(&mut conn).unwrap_err();
    match &error {
        Error::ConcurrentModification(conflict) => assert_eq!(*conflict.found(), Found::Unknown),
        error => assert_nothing_landed(error),
    }
    assert!(
        !error.outcome_unknown() && !error.is_transient(),
        "{error:?}"
    );
    assert_eq!(mine, Contact::unstored(1));
    assert_unchanged(id, &scratch);
}

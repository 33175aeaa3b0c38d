//! A delete, a stale delete, a delete of what is gone.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{delete, find, rename, stored};
use crate::prelude::*;
use optlock_tests::models::Contact;

#[test]
fn a_delete_removes_the_row_and_no_other() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    stored(1, conn).delete_checked(conn).unwrap();
    assert_eq!(find(1, conn), None);
    assert_eq!(find(2, conn), Some(Contact::bob()));
}

#[test]
fn a_stale_delete_is_a_conflict_and_deletes_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    rename(1, "Anna", conn);
    expect::modified(mine.delete_checked(conn), ANN, 1, 2);
    assert_eq!(mine, Contact::ann());
    assert_eq!(
        stored(1, conn),
        Contact {
            name: "Anna".into(),
            version: 2,
            ..Contact::ann()
        }
    );
}

#[test]
fn a_second_delete_says_that_the_row_is_gone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    delete(1, conn);
    expect::missing(mine.delete_checked(conn), ANN, 1);
}

#[test]
fn a_value_that_was_just_saved_can_be_deleted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    mine.save_checked(conn).unwrap();
    mine.delete_checked(conn).unwrap();
    assert_eq!(find(1, conn), None);
    expect::missing(mine.save_checked(conn), ANN, 2);
    assert_eq!(find(1, conn), None);
}

#[test]
fn a_forced_delete_removes_the_row_whatever_its_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    rename(1, "Anna", conn);
    assert!(mine.force_delete(conn).unwrap());
    assert_eq!(find(1, conn), None);
    assert_eq!(find(2, conn), Some(Contact::bob()));
    assert!(!mine.force_delete(conn).unwrap());
    assert_eq!(mine, Contact::ann());
}

#[test]
fn a_forced_delete_works_in_a_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = stored(1, conn);
    rename(1, "Anna", conn);
    let deleted = transaction(conn, (), |conn, ()| {
        Ok::<_, optlock::Error>((mine.force_delete(conn)?, mine.force_delete(conn)?))
    });
    assert_eq!(deleted.unwrap(), (true, false));
    assert_eq!(find(1, conn), None);
}

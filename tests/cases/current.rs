//! The row as it stands: `save_or_load`, `load_current` and `refresh`.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{Named, delete, find, rename, stored};
use crate::prelude::*;
use optlock::{Error, Outcome, Refreshed};
use optlock_tests::models::Contact;

#[test]
fn save_or_load_saves() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        name: "Ann B.".into(),
        ..stored(1, conn)
    };
    assert_eq!(mine.save_or_load(conn).unwrap(), Outcome::Saved);
    assert_eq!(
        mine,
        Contact {
            name: "Ann B.".into(),
            version: 2,
            ..Contact::ann()
        }
    );
    assert_eq!(stored(1, conn), mine);
}

#[test]
fn save_or_load_hands_over_what_somebody_else_has_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let before = mine.clone();
    rename(1, "Anna", conn);
    let theirs = Contact {
        name: "Anna".into(),
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(
        mine.save_or_load(conn).unwrap(),
        Outcome::Changed(theirs.clone())
    );
    assert_eq!(mine, before);
    assert_eq!(stored(1, conn), theirs);
    // What was loaded is no permission to overwrite it.
    expect::modified(mine.save_checked(conn), ANN, 1, 2);
}

#[test]
fn save_or_load_says_that_the_row_is_gone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let before = mine.clone();
    delete(1, conn);
    assert_eq!(mine.save_or_load(conn).unwrap(), Outcome::Missing);
    assert_eq!(mine, before);
    assert_eq!(find(1, conn), None);
}

#[test]
fn a_conflict_is_resolved_by_saving_what_was_loaded() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    rename(1, "Anna", conn);
    let Outcome::Changed(mut theirs) = mine.save_or_load(conn).unwrap() else {
        panic!("somebody has changed the row");
    };
    theirs.phone = mine.phone;
    theirs.save_checked(conn).unwrap();
    let merged = Contact {
        id: 1,
        name: "Anna".into(),
        phone: None,
        version: 3,
    };
    assert_eq!(stored(1, conn), merged);
}

#[test]
fn load_current_hands_over_the_row_and_leaves_the_value_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let before = mine.clone();
    assert_eq!(mine.load_current(conn).unwrap(), Some(Contact::ann()));
    rename(1, "Anna", conn);
    let theirs = Contact {
        name: "Anna".into(),
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(mine.load_current(conn).unwrap(), Some(theirs));
    delete(1, conn);
    assert_eq!(mine.load_current(conn).unwrap(), None);
    assert_eq!(mine, before);
}

#[test]
fn a_refresh_of_what_nobody_has_changed_changes_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    rename(2, "Bobby", conn);
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Unchanged);
    assert_eq!(mine, Contact::ann());
}

#[test]
fn a_refresh_takes_the_row_and_hands_back_what_it_replaces() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let edited = mine.clone();
    rename(1, "Anna", conn);
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Updated(edited));
    let theirs = Contact {
        name: "Anna".into(),
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(mine, theirs);
    mine.save_checked(conn).unwrap();
    assert_eq!(stored(1, conn).version, 3);
}

/// Nobody else has changed the row, and yet the value is replaced: the edit must not be lost.
#[test]
fn a_refresh_hands_back_an_edit_that_was_not_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let edited = mine.clone();
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Updated(edited));
    assert_eq!(mine, Contact::ann());
}

/// The version decides too, and not the model's `PartialEq` alone: a save of the old one would be a
/// conflict after each refresh.
#[test]
fn a_refresh_takes_a_version_that_equality_leaves_out() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Named::stored(1, conn);
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Unchanged);
    stored(1, conn).touch_checked(conn).unwrap();
    expect::modified(mine.save_checked(conn), ANN, 1, 2);

    let Refreshed::Updated(before) = mine.refresh(conn).unwrap() else {
        panic!("the version is another one")
    };
    assert_eq!((before.version, mine.version), (1, 2));
    mine.save_checked(conn).unwrap();
    assert_eq!(stored(1, conn).version, 3);
}

#[test]
fn a_refresh_of_what_is_gone_leaves_the_value_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let edited = mine.clone();
    delete(1, conn);
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Missing);
    assert_eq!(mine, edited);
}

#[test]
fn a_refresh_that_fails_leaves_the_value_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        phone: None,
        ..stored(1, conn)
    };
    let edited = mine.clone();
    conn.batch_execute("DROP TABLE contacts").unwrap();
    let error = mine.refresh(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(mine, edited);
}

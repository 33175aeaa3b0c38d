//! `#[optlock(scope)]`: no operation on one value finds a row that is out of its scope.

use crate::Conn;
use crate::helpers::documents::*;
use crate::helpers::expect;
use crate::prelude::*;
use optlock::{Error, Outcome, Refreshed};

/// The operation finds no row for any of the values that are out of scope, whatever their version,
/// and changes nothing.
#[track_caller]
fn finds_nothing(operation: impl Fn(&mut Document, &mut Conn)) {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let before = stored(conn);
    for value in out_of_scope() {
        for version in [1, 7] {
            let mut document = Document {
                title: "overwritten".into(),
                version,
                ..value.clone()
            };
            let in_memory = document.clone();
            operation(&mut document, conn);
            assert_eq!(document, in_memory);
            assert_eq!(stored(conn), before);
        }
    }
}

/// The operation reports that the row is gone.
#[track_caller]
fn misses<T: std::fmt::Debug>(operation: impl Fn(&mut Document, &mut Conn) -> Result<T, Error>) {
    finds_nothing(|document, conn| {
        let result = operation(document, conn);
        expect::missing(result, row(document.id), document.version);
    });
}

#[test]
fn a_save_misses_what_is_out_of_scope() {
    misses(|document, conn| document.save_checked(conn));
}

#[test]
fn save_or_load_shows_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| {
        assert_eq!(document.save_or_load(conn).unwrap(), Outcome::Missing);
    });
}

#[test]
fn save_or_load_shows_nothing_that_is_out_of_scope_in_a_transaction() {
    finds_nothing(|document, conn| {
        let outcome = transaction(conn, document, |conn, document| document.save_or_load(conn));
        assert_eq!(outcome.unwrap(), Outcome::Missing);
    });
}

#[test]
fn a_merge_misses_what_is_out_of_scope() {
    misses(|document, conn| document.save_merged(&document.clone(), conn));
}

#[test]
fn a_save_of_the_changed_columns_misses_what_is_out_of_scope() {
    misses(|document, conn| {
        let mut tracked = Tracked::new(document.clone());
        tracked.title = "changed".into();
        tracked.save_changed(conn)
    });
}

#[test]
fn a_touch_misses_what_is_out_of_scope() {
    misses(|document, conn| document.touch_checked(conn));
}

#[test]
fn a_delete_misses_what_is_out_of_scope() {
    misses(|document, conn| document.delete_checked(conn));
}

#[test]
fn a_check_misses_what_is_out_of_scope() {
    misses(|document, conn| document.check_current(conn));
}

#[test]
fn a_lock_misses_what_is_out_of_scope() {
    misses(|document, conn| transaction(conn, (), |conn, ()| document.lock_checked(conn)));
}

#[test]
fn load_current_shows_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| assert_eq!(document.load_current(conn).unwrap(), None));
}

#[test]
fn a_refresh_shows_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| {
        assert_eq!(document.refresh(conn).unwrap(), Refreshed::Missing);
    });
}

#[test]
fn force_overwrites_nothing_that_is_out_of_scope() {
    misses(|document, conn| document.force_save(conn));
    misses(|document, conn| {
        transaction(conn, document, |conn, document| document.force_save(conn))
    });
}

#[test]
fn force_deletes_nothing_that_is_out_of_scope() {
    finds_nothing(|document, conn| assert!(!document.force_delete(conn).unwrap()));
}

#[test]
fn what_is_loaded_as_another_struct_is_in_the_scope_of_the_value() {
    finds_nothing(|document, conn| {
        assert_eq!(document.load_current_as::<Draft>(conn).unwrap(), None);
        let outcome = document.save_or_load_as::<Archived>(conn);
        assert_eq!(outcome.unwrap(), Outcome::Missing);
    });
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let deleted = archived(3).load_current_as::<Document>(conn).unwrap();
    assert_eq!(deleted.unwrap().deleted_at, Some(99));
}

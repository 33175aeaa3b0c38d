//! Contacts of a program that does not know the version.

use super::expect::{self, ANN, Row};
use crate::Conn;
use crate::prelude::*;
use optlock::{Error, Field, Found};
use optlock_tests::models::Legacy;
use optlock_tests::schema::contacts;
use std::fmt::Debug;

pub(crate) fn legacy(id: i32, conn: &mut Conn) -> Tracked<Legacy> {
    let row: Legacy = contacts::table
        .find(id)
        .select(Legacy::as_select())
        .first(conn)
        .unwrap();
    Tracked::new(row)
}

/// Somebody else changed these fields of Ann.
#[track_caller]
pub(crate) fn changed<T: Debug>(result: Result<T, Error>, fields: &[&str]) {
    let message = format!("was changed since it was loaded: {}", fields.join(", "));
    let Found::Changed { fields: found } = conflict(result, ANN, &message) else {
        panic!("it is not said what was changed")
    };
    let names: Vec<_> = found.iter().map(Field::name).collect();
    assert_eq!(names, fields);
}

#[track_caller]
pub(crate) fn conflict<T: Debug>(result: Result<T, Error>, row: Row, message: &str) -> Found {
    let error = result.unwrap_err();
    expect::says(&error, row, message);
    assert!(error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    let Error::ConcurrentModification(conflict) = &error else {
        panic!("not a conflict: {error:?}");
    };
    assert_eq!((conflict.table(), conflict.key()), row);
    assert_eq!(conflict.expected(), None);
    conflict.found().clone()
}

//! Rows for batches, and what a batch reports.

use crate::Conn;
use crate::prelude::*;
use optlock::{BatchConflict, Error, Found};
use optlock_tests::models::Counter;
use optlock_tests::schema::counters;

/// Counters with the keys 1 to `rows`, all at version 1.
pub(crate) fn counters(rows: i32, conn: &mut Conn) -> Vec<Counter> {
    let counter = |id| Counter {
        id,
        value: 0,
        version: 1,
    };
    let all: Vec<_> = (1..=rows).map(counter).collect();
    for chunk in all.chunks(1000) {
        diesel::insert_into(counters::table)
            .values(chunk)
            .execute(conn)
            .unwrap();
    }
    all
}

pub(crate) fn stored_counters(conn: &mut Conn) -> Vec<Counter> {
    counters::table
        .order(counters::id)
        .select(Counter::as_select())
        .load(conn)
        .unwrap()
}

/// Somebody else counts these up.
pub(crate) fn count_up(ids: &[i32], conn: &mut Conn) {
    diesel::update(counters::table.filter(counters::id.eq_any(ids)))
        .set((
            counters::value.eq(counters::value + 100),
            counters::version.eq(counters::version + 1),
        ))
        .execute(conn)
        .unwrap();
}

pub(crate) fn conflict(result: Result<(), Error>) -> BatchConflict {
    let error = result.unwrap_err();
    assert!(error.is_conflict());
    assert!(!error.is_missing() && !error.is_transient() && !error.outcome_unknown());
    match error {
        Error::BatchConflict(conflict) => conflict,
        other => panic!("not the conflict of a batch: {other:?}"),
    }
}

/// Each index of a conflict with what was found there, after a look at the rest of it.
pub(crate) fn found(conflict: &BatchConflict) -> Vec<(usize, Found)> {
    let told = conflict.conflicts().iter();
    told.map(|(index, conflict)| {
        assert_eq!(conflict.table(), "counters");
        assert_eq!(conflict.expected(), Some(&1.into()));
        assert_eq!(conflict.key(), (index + 1).to_string());
        (*index, conflict.found().clone())
    })
    .collect()
}

pub(crate) fn modified(version: i64) -> Found {
    Found::Modified {
        version: version.into(),
    }
}

pub(crate) fn set_values(counters: &mut [Counter]) {
    for counter in counters {
        counter.value = counter.id * 10;
    }
}

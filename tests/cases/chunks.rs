//! Many rows in chunks that commit one after the other.

use crate::helpers::counters::*;
use crate::helpers::expect;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Chunk, Chunks, Error, Found};
use optlock_tests::models::Counter;
use optlock_tests::prepared::Watch;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counters with a change that is not saved.
fn edited(rows: i32, conn: &mut Conn) -> Vec<Counter> {
    let mut all = counters(rows, conn);
    set_values(&mut all);
    all
}

/// Counts the rows that are taken from an iterator.
fn counted<'t>(
    rows: Vec<Counter>,
    taken: &'t AtomicUsize,
) -> impl Iterator<Item = Counter> + use<'t> {
    rows.into_iter().inspect(|_| {
        taken.fetch_add(1, Ordering::Relaxed);
    })
}

/// The versions of the rows, as others see them.
fn stored_versions(conn: &mut Conn) -> Vec<i64> {
    let stored = stored_counters(conn).into_iter();
    stored.map(|counter| counter.version).collect()
}

#[test]
fn each_chunk_commits_before_the_next_one_is_taken() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let all = edited(25, conn);
    let taken = AtomicUsize::new(0);
    let mut chunks = Chunks::new(counted(all.clone(), &taken), 10);
    assert_eq!(taken.load(Ordering::Relaxed), 0);

    let mut saved = Vec::new();
    for (first, end) in [(0, 10), (10, 20), (20, 25)] {
        let chunk = chunks.save_next(conn).unwrap().unwrap();
        assert_eq!((chunk.first, chunk.end()), (first, end));
        assert_eq!(taken.load(Ordering::Relaxed), end);
        saved.extend(chunk.rows);
        let others_see = stored_counters(other);
        assert_eq!(others_see[..end], saved);
        assert!(others_see[end..].iter().all(|counter| counter.version == 1));
        // The connection is free between two chunks.
        assert_eq!(stored_counters(conn), others_see);
    }
    assert_eq!(chunks.save_next(conn).unwrap(), None);
    assert_eq!(chunks.save_next(conn).unwrap(), None);
    assert!(saved.iter().all(|counter| counter.version == 2));
    assert_eq!(saved[24].value, all[24].value);
}

#[test]
fn a_chunk_in_conflict_returns_its_rows_and_the_others_are_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = edited(30, conn);
    count_up(&[15], conn);
    diesel::delete(&all[17]).execute(conn).unwrap();

    let mut chunks = Chunks::new(all.clone(), 10);
    chunks.save_next(conn).unwrap().unwrap();
    let failed = chunks.save_next(conn).unwrap_err();
    assert_eq!((failed.first, &failed.rows[..]), (10, &all[10..20]));
    assert_eq!(
        failed.to_string(),
        "rows 10..20: conflict in 2 of 10 rows, so the batch was given up: \
         counters 15 was changed: expected version 1, found 2; \
         counters 18 is gone: expected version 1, found no row"
    );
    let source = std::error::Error::source(&failed).unwrap();
    assert!(source.is::<optlock::BatchConflict>(), "{source:?}");
    chunks.save_next(conn).unwrap().unwrap();
    assert_eq!(chunks.save_next(conn).unwrap(), None);
    let versions = stored_versions(conn);
    assert_eq!(versions[..10], [2; 10]);
    assert_eq!(versions[10..19], [1, 1, 1, 1, 2, 1, 1, 1, 1]);
    assert_eq!(versions[19..], [2; 10]);

    let mut split = failed.split().unwrap();
    let losers = split.losers.iter();
    let losers = losers.map(|(row, conflict)| (row.clone(), conflict.key(), conflict.found()));
    let modified = modified(2);
    assert_eq!(
        losers.collect::<Vec<_>>(),
        [
            (all[14].clone(), "15", &modified),
            (all[17].clone(), "18", &Found::Missing)
        ]
    );
    let others = [&all[10..14], &all[15..17], &all[18..20]].concat();
    assert_eq!(split.others, others);
    split.others.save_all_checked(conn).unwrap();
    assert_eq!(stored_versions(conn), [2; 29]);
}

#[test]
fn what_is_no_conflict_is_not_split() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = edited(3, conn);
    let twice = [&all[..1], &all[..2]].concat();
    let mut chunks = Chunks::new([&twice[..], &all[2..]].concat(), 3);
    let failed = chunks.save_next(conn).unwrap_err();
    assert!(
        matches!(failed.error, Error::DuplicateKey { .. }),
        "{failed:?}"
    );
    let failed = failed.split().unwrap_err();
    assert_eq!(failed.rows, twice);
    let error = Error::from(failed);
    expect::says(&error, ("counters", "1"), "is in the batch twice");

    // The run goes on behind the chunk.
    let chunk = chunks.save_next(conn).unwrap().unwrap();
    assert_eq!((chunk.first, chunk.rows[0].id), (3, 3));
    assert_eq!(stored_versions(conn), [1, 1, 2]);
}

#[test]
fn an_open_transaction_is_refused_and_nothing_is_taken() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = edited(3, conn);
    let taken = AtomicUsize::new(0);
    let mut chunks = Chunks::new(counted(all.clone(), &taken), 2);
    let watch = Watch::on(conn);
    conn.batch_execute("SELECT 1").unwrap();
    type Next<I> = fn(&mut Chunks<I>, &mut Conn) -> Result<Option<Chunk<Counter>>, Error>;
    fn each<I: Iterator<Item = Counter> + Send>() -> [Next<I>; 2] {
        [
            |chunks, conn| Ok(chunks.save_next(conn)?),
            |chunks, conn| Ok(chunks.delete_next(conn)?),
        ]
    }
    conn.transaction::<_, Error, _>(|conn| {
        watch.take_sent();
        for next in each() {
            let error = next(&mut chunks, conn).unwrap_err();
            assert!(
                matches!(error, Error::AlreadyInTransaction { .. }),
                "{error:?}"
            );
            assert_eq!(
                error.to_string(),
                "a chunk commits by itself: it must be the outermost transaction, and one is open already"
            );
        }
        let failed = chunks.save_next(conn).unwrap_err();
        assert_eq!((failed.first, failed.rows.len()), (0, 0));
        assert_eq!(failed.to_string(), failed.error.to_string());
        assert_eq!(watch.take_sent(), [""; 0]);
        Ok(())
    })
    .unwrap();
    assert_eq!(taken.load(Ordering::Relaxed), 0);

    let chunk = chunks.save_next(conn).unwrap().unwrap();
    assert_eq!((chunk.first, chunk.rows.len()), (0, 2));
}

#[test]
fn a_test_transaction_does_not_count() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = edited(2, conn);
    conn.begin_test_transaction().unwrap();
    let mut chunks = Chunks::new(all, 1);
    chunks.save_next(conn).unwrap().unwrap();
    chunks.delete_next(conn).unwrap().unwrap();
    assert_eq!(stored_versions(conn), [2]);
}

#[test]
fn no_rows_send_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let mut chunks = Chunks::new(Vec::<Counter>::new(), 10);
    assert_eq!(chunks.save_next(conn).unwrap(), None);
    assert_eq!(chunks.delete_next(conn).unwrap(), None);
    assert_eq!(watch.take_sent(), [""; 0]);
}

#[test]
fn rows_are_deleted_in_chunks() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let all = counters(7, conn);
    count_up(&[5], conn);
    let mut chunks = Chunks::new(all.clone(), 3);
    let chunk = chunks.delete_next(conn).unwrap().unwrap();
    assert_eq!((chunk.first, &chunk.rows[..]), (0, &all[..3]));
    assert_eq!(stored_versions(other), [1, 2, 1, 1]);
    let failed = chunks.delete_next(conn).unwrap_err();
    assert_eq!(failed.rows, all[3..6]);
    let split = failed.split().unwrap();
    assert_eq!((split.losers[0].0.id, split.others.len()), (5, 2));
    assert_eq!(chunks.delete_next(conn).unwrap().unwrap().rows, all[6..]);
    assert_eq!(chunks.delete_next(conn).unwrap(), None);
    assert_eq!(stored_versions(other), [1, 2, 1]);
}

#[test]
fn a_run_is_stopped_and_goes_on_in_chunks_of_another_size() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = edited(9, conn);
    let mut chunks = Chunks::new(all, 2);
    chunks.save_next(conn).unwrap().unwrap();
    let mut chunks = Chunks::new(chunks.into_rest(), 100);
    let chunk = chunks.save_next(conn).unwrap().unwrap();
    assert_eq!((chunk.rows.len(), chunk.rows[0].id), (7, 3));
    assert_eq!(stored_versions(conn), [2; 9]);
}

#[test]
fn a_panic_of_the_iterator_loses_no_row() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = edited(5, conn);
    let mut has_panicked = false;
    let rows = all.clone().into_iter().inspect(move |row| {
        if row.id == 3 && !has_panicked {
            has_panicked = true;
            panic!("the row after the second");
        }
    });
    let mut chunks = Chunks::new(rows, 4);
    let next = catch_unwind(AssertUnwindSafe(|| chunks.save_next(conn)));
    next.unwrap_err();
    assert_eq!(stored_versions(conn), [1; 5]);
    // The iterator has lost the row in which it has panicked.
    let chunk = chunks.save_next(conn).unwrap().unwrap();
    let ids: Vec<_> = chunk.rows.iter().map(|row| row.id).collect();
    assert_eq!((chunk.first, &ids[..]), (0, &[1, 2, 4, 5][..]));
    assert_eq!(stored_versions(conn), [2, 2, 1, 2, 2]);
}

#[test]
#[should_panic(expected = "a chunk has at least one row")]
fn a_chunk_of_no_rows_is_a_panic() {
    let _ = Chunks::new(Vec::<Counter>::new(), 0);
}

//! A run in chunks whose connection is lost: one chunk is unknown, and the run goes on through another connection.

use super::loss::{assert_unknown, connect, wait_until_gone};
use super::{CAPABILITIES, Conn, Scratch};
use crate::prelude::*;
use optlock::{Chunks, Error};
use optlock_tests::models::Counter;
use optlock_tests::proxy::Proxy;
use optlock_tests::schema::counters;

/// The request that commits a chunk, if the statements are prepared.
const COMMITS: &str = if CAPABILITIES.batch_is_one_statement {
    ""
} else {
    "COMMIT"
};

/// A run over six rows in chunks of two, which loses its connection at the commit of the second one. Returns the rows of
/// that chunk, and the versions in the table.
fn lose(how: fn(&Proxy, &str), scratch: &Scratch) -> (Vec<Counter>, Vec<i64>) {
    let other = &mut scratch.connect();
    let counter = |id| Counter {
        id,
        value: 0,
        version: 1,
    };
    let all: Vec<_> = (1..=6).map(counter).collect();
    let insert = diesel::insert_into(counters::table).values(&all);
    insert.execute(other).unwrap();

    let (proxy, mut conn, id) = connect(scratch);
    let mut chunks = Chunks::new(all.clone(), 2);
    chunks.save_next(&mut conn).unwrap().unwrap();
    how(&proxy, COMMITS);
    let failed = chunks.save_next(&mut conn).unwrap_err();
    assert!(
        matches!(failed.error, Error::OutcomeUnknown(_)),
        "{failed:?}"
    );
    assert_unknown(&failed.error);
    assert_eq!((failed.first, &failed.rows[..]), (2, &all[2..4]));
    wait_until_gone(id);

    let chunk = chunks.save_next(other).unwrap().unwrap();
    assert_eq!((chunk.first, chunk.rows.len()), (4, 2));
    assert_eq!(chunks.save_next(other).unwrap(), None);
    (failed.rows, versions(other))
}

fn versions(conn: &mut Conn) -> Vec<i64> {
    let versions = counters::table
        .order(counters::id)
        .select(counters::version);
    versions.load(conn).unwrap()
}

#[test]
fn a_chunk_whose_answer_is_lost_has_landed_and_is_a_conflict_when_it_is_sent_again() {
    let scratch = Scratch::new();
    let (mut lost, stored) = lose(Proxy::lose_answer, &scratch);
    assert_eq!(stored, [2; 6]);
    let error = lost.save_all_checked(&mut scratch.connect()).unwrap_err();
    let Error::BatchConflict(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(conflict.conflicts().len(), 2);
}

#[test]
fn a_chunk_that_never_arrives_gives_the_same_error_and_can_be_sent_again() {
    let scratch = Scratch::new();
    let (mut lost, stored) = lose(Proxy::lose_request, &scratch);
    assert_eq!(stored, [2, 2, 1, 1, 2, 2]);
    let conn = &mut scratch.connect();
    lost.save_all_checked(conn).unwrap();
    assert_eq!(versions(conn), [2; 6]);
}

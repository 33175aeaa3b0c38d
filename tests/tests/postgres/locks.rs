//! Whom a locked row makes wait.

use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use optlock::retry::Policy;
use optlock_tests::models::{Contact, Counter, Patch};
use optlock_tests::postgres::{connection_id, wait_until_blocked};
use std::thread;

/// `FOR UPDATE` would make it wait.
#[test]
fn a_new_row_that_refers_to_a_locked_row_does_not_wait() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE TABLE notes (contact_id INTEGER NOT NULL REFERENCES contacts (id))")
        .unwrap();
    transaction(conn, (), |conn, ()| {
        let mut ann = Contact::ann();
        ann.lock_checked(conn)?;
        let other = &mut scratch.connect();
        other.batch_execute("SET lock_timeout = 1")?;
        diesel::sql_query("INSERT INTO notes VALUES (1)").execute(other)?;
        // But who locks the row itself waits.
        let theirs = Contact::ann().save_checked(other).unwrap_err();
        assert!(theirs.is_transient() && !theirs.is_conflict(), "{theirs:?}");
        ann.save_checked(conn)
    })
    .unwrap();
}

#[test]
fn a_lock_that_is_not_waited_for_is_met_by_another_attempt() {
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    holder.begin_test_transaction().unwrap();
    conn.batch_execute("CREATE TABLE notes AS SELECT 1 AS id")
        .unwrap();
    holder
        .batch_execute("LOCK TABLE contacts; SELECT 1 FROM notes FOR UPDATE")
        .unwrap();
    let policy = || Policy::new().attempts(3).sleep(|_| slept());
    for lock in [
        "LOCK TABLE contacts NOWAIT",
        "SELECT 1 FROM notes FOR UPDATE NOWAIT",
    ] {
        let error = retry(policy(), conn, |conn| {
            conn.batch_execute(lock).map_err(Error::from)
        })
        .unwrap_err();
        assert_eq!(error.attempts(), 3, "{:?}", error.last());
        assert!(error.last().is_transient() && !error.last().is_conflict());
    }
}

/// Without an order of its own PostgreSQL would lock the rows as it finds them: by the index, or in the order of the
/// table or of the batch.
#[test]
fn two_batches_that_find_their_rows_in_opposite_orders_never_deadlock() {
    type Write = fn(&[i32], &mut Conn) -> Result<(), Error>;
    let writes: [Write; 3] = [
        |ids, conn| counters(ids).save_all_checked(conn),
        |ids, conn| counters(ids).delete_all_checked(conn),
        // A row at a time, which a statement before them locks.
        |ids, conn| patches(ids).save_all_checked(conn),
    ];
    for write in writes {
        let scratch = Scratch::new();
        let (mut by_index, mut by_table) = (scratch.connect(), scratch.connect());
        let mut holder = scratch.connect();
        for (conn, other_ways) in [
            (&mut by_index, "SET enable_seqscan = off"),
            (&mut by_table, "SET enable_indexscan = off"),
        ] {
            conn.batch_execute(other_ways).unwrap();
            conn.batch_execute(
                "SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
                 SET deadlock_timeout = '10ms'",
            )
            .unwrap();
        }
        holder
            .batch_execute(
                "INSERT INTO counters (id, value) VALUES (3, 0), (2, 0), (1, 0); \
                 INSERT INTO wide (id) VALUES (3), (2), (1)",
            )
            .unwrap();
        holder.begin_test_transaction().unwrap();
        holder
            .batch_execute(
                "UPDATE counters SET value = 2 WHERE id = 2; UPDATE wide SET a = 'b' WHERE id = 2",
            )
            .unwrap();
        let ids = [&mut by_index, &mut by_table].map(connection_id);
        thread::scope(|scope| {
            // The first has locked the row 1 by now, and the second would have locked the row 3.
            let first = scope.spawn(|| write(&[1, 2, 3], &mut by_index));
            wait_until_blocked(ids[0]);
            let second = scope.spawn(|| write(&[3, 2, 1], &mut by_table));
            wait_until_blocked(ids[1]);
            holder.batch_execute("ROLLBACK").unwrap();
            first.join().unwrap().unwrap();
            let error = second.join().unwrap().unwrap_err();
            assert!(matches!(error, Error::BatchConflict(_)), "{error:?}");
        });
    }
}

fn counters(ids: &[i32]) -> Vec<Counter> {
    let counter = |&id| Counter {
        id,
        value: 1,
        version: 1,
    };
    ids.iter().map(counter).collect()
}

fn patches(ids: &[i32]) -> Vec<Patch> {
    let patch = |&id| Patch {
        id,
        a: Some("a".into()),
        version: 1,
        ..Patch::default()
    };
    ids.iter().map(patch).collect()
}

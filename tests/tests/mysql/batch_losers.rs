//! What happens to a batch while it looks at the rows that it has missed.

use crate::helpers::counters::{conflict, count_up, counters, found, modified};
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::connection::InstrumentationEvent::{self, StartQuery};
use optlock::{Error, Found};
use optlock_tests::models::Counter;
use optlock_tests::mysql::{connection_id, wait_until_blocked};
use optlock_tests::schema::{contacts, counters};
use std::sync::mpsc::channel;
use std::thread;

const READ_COMMITTED: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// Does something when the connection begins to look.
fn when_it_looks(conn: &mut Conn, action: impl FnOnce() + Send + 'static) {
    let mut action = Some(action);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let StartQuery { query, .. } = event {
            if query.to_string().contains("UNION ALL") {
                if let Some(action) = action.take() {
                    action();
                }
            }
        }
    });
}

/// The server has then ended the transaction, and what is sent next would be committed.
#[test]
fn the_victim_of_a_deadlock_is_not_told_of_losers() {
    let scratch = Scratch::new();
    let (conn, mut bob) = (&mut scratch.connect(), scratch.connect());
    let mut mine = counters(4, conn);
    diesel::delete(counters::table.find(3))
        .execute(conn)
        .unwrap();
    conn.batch_execute(READ_COMMITTED).unwrap();
    let bob_is = connection_id(&mut bob);
    when_it_looks(conn, move || {
        // More rows than the other one has written: so that one is the victim.
        bob.batch_execute(
            "BEGIN; INSERT INTO counters (id, value, version) SELECT seq, 0, 1 FROM seq_100_to_200",
        )
        .unwrap();
        bob.batch_execute("INSERT INTO counters (id, value, version) VALUES (3, 0, 7)")
            .unwrap();
        thread::spawn(move || {
            bob.batch_execute("UPDATE counters SET value = 9 WHERE id = 1; COMMIT")
                .unwrap();
        });
        wait_until_blocked(bob_is);
    });
    let memory = mine.clone();
    let error = conn
        .transaction(|conn| {
            diesel::delete(contacts::table.find(1)).execute(conn)?;
            mine.save_all_checked(conn)
        })
        .unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(error.is_conflict() && error.is_transient(), "{error:?}");
    assert_eq!(mine, memory);
    let conn = &mut scratch.connect();
    assert_eq!(contacts::table.find(1).count().get_result(conn), Ok(1_i64));
}

/// Neither those that it needs, nor does it wait for them.
#[test]
fn outside_of_a_transaction_a_loser_locks_nothing() {
    let scratch = Scratch::new();
    let (conn, mut winner) = (&mut scratch.connect(), scratch.connect());
    let mut mine = counters(4, conn);
    count_up(&[2, 3], conn);
    let (to_the_end, kept) = channel();
    when_it_looks(conn, move || {
        winner
            .batch_execute("BEGIN; UPDATE counters SET value = 9, version = 9 WHERE id IN (1, 2)")
            .unwrap();
        to_the_end.send(winner).unwrap();
    });
    let told = conflict(mine.save_all_checked(conn));
    assert_eq!(found(&told), [(1, modified(2)), (2, modified(2))]);
    drop(kept.try_recv().unwrap());
}

/// A statement of more parts than one takes, of which the last has a single one.
#[test]
fn more_losers_than_one_statement_takes_are_all_named() {
    const ROWS: i32 = 257;
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = counters(ROWS, conn);
    count_up(&(1..ROWS).collect::<Vec<_>>(), conn);
    diesel::delete(counters::table.find(ROWS))
        .execute(conn)
        .unwrap();
    let memory: Vec<Counter> = mine.clone();
    let mut expected: Vec<_> = (0..256).map(|index| (index, modified(2))).collect();
    expected.push((256, Found::Missing));
    assert_eq!(found(&conflict(mine.save_all_checked(conn))), expected);
    assert_eq!(mine, memory);
}

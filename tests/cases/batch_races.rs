//! Many rows at once, against others.

use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
use optlock::Error;
use optlock_tests::models::{Counter, Patch};
use optlock_tests::schema::{counters, wide};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Barrier;
use std::thread;

/// The rows of a batch: more than a statement of MySQL writes.
const BATCH: i32 = 600;

/// And of the table. They are so few of it that MariaDB looks each of them up, in the order of the
/// batch; more of them it would find by reading the table, in one order for everybody.
const ROWS: i32 = BATCH * APART;
const APART: i32 = 32;

/// How often two batches meet. On PostgreSQL rows that are locked in no order are a deadlock in the first
/// four meetings.
const ROUNDS: usize = 12;

fn batch() -> Vec<i32> {
    (1..=BATCH).map(|nth| nth * APART).collect()
}

/// Inserts rows by a text: so many binds would take seconds.
fn insert(columns: &str, other: i64, ids: &[i32], conn: &mut Conn) {
    let rows: Vec<_> = ids.iter().map(|id| format!("({id}, {other})")).collect();
    let insert = format!("INSERT INTO {columns} VALUES {}", rows.join(", "));
    conn.batch_execute(&insert).unwrap();
}

fn insert_counters(ids: &[i32], conn: &mut Conn) {
    insert("counters (id, value)", 0, ids, conn);
}

fn all() -> Vec<i32> {
    (1..=ROWS).collect()
}

/// The rows of the batch.
fn stored(conn: &mut Conn) -> QueryResult<Vec<Counter>> {
    counters::table
        .filter(counters::id.eq_any(batch()))
        .order(counters::id)
        .select(Counter::as_select())
        .load(conn)
}

/// PostgreSQL would join so small a table in the order of the table, by chance as it were. Of a large
/// one it looks up each row of the batch, in the order of the batch.
fn take_rows_in_their_order(conn: &mut Conn) {
    if let Some(setting) = SQL.batch_order {
        conn.batch_execute(setting).unwrap();
    }
}

/// Two threads each do something with their own connection, again and again at the same time. After a
/// panic a thread does nothing more, but comes to the barrier, where the other one waits for it.
fn in_two_threads(scratch: &Scratch, times: usize, work: impl Fn(bool, &mut Conn) + Sync) {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        for is_first in [true, false] {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                let conn = &mut scratch.connect();
                take_rows_in_their_order(conn);
                let mut result = Ok(());
                for _ in 0..times {
                    barrier.wait();
                    if result.is_ok() {
                        result = catch_unwind(AssertUnwindSafe(|| work(is_first, conn)));
                    }
                }
                result.unwrap_or_else(|panic| resume_unwind(panic));
            });
        }
    });
}

/// One of two wins, or both do; the loser hears of the others' rows and of no deadlock.
fn expect_won_or_lost(result: Result<(), Error>) -> bool {
    match result {
        Ok(()) => true,
        Err(Error::BatchConflict(_)) => false,
        Err(other) => panic!("neither won nor lost: {other:?}"),
    }
}

#[test]
fn two_batches_in_opposite_orders_never_deadlock() {
    let scratch = &Scratch::new();
    insert_counters(&all(), &mut scratch.connect());
    in_two_threads(scratch, ROUNDS, |is_first, conn| {
        let mut mine = stored(conn).unwrap();
        if is_first {
            mine.reverse();
        }
        for counter in &mut mine {
            counter.value += 1;
        }
        expect_won_or_lost(mine.save_all_checked(conn));
    });
    let conn = &mut scratch.connect();
    let all = stored(conn).unwrap();
    // All or nothing: each row has seen the same number of batches.
    for counter in &all {
        assert_eq!(
            (counter.value, counter.version),
            (all[0].value, all[0].version)
        );
        assert_eq!(i64::from(counter.value), counter.version - 1);
    }
    assert!(
        all[0].value >= i32::try_from(ROUNDS).unwrap(),
        "in each round at least one wins: {}",
        all[0].value
    );
}

/// The slower form, which the locks before it keep from deadlocks. (Here PostgreSQL finds the rows in one order by
/// itself. That it is told to is what `postgres/locks.rs` shows.)
#[test]
fn two_batches_of_patches_in_opposite_orders_never_deadlock() {
    let scratch = &Scratch::new();
    insert("wide (id, version)", 1, &all(), &mut scratch.connect());
    in_two_threads(scratch, ROUNDS / 2, |is_first, conn| {
        let versions: Vec<(i32, i64)> = wide::table
            .filter(wide::id.eq_any(batch()))
            .order(wide::id)
            .select((wide::id, wide::version))
            .load(conn)
            .unwrap();
        let mut mine: Vec<_> = versions
            .into_iter()
            .map(|(id, version)| Patch {
                id,
                version,
                a: Some("a".into()),
                ..Patch::default()
            })
            .collect();
        if is_first {
            mine.reverse();
        }
        expect_won_or_lost(mine.save_all_checked(conn));
    });
}

#[test]
fn two_deletes_in_opposite_orders_never_deadlock() {
    let scratch = &Scratch::new();
    insert_counters(&all(), &mut scratch.connect());
    for _ in 0..ROUNDS / 2 {
        let mine = stored(&mut scratch.connect()).unwrap();
        in_two_threads(scratch, 1, |is_first, conn| {
            let mut mine = mine.clone();
            if is_first {
                mine.reverse();
            }
            expect_won_or_lost(mine.delete_all_checked(conn));
        });
        assert_eq!(stored(&mut scratch.connect()), Ok(vec![]));
        insert_counters(&batch(), &mut scratch.connect());
    }
}

#[test]
fn batches_and_single_saves_lose_no_update() {
    const SINGLES: [i32; 3] = [APART, 17 * APART, ROWS];
    let scratch = &Scratch::new();
    insert_counters(&all(), &mut scratch.connect());
    in_two_threads(scratch, ROUNDS, |is_first, conn| {
        if is_first {
            loop {
                let mut all = stored(conn).unwrap();
                for counter in &mut all {
                    counter.value += 1;
                }
                if expect_won_or_lost(all.save_all_checked(conn)) {
                    break;
                }
            }
        } else {
            for id in SINGLES {
                loop {
                    let mut one: Counter = counters::table
                        .find(id)
                        .select(Counter::as_select())
                        .first(conn)
                        .unwrap();
                    one.value += 1;
                    match one.save_checked(conn) {
                        Ok(()) => break,
                        Err(error) => assert!(error.is_conflict(), "{error:?}"),
                    }
                }
            }
        }
    });
    let rounds = i32::try_from(ROUNDS).unwrap();
    for counter in stored(&mut scratch.connect()).unwrap() {
        let singles = if SINGLES.contains(&counter.id) {
            rounds
        } else {
            0
        };
        assert_eq!(counter.value, rounds + singles, "counter {}", counter.id);
        assert_eq!(counter.version, 1 + i64::from(counter.value));
    }
}

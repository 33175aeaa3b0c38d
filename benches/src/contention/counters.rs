//! A table of counters, and the ways to increment one.

use self::optlock_bench_counters as counters;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::backend::TransactionConnection;
use optlock::prelude::*;
use optlock::retry::{Policy, When, is_retryable};
use optlock::{Error, TransactionOptions};
use std::cell::Cell;
use std::time::Duration;

diesel::table! {
    optlock_bench_counters (id) {
        id -> Integer,
        n -> BigInt,
        version -> BigInt,
    }
}

#[derive(Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = optlock_bench_counters)]
struct Counter {
    id: i32,
    n: i64,
    version: i64,
}

/// Increments the counter of this id, and returns how many attempts it took.
pub(super) type Once<C> = fn(&mut C, i32) -> u32;

/// A way to increment.
pub(super) struct Increment<C> {
    pub(super) name: &'static str,
    pub(super) once: Once<C>,
}

/// The ways of a database.
pub(super) trait Increments: Connection + 'static {
    const INCREMENTS: &[Increment<Self>];

    /// What a writer sends first.
    const FIRST: &[&str];

    /// Loads the counter, adds one, and saves it.
    fn save_next(&mut self, id: i32) -> Result<(), Error>;

    /// The sum of all counters.
    fn sum(&mut self) -> i64;
}

/// The default, but as often as it takes.
const PATIENT: Policy = Policy::new()
    .attempts(u32::MAX)
    .within(Duration::from_secs(600));

const SERIALIZABLE: Policy = PATIENT.transaction(TransactionOptions::new().serializable());

/// By optlock's retry with a checked save.
const RETRY: &str = "retry";
/// By the same, which never locks what it has lost.
const WITHOUT_LOCKS: &str = "retry, no lock";
/// By a lock that is taken before the counter is read.
const LOCK: &str = "lock";
/// By optlock's retry of a SERIALIZABLE transaction, which the database fails when another one came first.
const BY_SERIALIZABLE: &str = "SERIALIZABLE";
/// By one statement that reads nothing.
const ATOMIC: &str = "n = n + 1";

macro_rules! increments {
    ($conn:ty, $transaction:ident, [$($for_update:tt)*], [$($serializable:tt)*], $first:expr) => {
        impl Increments for $conn {
            const INCREMENTS: &[Increment<Self>] = &[
                Increment {
                    name: RETRY,
                    once: |conn, id| attempts(PATIENT, conn, |conn| conn.save_next(id)),
                },
                Increment {
                    name: WITHOUT_LOCKS,
                    once: |conn, id| {
                        let policy = PATIENT.when(|error: &Error| is_retryable(error));
                        attempts(policy, conn, |conn| conn.save_next(id))
                    },
                },
                Increment {
                    name: LOCK,
                    once: |conn, id| {
                        let result = conn.$transaction(|conn| {
                            let row = counters::table.find(id).select(counters::n);
                            let n: i64 = row$($for_update)*.first(conn)?;
                            let next = counters::n.eq(n + 1);
                            diesel::update(counters::table.find(id)).set(next).execute(conn)
                        });
                        assert_eq!(result, Ok(1));
                        1
                    },
                },
                $(Increment {
                    name: $serializable,
                    once: |conn, id| {
                        attempts(SERIALIZABLE, conn, |conn| {
                            let row = counters::table.find(id).select(counters::n);
                            let n: i64 = row.first(conn)?;
                            let next = counters::n.eq(n + 1);
                            diesel::update(counters::table.find(id)).set(next).execute(conn)?;
                            Ok(())
                        })
                    },
                },)*
                Increment {
                    name: ATOMIC,
                    once: |conn, id| {
                        let next = counters::n.eq(counters::n + 1);
                        let update = diesel::update(counters::table.find(id)).set(next);
                        assert_eq!(update.execute(conn), Ok(1));
                        1
                    },
                },
            ];

            const FIRST: &[&str] = $first;

            fn save_next(&mut self, id: i32) -> Result<(), Error> {
                let row = counters::table.find(id);
                let mut counter = row.select(Counter::as_select()).first(self)?;
                counter.n += 1;
                counter.save_checked(self)
            }

            fn sum(&mut self) -> i64 {
                // The database's own sum has another type on each of them.
                let all = counters::table.select(counters::n).load::<i64>(self);
                all.unwrap().into_iter().sum()
            }
        }
    };
}

increments!(PgConnection, transaction, [.for_update()], [BY_SERIALIZABLE], &[]);
increments!(MysqlConnection, transaction, [.for_update()], [BY_SERIALIZABLE], &[]);
// SQLite's transactions are all serializable. They lock the file, and a writer waits for it by asking again and again.
increments!(
    SqliteConnection,
    immediate_transaction,
    [],
    [],
    &["PRAGMA busy_timeout = 600000", "PRAGMA synchronous = OFF"]
);

/// Retries the body, and returns how many attempts it took.
fn attempts<C: TransactionConnection>(
    policy: Policy<impl When<Error>>,
    conn: &mut C,
    body: impl Fn(&mut C) -> Result<(), Error>,
) -> u32 {
    let attempts = Cell::new(0);
    let result = optlock::retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        body(conn)
    });
    result.unwrap();
    attempts.get()
}

/// Makes the table anew.
pub(super) fn create(conn: &mut impl SimpleConnection, rows: i32) -> QueryResult<()> {
    let rows: Vec<_> = (0..rows).map(|id| format!("({id}, 0, 1)")).collect();
    let rows = rows.join(",");
    conn.batch_execute(&format!(
        "DROP TABLE IF EXISTS optlock_bench_counters;
         CREATE TABLE optlock_bench_counters (id INTEGER NOT NULL PRIMARY KEY, n BIGINT NOT NULL, version BIGINT NOT NULL);
         INSERT INTO optlock_bench_counters VALUES {rows}"
    ))
}

/// Removes it.
pub(super) fn drop(conn: &mut impl SimpleConnection) -> QueryResult<()> {
    conn.batch_execute("DROP TABLE optlock_bench_counters")
}

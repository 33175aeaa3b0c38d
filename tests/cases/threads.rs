//! No lost update: many threads count one row up.

use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use optlock_tests::models::Counter;
use optlock_tests::schema::counters;
use std::thread;

const THREADS: i32 = 8;
const INCREMENTS: i32 = 500;

fn stored(conn: &mut Conn) -> QueryResult<Counter> {
    counters::table
        .find(1)
        .select(Counter::as_select())
        .first(conn)
}

fn increment(conn: &mut Conn) -> Result<(), Error> {
    let mut counter = stored(conn)?;
    counter.value += 1;
    counter.save_checked(conn)
}

fn increment_at_last(conn: &mut Conn) {
    while let Err(error) = increment(conn) {
        assert!(error.is_conflict() || error.is_transient(), "{error:?}");
    }
}

#[test]
fn each_increment_of_many_threads_counts() {
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    let start = Counter {
        id: 1,
        value: 0,
        version: 1,
    };
    diesel::insert_into(counters::table)
        .values(&start)
        .execute(conn)
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let conn = &mut scratch.connect();
                (0..INCREMENTS).for_each(|_| increment_at_last(conn));
            });
        }
    });
    let all = THREADS * INCREMENTS;
    assert_eq!(
        stored(conn),
        Ok(Counter {
            id: 1,
            value: all,
            version: 1 + i64::from(all)
        })
    );
}

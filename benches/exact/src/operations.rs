//! What is counted.

use crate::allocations::{Allocations, counted};
use crate::by_hand;
use crate::contacts::{self, Contact};
use diesel::{Connection, QueryResult, SqliteConnection};
use optlock::Error;
use optlock::prelude::*;

/// What is done to contacts of mine, beside what they were when they were read. What is not expected is a panic, so
/// that no failure is counted.
type Work = fn(&mut SqliteConnection, &mut [Contact], &[Contact]);

/// One line of the figures.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Rows of a call: 1, or those of a batch.
    rows: usize,
    /// Whether another client has changed the rows since they were read.
    stale: bool,
    work: Work,
}

/// Over so many calls an operation is counted.
pub(crate) const CALLS: usize = 5;

pub(crate) const SMALL_BATCH: usize = 10;
pub(crate) const LARGE_BATCH: usize = 110;

/// All, each after what Diesel costs.
pub(crate) const ALL: [Operation; 15] = [
    Operation::of_fresh("save, Diesel by hand", 1, |conn, mine, _| {
        by_hand::save(conn, &mut mine[0]).unwrap();
    }),
    Operation::of_fresh("save", 1, |conn, mine, _| {
        mine[0].save_checked(conn).unwrap();
    }),
    Operation::of_stale("conflict, Diesel by hand", |conn, mine, _| {
        by_hand::conflict(conn, &mine[0]).unwrap();
    }),
    Operation::of_stale("conflict", |conn, mine, _| {
        let result = mine[0].save_checked(conn);
        assert!(matches!(result, Err(Error::ConcurrentModification(_))));
    }),
    Operation::of_fresh("delete, Diesel by hand", 1, |conn, mine, _| {
        by_hand::delete(conn, &mine[0]).unwrap();
    }),
    Operation::of_fresh("delete", 1, |conn, mine, _| {
        mine[0].delete_checked(conn).unwrap();
    }),
    Operation::of_fresh("touch, Diesel by hand", 1, |conn, mine, _| {
        by_hand::touch(conn, &mut mine[0]).unwrap();
    }),
    Operation::of_fresh("touch", 1, |conn, mine, _| {
        mine[0].touch_checked(conn).unwrap();
    }),
    Operation::of_fresh("transaction, Diesel by hand", 1, |conn, mine, _| {
        conn.transaction(|conn| by_hand::save(conn, &mut mine[0]))
            .unwrap();
    }),
    Operation::of_fresh("transaction", 1, |conn, mine, _| {
        optlock::transaction(conn, &mut mine[0], |conn, contact| {
            contact.save_checked(conn)
        })
        .unwrap();
    }),
    Operation::of_fresh("batch of 10, Diesel by hand", SMALL_BATCH, save_all_by_hand),
    Operation::of_fresh("batch of 10", SMALL_BATCH, save_all),
    Operation::of_fresh(
        "batch of 110, Diesel by hand",
        LARGE_BATCH,
        save_all_by_hand,
    ),
    Operation::of_fresh("batch of 110", LARGE_BATCH, save_all),
    Operation::of_stale("merge", |conn, mine, base| {
        let theirs = mine[0].save_merged(&base[0], conn).unwrap();
        assert_eq!(theirs.len(), 1);
    }),
];

fn save_all_by_hand(conn: &mut SqliteConnection, mine: &mut [Contact], _: &[Contact]) {
    let saved: QueryResult<()> = conn.transaction(|conn| {
        mine.iter_mut()
            .try_for_each(|contact| by_hand::save(conn, contact))
    });
    saved.unwrap();
}

fn save_all(conn: &mut SqliteConnection, mine: &mut [Contact], _: &[Contact]) {
    mine.save_all_checked(conn).unwrap();
}

impl Operation {
    const fn of_fresh(name: &'static str, rows: usize, work: Work) -> Self {
        Self {
            name,
            rows,
            stale: false,
            work,
        }
    }

    const fn of_stale(name: &'static str, work: Work) -> Self {
        Self {
            name,
            rows: 1,
            stale: true,
            work,
        }
    }

    /// Does it [`CALLS`] times, and returns what all of these have allocated. Before that it is done as often with other
    /// rows, and not counted: its statements are then prepared, and the memory that it needs has been asked for once.
    pub(crate) fn count(&self) -> Allocations {
        // The same table for each operation, however many rows it writes.
        let (mut conn, base) = contacts::create(2 * CALLS * LARGE_BATCH);
        if self.stale {
            contacts::change_all(&mut conn);
        }
        let mut mine = base.clone();
        for contact in &mut mine {
            contact.name = "mine".to_owned();
        }
        let mut calls = mine
            .chunks_exact_mut(self.rows)
            .zip(base.chunks_exact(self.rows));
        let mut some = || {
            for (mine, base) in calls.by_ref().take(CALLS) {
                (self.work)(&mut conn, mine, base);
            }
        };
        some();
        counted(&mut some)
    }
}

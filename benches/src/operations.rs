//! What is measured of each client, and how often.

use crate::clients::{Client, Kind};
use crate::contacts::{self, Contact};
use crate::turns::taking_turns;
use crate::ways::Way;
use diesel::connection::SimpleConnection;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// One column of a table.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Rows that it writes: 1, or those of a batch.
    pub(crate) rows: usize,
    rounds: usize,
}

pub(crate) const SAVE: Operation = Operation::single("save", Kind::Save);
pub(crate) const TRANSACTION: Operation = Operation::single("transaction", Kind::Transaction);

pub(crate) const SINGLES: [Operation; 4] = [
    SAVE,
    Operation::single("conflict", Kind::Conflict),
    Operation::single("delete", Kind::Delete),
    TRANSACTION,
];

pub(crate) const BATCHES: [Operation; 6] = [
    Operation::batch("1 row", 1, 31),
    Operation::batch("2 rows", 2, 31),
    Operation::batch("10 rows", 10, 31),
    Operation::batch("100 rows", 100, 31),
    Operation::batch("1,000 rows", 1_000, 21),
    Operation::batch("10,000 rows", 10_000, 9),
];

/// At least so many rows are written at each turn, because the time of one operation is too short.
const NEAR_ROWS: usize = 100;

/// The same with a delay, where few operations are long enough.
const FAR_ROWS: usize = 10;

/// With a delay no loop has more rows, because it would take minutes.
pub(crate) const FAR_LOOP: usize = 100;

/// Rounds with a delay.
const FAR_ROUNDS: usize = 15;

impl Operation {
    const fn single(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            rows: 1,
            rounds: 31,
        }
    }

    const fn batch(name: &'static str, rows: usize, rounds: usize) -> Self {
        Self {
            name,
            kind: Kind::Batch,
            rows,
            rounds,
        }
    }

    /// Measures the ways that can do it, and returns the times of one operation in seconds, one for each round.
    pub(crate) fn times(
        &self,
        ways: &mut [Way],
        delay: Duration,
        conn: &mut impl SimpleConnection,
        runtime: &Runtime,
    ) -> Vec<Option<Vec<f64>>> {
        let (rows, rounds) = if delay.is_zero() {
            (NEAR_ROWS, self.rounds)
        } else {
            (FAR_ROWS, FAR_ROUNDS.min(self.rounds))
        };
        let contacts = &mut contacts::some(rows.max(self.rows));
        contacts::reset(conn, contacts).unwrap();
        let operations = contacts.len() / self.rows;
        let does = |way: &Way| {
            let is_short = delay.is_zero() || self.rows <= FAR_LOOP || !way.client.loops();
            is_short && way.client.does(self.kind)
        };
        let able: Vec<_> = ways.iter().map(does).collect();
        let mut ways: Vec<_> = ways.iter_mut().filter(|way| does(way)).collect();
        // Each way starts at the versions where the one before has ended.
        let mut times = taking_turns(&mut ways, rounds, |way, round| {
            contacts::rename(contacts, round);
            let start = Instant::now();
            runtime.block_on(self.run(&mut *way.client, contacts));
            let time = start.elapsed() / operations as u32;
            if self.kind == Kind::Delete {
                contacts::insert(conn, contacts).unwrap();
            }
            time
        })
        .into_iter();
        able.into_iter()
            .map(|able| able.then(|| times.next()).flatten())
            .collect()
    }

    async fn run(&self, client: &mut dyn Client, contacts: &mut [Contact]) {
        match self.kind {
            Kind::Save => client.save(contacts).await,
            Kind::Conflict => client.conflict(contacts).await,
            Kind::Delete => client.delete(contacts).await,
            Kind::Transaction => client.transactions(contacts).await,
            Kind::Batch => {
                for batch in contacts.chunks_mut(self.rows) {
                    client.save_all(batch).await;
                }
            }
        }
    }
}

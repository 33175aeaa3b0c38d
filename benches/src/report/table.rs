//! The measurements of one database by one kind of connections.

use super::plot::{Plot, Series};
use crate::contacts;
use crate::operations::{BATCHES, Operation, SAVE, SINGLES};
use crate::servers::Server;
use crate::stale;
use crate::statistics::Estimate;
use crate::ways::Way;
use diesel::connection::SimpleConnection;
use std::time::Duration;
use tokio::runtime::Builder;

pub(super) struct Table {
    pub(super) database: &'static str,
    /// `blocking` or `async`.
    pub(super) connections: &'static str,
    pub(super) delay: Duration,
    /// In the order of the rows. The first one is what the others are compared with.
    pub(super) rows: Vec<Row>,
}

/// What was measured of one client.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Whether it refused each kind of stale write. Nothing, where another row has the same saves.
    pub(super) refused: Option<[bool; 3]>,
    /// Operations by name, with the seconds that one of them took in each round.
    times: Vec<(&'static str, Vec<f64>)>,
}

impl Row {
    pub(super) fn times(&self, operation: &Operation) -> Option<&[f64]> {
        let mut times = self.times.iter();
        let (_, times) = times.find(|(name, _)| *name == operation.name)?;
        Some(times)
    }
}

impl Table {
    pub(super) fn measure<C: SimpleConnection>(
        database: &'static str,
        connections: &'static str,
        server: &mut Server<C>,
        connect: impl AsyncFn(&str) -> Vec<Way>,
    ) -> Self {
        let Server {
            delay,
            url,
            conn,
            analyze,
        } = server;
        contacts::create(conn).unwrap();
        conn.batch_execute(analyze).unwrap();
        // In one thread: a client whose connection is a task of its own then wakes no other thread.
        let runtime = &Builder::new_current_thread().enable_all().build().unwrap();
        let ways = &mut runtime.block_on(connect(url));
        let mut rows: Vec<_> = ways
            .iter_mut()
            .map(|way| Row {
                name: way.name,
                refused: way
                    .client
                    .does(SAVE.kind)
                    .then(|| stale::refused(way, conn, runtime)),
                times: Vec::new(),
            })
            .collect();
        for operation in SINGLES.iter().chain(&BATCHES) {
            eprintln!("{database} {connections} {delay:?} {}", operation.name);
            let times = operation.times(ways, *delay, conn, runtime);
            for (row, times) in rows.iter_mut().zip(times) {
                row.times.extend(times.map(|times| (operation.name, times)));
            }
        }
        contacts::drop(conn).unwrap();
        Self {
            database,
            connections,
            delay: *delay,
            rows,
        }
    }

    pub(super) fn base(&self) -> &Row {
        &self.rows[0]
    }

    /// How many times as long as the first row's an operation takes.
    pub(super) fn ratio(&self, row: &Row, operation: &Operation) -> Option<Estimate> {
        let base = self.base().times(operation)?;
        Some(Estimate::of_ratio(row.times(operation)?, base))
    }

    pub(super) fn title(&self) -> String {
        let Self {
            database,
            connections,
            ..
        } = self;
        if self.delay.is_zero() {
            format!("{database}, {connections}")
        } else {
            let delay = self.delay.as_secs_f64() * 1e3;
            format!("{database}, {connections}, {delay} ms more for each round trip")
        }
    }

    /// The start of the names of its plots.
    pub(super) fn file_name(&self) -> String {
        let delay = self.delay.as_micros();
        format!("{}-{}-{delay}", self.database, self.connections).to_lowercase()
    }

    /// The ratio of each client to the first one.
    pub(super) fn plot_of_singles(&self) -> Plot {
        self.plot(
            "single operations",
            "times as long",
            &SINGLES,
            |row, operation| self.ratio(row, operation),
        )
    }

    /// The time of one row of a batch.
    pub(super) fn plot_of_batches(&self) -> Plot {
        self.plot(
            "batches",
            "microseconds a row",
            &BATCHES,
            |row, operation| {
                let micros = 1e6 / operation.rows as f64;
                Some(Estimate::of(row.times(operation)?).map(|time| time * micros))
            },
        )
    }

    fn plot(
        &self,
        of: &str,
        y_label: &'static str,
        operations: &[Operation],
        point: impl Fn(&Row, &Operation) -> Option<Estimate>,
    ) -> Plot {
        let series = self.rows.iter().map(|row| Series {
            name: row.name,
            points: operations
                .iter()
                .map(|operation| point(row, operation))
                .collect(),
        });
        Plot {
            title: format!("{}: {of}", self.title()),
            y_label,
            categories: operations
                .iter()
                .map(|operation| operation.name.to_owned())
                .collect(),
            series: series.collect(),
        }
    }
}

//! Many writers of few rows: optlock's retry beside locks, SERIALIZABLE and an atomic UPDATE.

mod counters;
mod writers;

use self::counters::{Increment, Increments};
use self::writers::Outcome;
use crate::report::{Plot, Series, environment, line};
use crate::servers::{Databases, Server};
use crate::statistics::Estimate;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const WRITERS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
const ROWS: [(i32, &str); 3] = [(1, "1 row"), (10, "10 rows"), (1_000, "1,000 rows")];

/// Rows of the table, whichever of them are written.
const ALL_ROWS: i32 = 1_000;

/// Measures all, and writes `contention.md` with its plots into the folder.
pub(crate) fn write(databases: &mut Databases, folder: &Path) {
    let mut report = String::from("# Many writers of few rows\n\n");
    report += "What is measured, and how to repeat it, is in `benches/README.md`.\n\n";
    report += &environment(databases);
    if let Some(near) = databases.postgres.first_mut() {
        report += &measure("PostgreSQL", near, folder);
    }
    if let Some(near) = databases.mariadb.first_mut() {
        report += &measure("MariaDB", near, folder);
    }
    report += &measure("SQLite", &mut databases.sqlite, folder);
    let file = folder.join("contention.md");
    fs::write(&file, report).unwrap();
    println!("{}", file.display());
}

/// What a plot shows.
type Value = fn(&Outcome) -> f64;

/// All outcomes of one way on one number of rows, in the order of [`WRITERS`].
struct Way {
    name: &'static str,
    outcomes: Vec<Outcome>,
}

fn measure<C>(database: &str, server: &mut Server<C>, folder: &Path) -> String
where
    C: Increments,
{
    let mut text = String::new();
    for (rows, name) in ROWS {
        let _ = write!(text, "\n## {database}, writes to {name}\n\n");
        let ways = ways(rows, server);
        text += &markdown(&ways);
        let plots: [(&str, &str, Value); 2] = [
            ("throughput", "increments a second", Outcome::throughput),
            ("p99", "milliseconds, of 99 in 100 at most", |outcome| {
                outcome.percentile(0.99)
            }),
        ];
        for (what, y_label, value) in plots {
            let title = format!("{database}, writes to {name}, by the number of writers");
            let file = format!("contention-{}-{rows}-{what}.svg", database.to_lowercase());
            let plot = plot(title, y_label, &ways, value);
            fs::write(folder.join(&file), plot.svg()).unwrap();
            let _ = write!(text, "\n![{what}]({file})\n");
        }
    }
    text
}

fn ways<C>(rows: i32, server: &mut Server<C>) -> Vec<Way>
where
    C: Increments,
{
    let by = |increment: &Increment<C>| {
        let outcomes = WRITERS.map(|writers| {
            eprintln!("{} {rows} {writers}", increment.name);
            counters::create(&mut server.conn, ALL_ROWS).unwrap();
            let outcome = writers::contend(&server.url, writers, rows, increment.once);
            let sum = server.conn.sum();
            assert_eq!(sum, outcome.successes() as i64, "an update was lost");
            outcome
        });
        Way {
            name: increment.name,
            outcomes: outcomes.into(),
        }
    };
    let ways = C::INCREMENTS.iter().map(by).collect();
    counters::drop(&mut server.conn).unwrap();
    ways
}

fn markdown(ways: &[Way]) -> String {
    let heads = [
        "writers",
        "way",
        "increments a second",
        "attempts for each",
        "p50, ms",
        "p99, ms",
        "p99.9, ms",
        "worst writer, of its fair share",
    ];
    let mut lines = line(heads) + &line(["---"; 8]);
    for (nth, writers) in WRITERS.iter().enumerate() {
        for way in ways {
            let outcome = &way.outcomes[nth];
            let percentile = |part| format!("{:.2}", outcome.percentile(part));
            lines += &line([
                writers.to_string(),
                way.name.to_owned(),
                format!("{:.0}", outcome.throughput()),
                format!("{:.2}", outcome.attempts()),
                percentile(0.5),
                percentile(0.99),
                percentile(0.999),
                format!("{:.2}", outcome.worst_share()),
            ]);
        }
    }
    lines
}

fn plot(title: String, y_label: &'static str, ways: &[Way], value: fn(&Outcome) -> f64) -> Plot {
    let point = |outcome| {
        let value = value(outcome);
        Some(Estimate {
            median: value,
            low: value,
            high: value,
        })
    };
    let series = ways.iter().map(|way| Series {
        name: way.name,
        points: way.outcomes.iter().map(point).collect(),
    });
    Plot {
        title,
        y_label,
        categories: WRITERS.iter().map(ToString::to_string).collect(),
        series: series.collect(),
    }
}

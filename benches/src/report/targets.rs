//! What optlock wants to reach, by the measurements without a delay on blocking connections.

use super::markdown::{line, ratio};
use super::table::Table;
use crate::operations::{BATCHES, Operation, SAVE, TRANSACTION};
use crate::statistics::Estimate;
use crate::ways::{FRAGMENT, IN_DIESELS, LIBMARIADB, LIBPQ, OPTLOCK, SQLITE3};

/// What an operation by optlock may take, in the time that another way takes for it.
struct Target {
    database: &'static str,
    operation: Operation,
    against: &'static str,
    limit: f64,
}

const fn target(
    database: &'static str,
    operation: Operation,
    against: &'static str,
    limit: f64,
) -> Target {
    Target {
        database,
        operation,
        against,
        limit,
    }
}

const TWO: Operation = BATCHES[1];
const TEN: Operation = BATCHES[2];
const THOUSAND: Operation = BATCHES[4];

const TARGETS: [Target; 15] = [
    target("PostgreSQL", SAVE, LIBPQ, 1.05),
    target("SQLite", SAVE, SQLITE3, 1.08),
    target("MariaDB", SAVE, LIBMARIADB, 1.1),
    target("SQLite", THOUSAND, SQLITE3, 1.25),
    target("SQLite", THOUSAND, FRAGMENT, 1.05),
    target("PostgreSQL", THOUSAND, LIBPQ, 0.6),
    target("MariaDB", THOUSAND, LIBMARIADB, 1.3),
    target("PostgreSQL", TWO, IN_DIESELS, 1.0),
    target("PostgreSQL", TEN, IN_DIESELS, 1.0),
    target("MariaDB", TWO, IN_DIESELS, 1.0),
    target("MariaDB", TEN, IN_DIESELS, 1.0),
    target("SQLite", TWO, IN_DIESELS, 1.0),
    target("SQLite", TEN, IN_DIESELS, 1.0),
    target("PostgreSQL", TRANSACTION, IN_DIESELS, 1.1),
    target("MariaDB", TRANSACTION, IN_DIESELS, 1.2),
];

/// Each target, and whether it holds: it does if its interval is not above the limit. A target of a database that
/// was not measured is left out.
pub(super) fn markdown(tables: &[Table]) -> String {
    let mut lines = line([
        "database",
        "operation",
        "against",
        "at most",
        "measured",
        "",
    ]);
    lines += &line(["---"; 6]);
    for target in &TARGETS {
        let Some(measured) = target.measured(tables) else {
            continue;
        };
        let limit = target.limit.to_string();
        lines += &line([
            target.database,
            target.operation.name,
            target.against,
            &limit,
            &ratio(measured),
            if measured.low <= target.limit {
                "holds"
            } else {
                "**missed**"
            },
        ]);
    }
    lines
}

impl Target {
    fn measured(&self, tables: &[Table]) -> Option<Estimate> {
        let mut tables = tables.iter();
        let table = tables.find(|table| {
            table.database == self.database
                && table.connections == "blocking"
                && table.delay.is_zero()
        })?;
        let times = |name| {
            let row = table.rows.iter().find(|row| row.name == name)?;
            row.times(&self.operation)
        };
        Some(Estimate::of_ratio(times(OPTLOCK)?, times(self.against)?))
    }
}

//! The report: optlock beside other clients.

mod environment;
mod markdown;
mod plot;
mod statements_sent;
mod table;
mod targets;

pub(crate) use self::environment::environment;
pub(crate) use self::markdown::line;
pub(crate) use self::plot::{Plot, Series};

use self::table::Table;
use crate::operations::FAR_LOOP;
use crate::servers::Databases;
use crate::ways;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Measures all, and writes `report.md` with its plots into the folder.
pub(crate) fn write(databases: &mut Databases, folder: &Path) {
    let mut tables = Vec::new();
    for server in &mut databases.postgres {
        tables.push(Table::measure(
            "PostgreSQL",
            "blocking",
            server,
            ways::postgres,
        ));
        tables.push(Table::measure(
            "PostgreSQL",
            "async",
            server,
            ways::async_postgres,
        ));
    }
    for server in &mut databases.mariadb {
        tables.push(Table::measure("MariaDB", "blocking", server, ways::mariadb));
        tables.push(Table::measure(
            "MariaDB",
            "async",
            server,
            ways::async_mariadb,
        ));
    }
    let sqlite = &mut databases.sqlite;
    tables.push(Table::measure("SQLite", "blocking", sqlite, ways::sqlite));
    tables.push(Table::measure(
        "SQLite",
        "async",
        sqlite,
        ways::async_sqlite,
    ));

    let mut report = String::from("# What optlock costs\n\n");
    report += "What each part measures, and how to repeat it, is in `benches/README.md`.\n\n";
    report += &environment(databases);
    report += "\n## Targets\n\n";
    report += &targets::markdown(&tables);
    report += &statements_sent::markdown(databases);
    for table in &tables {
        let _ = write!(report, "\n## {}\n\n", table.title());
        report += &markdown::singles(table);
        report += "\nA batch:\n\n";
        report += &markdown::batches(table);
        let plots = [
            ("singles", table.plot_of_singles()),
            ("batches", table.plot_of_batches()),
        ];
        for (name, plot) in plots {
            let file = format!("{}-{name}.svg", table.file_name());
            fs::write(folder.join(&file), plot.svg()).unwrap();
            let _ = write!(report, "\n![{}]({file})\n", plot.title);
        }
    }
    let _ = write!(
        report,
        "\n## Left out\n\n\
         With a delay: loops of more than {FAR_LOOP} rows, because so many round trips take minutes. \
         What is left out altogether is in `benches/README.md`.\n"
    );
    let file = folder.join("report.md");
    fs::write(&file, report).unwrap();
    println!("{}", file.display());
}

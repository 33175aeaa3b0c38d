//! Tables that are not as a model needs them, and what mends them.

use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::backend::Database;
use optlock::verify::{Checks, Kind, Report};

/// A table that is made by SQL, and what is found of a model's.
pub(crate) struct Broken {
    pub(crate) sql: String,
    pub(crate) verify: fn(&mut Conn) -> Report,
    pub(crate) found: Vec<Kind>,
}

/// A table of the suite, `contacts` for example, after its SQL.
pub(crate) fn broken<M: optlock::methods::Described>(
    sql: impl Into<String>,
    found: &[Kind],
) -> Broken {
    Broken {
        sql: sql.into(),
        verify: |conn| verify::<M>(conn).unwrap(),
        found: found.to_vec(),
    }
}

/// One whose trigger is asked for.
pub(crate) fn with_trigger<M>(sql: impl Into<String>, found: &[Kind]) -> Broken
where
    M: optlock::methods::Described<Version: optlock::TriggerToken>,
{
    Broken {
        sql: sql.into(),
        verify: |conn| verify_with(Checks::<M>::new().with_trigger(), conn).unwrap(),
        found: found.to_vec(),
    }
}

/// A table that is made anew.
pub(crate) fn anew(table: &str, columns: &str) -> String {
    format!("DROP TABLE {table}; CREATE TABLE {table} ({columns})")
}

pub(crate) fn kinds(report: &Report) -> Vec<Kind> {
    let findings = report.findings().iter();
    findings.map(optlock::verify::Finding::kind).collect()
}

/// Each is found, and nothing else; what SQL mends is no longer found after it, and is not found again.
#[track_caller]
pub(crate) fn expect_found(all: Vec<Broken>) {
    for Broken { sql, verify, found } in all {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&sql).unwrap();
        let report = verify(conn);
        assert_eq!(kinds(&report), found, "{sql}\n{report}");
        let mut left = Vec::new();
        for finding in report.findings() {
            match finding.remedy().sql() {
                Some(mend) => conn
                    .batch_execute(mend)
                    .unwrap_or_else(|error| panic!("{mend}: {error}")),
                None => left.push(finding.kind()),
            }
        }
        let report = verify(conn);
        assert_eq!(kinds(&report), left, "{sql}\n{report}");
    }
}

/// What SQLite cannot alter.
pub(crate) fn is_mended_by_sql(kind: Kind) -> bool {
    let altered = [
        Kind::VersionNullable,
        Kind::VersionType,
        Kind::VersionWithoutDefault,
        Kind::VersionDefaultUnstored,
    ];
    CAPABILITIES.database != Database::Sqlite || !altered.contains(&kind)
}

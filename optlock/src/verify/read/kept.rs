//! What belongs to the version column beside its type, its NOT NULL and its default.

use super::super::catalogue::{Query, ReadsCatalogue, read};
use super::super::found::Kept;
use super::mysql::of_table;
use crate::error::Error;
use crate::executes::Wire;
use crate::shape::Shape;

/// PostgreSQL alters no type of a column that a trigger, a view or a policy names, or that a parent table has.
pub(super) async fn on_postgres<X: ReadsCatalogue>(
    name: &str,
    version: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Kept, Error> {
    let query = Query::new(DEPENDENTS).bind(version).text(DEPENDENTS_OF);
    let query = query.bind(name).text(DEPENDENTS_OR).bind(version);
    let rows = read(query.text(DEPENDENTS_OF_PARENT).bind(name).text(")"), conn).await?;
    Ok(Kept {
        clauses: String::new(),
        obstacles: rows.into_iter().map(|[obstacle, ..]| obstacle).collect(),
    })
}

/// A constraint is made again with the column.
const DEPENDENTS: &str = "SELECT DISTINCT pg_catalog.pg_describe_object(classid, objid, objsubid), \
     NULL, NULL, NULL, NULL, NULL FROM pg_catalog.pg_depend \
     JOIN pg_catalog.pg_attribute ON attrelid = refobjid AND attnum = refobjsubid \
     WHERE refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND deptype = 'n' \
     AND classid <> 'pg_catalog.pg_constraint'::pg_catalog.regclass AND attname = ";
const DEPENDENTS_OF: &str = " AND refobjid = pg_catalog.to_regclass(";
const DEPENDENTS_OR: &str = ") UNION ALL SELECT 'the column of the parent table', NULL, NULL, NULL, NULL, NULL \
     FROM pg_catalog.pg_attribute WHERE attinhcount > 0 AND attname = ";
const DEPENDENTS_OF_PARENT: &str = " AND attrelid = pg_catalog.to_regclass(";

/// `MODIFY` states the whole column, and drops what it does not repeat.
pub(super) async fn on_mysql<X: ReadsCatalogue>(
    shape: &Shape,
    conn: &mut Wire<'_, X>,
) -> Result<Kept, Error> {
    let of_version = |select: &str, table| {
        let query = of_table(select, table, shape);
        query.bind(shape.version.column)
    };
    let mut kept = Kept::default();
    for [comment, extra, ..] in read(of_version(ATTRIBUTES, ATTRIBUTES_TABLE), conn).await? {
        let repeated = format!(" COMMENT '{}'", comment.replace('\'', "''"));
        kept.keep(&comment, repeated);
        if !extra.is_empty() && extra != "DEFAULT_GENERATED" {
            kept.obstacles.push(extra);
        }
    }
    let has_checks = !read(Query::new(CHECKS_OF_COLUMNS), conn).await?.is_empty();
    if has_checks {
        for [check, ..] in read(of_version(CHECKS, CHECKS_TABLE), conn).await? {
            kept.keep(&check, format!(" CHECK ({check})"));
        }
    }
    Ok(kept)
}

impl Kept {
    /// What a backslash means depends on the session's `sql_mode`.
    fn keep(&mut self, text: &str, repeated: String) {
        if text.contains('\\') {
            self.obstacles.push(repeated.trim_start().to_owned());
        } else if !text.is_empty() {
            self.clauses.push_str(&repeated);
        }
    }
}

const ATTRIBUTES: &str =
    "SELECT COLUMN_COMMENT, EXTRA, NULL, NULL, NULL, NULL FROM information_schema.COLUMNS";
const ATTRIBUTES_TABLE: [&str; 3] = ["TABLE_SCHEMA", "TABLE_NAME", " AND COLUMN_NAME = "];

/// In MariaDB from 10.5 on. In MySQL each `CHECK` belongs to its table.
const CHECKS_OF_COLUMNS: &str = "SELECT 'LEVEL', NULL, NULL, NULL, NULL, NULL FROM information_schema.COLUMNS \
     WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'CHECK_CONSTRAINTS' AND COLUMN_NAME = 'LEVEL'";
const CHECKS: &str =
    "SELECT CHECK_CLAUSE, NULL, NULL, NULL, NULL, NULL FROM information_schema.CHECK_CONSTRAINTS";
/// That of a column has the column's name.
const CHECKS_TABLE: [&str; 3] = [
    "CONSTRAINT_SCHEMA",
    "TABLE_NAME",
    " AND LEVEL = 'Column' AND CONSTRAINT_NAME = ",
];

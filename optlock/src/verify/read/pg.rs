//! PostgreSQL's catalogue.
//! <https://www.postgresql.org/docs/current/catalogs.html>

use super::super::catalogue::{Query, ReadsCatalogue, Row, read};
use super::super::found::{Action, Column, Connection, Found, Relation, Trigger};
use super::super::process::process_age;
use super::grouped;
use crate::backend::Database;
use crate::error::Error;
use crate::executes::Wire;
use crate::shape::Shape;

pub(super) async fn found<X: ReadsCatalogue>(
    shape: &Shape,
    conn: &mut Wire<'_, X>,
) -> Result<Found, Error> {
    let name = Database::Postgres.quote_in(shape.schema.as_deref(), &shape.table);
    let before = read(Query::new(SESSION), conn).await?;
    let relation = relation(&name, conn).await?;
    let after = read(Query::new(SESSION), conn).await?;
    Ok(Found {
        relation,
        connection: Connection {
            pooler: pooler(&before, &after),
            counts_changed_rows: false,
        },
    })
}

async fn relation<X: ReadsCatalogue>(
    name: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Relation>, Error> {
    let of_table = |text: &str| Query::new(text).bind(name).text(")");
    let kind = read(of_table(KIND), conn).await?;
    let Some([kind, ..]) = kind.first() else {
        return Ok(None);
    };
    let columns = Query::new(COLUMNS_START).bind(name).text(COLUMNS_END);
    let columns = read(columns, conn).await?;
    let unique = Query::new(UNIQUE_START).bind(name).text(UNIQUE_END);
    let unique = read(unique, conn).await?;
    let triggers = read(of_table(TRIGGERS), conn).await?;
    let actions = read(of_table(ACTIONS), conn).await?;
    Ok(Some(Relation {
        is_view: !matches!(kind.as_str(), "r" | "p"),
        columns: columns.into_iter().map(column).collect(),
        unique: grouped(unique),
        triggers: triggers.into_iter().map(trigger).collect(),
        actions: actions.into_iter().map(action).collect(),
        without_transactions: None,
    }))
}

/// What can be seen of a pooler. (PgBouncer hides: <https://github.com/pgbouncer/pgbouncer/issues/249>.)
const SESSION: &str = "SELECT pg_catalog.pg_backend_pid()::text, \
     CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name LIKE 'PGBOUNCER\\_%') \
     THEN 'a statement that PgBouncer has named' ELSE '' END, \
     CASE WHEN pg_catalog.current_setting('application_name') ~ ' - .+:[0-9]+$' \
     THEN 'an address in the application''s name' ELSE '' END, \
     (SELECT EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - backend_start)::text \
     FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()), NULL, NULL";

/// By what a pooler is seen: the server's session has changed between two statements, it is older than this process,
/// PgBouncer has given a statement its name, or it has added the client's address to the application's name.
fn pooler(before: &[Row], after: &[Row]) -> Option<String> {
    let ([pid, named, address, age, ..], [later_pid, ..]) = (before.first()?, after.first()?);
    if pid != later_pid {
        return Some("two sessions for two statements".to_owned());
    }
    if is_older_than_this_process(age) {
        return Some("a session that is older than this process".to_owned());
    }
    let mut signs = [named, address].into_iter();
    signs.find(|sign| !sign.is_empty()).cloned()
}

/// The clocks of two machines may differ a little in how fast they go.
const TOLERANCE: f64 = 2.0;

fn is_older_than_this_process(session_age: &str) -> bool {
    let ages = session_age.parse::<f64>().ok().zip(process_age());
    ages.is_some_and(|(session, process)| session > process.as_secs_f64() + TOLERANCE)
}

/// Partitioned tables are tables (`p`); views, materialized views and foreign tables are not.
const KIND: &str = "SELECT relkind::text, NULL, NULL, NULL, NULL, NULL FROM pg_catalog.pg_class \
     WHERE oid = pg_catalog.to_regclass(";

/// A domain counts as the type beneath it, and its own rules as the column's.
const COLUMNS_START: &str = "WITH RECURSIVE typed AS (\
     SELECT attnum, attname, atttypid AS oid, atttypmod AS mod, attnotnull AS required, atthasdef AS filled \
     FROM pg_catalog.pg_attribute \
     WHERE attnum > 0 AND NOT attisdropped AND attrelid = pg_catalog.to_regclass(";
const COLUMNS_END: &str = ") UNION ALL \
     SELECT attnum, attname, typbasetype, typtypmod, required OR typnotnull, filled OR typdefault IS NOT NULL \
     FROM typed JOIN pg_catalog.pg_type ON pg_type.oid = typed.oid WHERE typtype = 'd') \
     SELECT attname::text, pg_catalog.format_type(typed.oid, mod), required::text, filled::text, NULL, NULL \
     FROM typed JOIN pg_catalog.pg_type ON pg_type.oid = typed.oid WHERE typtype <> 'd' ORDER BY attnum";

fn column([name, ty, is_required, has_default, ..]: Row) -> Column {
    Column {
        name,
        ty,
        is_nullable: is_required != "true",
        has_default: has_default == "true",
    }
}

/// The columns behind `INCLUDE` are not compared. An expression has no column.
const UNIQUE_START: &str = "SELECT i.indexrelid::text, a.attname::text, NULL, NULL, NULL, NULL \
     FROM pg_catalog.pg_index i \
     CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS position \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[position] \
     AND a.attnum > 0 \
     WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indrelid = pg_catalog.to_regclass(";
const UNIQUE_END: &str = ") ORDER BY i.indexrelid, position";

const TRIGGERS: &str = "SELECT tgname::text, pg_catalog.pg_get_triggerdef(t.oid), prosrc, tgenabled::text, NULL, NULL \
     FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = tgfoid \
     WHERE NOT tgisinternal AND tgrelid = pg_catalog.to_regclass(";

/// `O` fires in each session but those of replication, `A` in all.
fn trigger([name, definition, body, enabled, ..]: Row) -> Trigger {
    Trigger {
        name,
        definition,
        body,
        is_enabled: matches!(enabled.as_str(), "O" | "A"),
    }
}

const ACTIONS: &str = "SELECT conname::text, confrelid::pg_catalog.regclass::text, \
     CASE WHEN confupdtype IN ('c', 'n', 'd') THEN 'ON UPDATE' ELSE 'ON DELETE' END, NULL, NULL, NULL \
     FROM pg_catalog.pg_constraint \
     WHERE contype = 'f' AND (confupdtype IN ('c', 'n', 'd') OR confdeltype IN ('n', 'd')) \
     AND conrelid = pg_catalog.to_regclass(";

fn action([constraint, parent, what, ..]: Row) -> Action {
    Action {
        constraint,
        parent,
        what,
    }
}

//! PostgreSQL's catalogue.
//! <https://www.postgresql.org/docs/current/catalogs.html>

use super::super::catalogue::{Query, ReadsCatalogue, Row, read};
use super::super::found::{Action, Column, Connection, Found, Heir, Relation, Trigger};
use super::super::process::process_age;
use super::{grouped, kept};
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
    let relation = relation(&name, shape.version.column, conn).await?;
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
    version: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Relation>, Error> {
    let of_table_and = |start: &str, end: &str| Query::new(start).bind(name).text(end);
    let of_table = |text: &str| of_table_and(text, ")");
    let kind = read(of_table(KIND), conn).await?;
    let Some([kind, ..]) = kind.first() else {
        return Ok(None);
    };
    let columns = read(of_table_and(COLUMNS_START, COLUMNS_END), conn).await?;
    let unique = read(of_table_and(UNIQUE_START, UNIQUE_END), conn).await?;
    let triggers = read(of_table(TRIGGERS), conn).await?;
    let actions = read(of_table(ACTIONS), conn).await?;
    Ok(Some(Relation {
        is_view: !matches!(kind.as_str(), "r" | "p"),
        columns: columns.into_iter().map(column).collect(),
        unique: grouped(unique),
        triggers: triggers.into_iter().map(trigger).collect(),
        heirs: heirs(read(of_table_and(HEIRS, HEIRS_END), conn).await?),
        actions: actions.into_iter().map(action).collect(),
        kept: kept::on_postgres(name, version, conn).await?,
        ..Relation::default()
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
     SELECT attnum, attname, atttypid AS oid, atttypmod AS mod, attnotnull AS required, \
     CASE WHEN attidentity <> '' THEN 'IDENTITY' ELSE pg_catalog.pg_get_expr(adbin, adrelid) END AS filled, \
     attidentity = 'a' OR attgenerated <> '' AS computed \
     FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum \
     WHERE attnum > 0 AND NOT attisdropped AND attrelid = pg_catalog.to_regclass(";
const COLUMNS_END: &str = ") UNION ALL \
     SELECT attnum, attname, typbasetype, typtypmod, required OR typnotnull, COALESCE(filled, typdefault), computed \
     FROM typed JOIN pg_catalog.pg_type ON pg_type.oid = typed.oid WHERE typtype = 'd') \
     SELECT attname::text, pg_catalog.format_type(typed.oid, mod), required::text, filled, computed::text, NULL \
     FROM typed JOIN pg_catalog.pg_type ON pg_type.oid = typed.oid WHERE typtype <> 'd' ORDER BY attnum";

/// A domain's default that a column does without is `NULL::name`.
fn column([name, ty, is_required, default, is_computed, _]: Row) -> Column {
    Column {
        name,
        ty,
        is_nullable: is_required != "true",
        default: Some(default).filter(|text| !text.is_empty() && !text.starts_with("NULL::")),
        is_computed: is_computed == "true",
    }
}

/// The columns behind `INCLUDE` are not compared. An expression has no column, and a column whose collation calls other
/// values equal than that of the index counts as one. `indnullsnotdistinct` is of PostgreSQL 15.
const UNIQUE_START: &str = "SELECT i.indexrelid::text, a.attname::text, \
     pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', \
     CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('DROP CONSTRAINT %1$I, ADD CONSTRAINT %1$I %2$s', conname, \
     pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(c.oid), ' DEFERRABLE( INITIALLY DEFERRED)?$', '')) END, \
     NULL, NULL \
     FROM pg_catalog.pg_index i \
     LEFT JOIN pg_catalog.pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u') AND c.condeferrable \
     CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS position \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[position] \
     AND a.attnum > 0 AND (a.attcollation = i.indcollation[position] OR NOT EXISTS (SELECT FROM pg_catalog.pg_collation k \
     WHERE k.oid = a.attcollation AND NOT k.collisdeterministic)) \
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

/// Row, before, and update. The triggers of a partition are clones of the table's, or its own.
const HEIRS: &str = "WITH RECURSIVE heirs AS (\
     SELECT inhrelid AS oid FROM pg_catalog.pg_inherits WHERE inhparent = pg_catalog.to_regclass(";
const HEIRS_END: &str = ") UNION \
     SELECT inhrelid FROM pg_catalog.pg_inherits JOIN heirs ON inhparent = heirs.oid) \
     SELECT heirs.oid::pg_catalog.regclass::text, relispartition::text, \
     tgname::text, pg_catalog.pg_get_triggerdef(t.oid), prosrc, tgenabled::text \
     FROM heirs JOIN pg_catalog.pg_class ON pg_class.oid = heirs.oid \
     LEFT JOIN pg_catalog.pg_trigger t ON tgrelid = heirs.oid AND tgtype & 19 = 19 \
     LEFT JOIN pg_catalog.pg_proc p ON p.oid = tgfoid \
     WHERE relkind <> 'p' ORDER BY heirs.oid::pg_catalog.regclass::text";

fn heirs(rows: Vec<Row>) -> Vec<Heir> {
    let mut heirs: Vec<Heir> = Vec::new();
    for [name, is_partition, of_trigger @ ..] in rows {
        if heirs.last().is_none_or(|last| last.name != name) {
            heirs.push(Heir {
                name,
                is_partition: is_partition == "true",
                triggers: Vec::new(),
            });
        }
        let [trigger_name, definition, body, enabled] = of_trigger;
        let row = [
            trigger_name,
            definition,
            body,
            enabled,
            String::new(),
            String::new(),
        ];
        if let Some(heir) = heirs.last_mut().filter(|_| !row[0].is_empty()) {
            heir.triggers.push(trigger(row));
        }
    }
    heirs
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

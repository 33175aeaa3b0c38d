//! SQLite's schema.
//! <https://www.sqlite.org/schematab.html>, <https://www.sqlite.org/pragma.html#pragfunc>

use super::super::catalogue::{Query, ReadsCatalogue, Row, read};
use super::super::found::{Action, Column, Connection, Found, Relation, Trigger, Unique};
use super::{grouped, rowid};
use crate::backend::Database;
use crate::error::Error;
use crate::executes::Wire;
use crate::shape::Shape;

pub(super) async fn found<X: ReadsCatalogue>(
    shape: &Shape,
    conn: &mut Wire<'_, X>,
) -> Result<Found, Error> {
    let relation = match place(shape, conn).await? {
        Some((schema, kind)) => Some(relation(&shape.table, &schema, &kind, conn).await?),
        None => None,
    };
    Ok(Found {
        relation,
        connection: Connection::default(),
    })
}

/// The schema that the table is in, and whether it is a view: SQLite looks into `temp` first, and then in the order in
/// which databases were attached.
async fn place<X: ReadsCatalogue>(
    shape: &Shape,
    conn: &mut Wire<'_, X>,
) -> Result<Option<(String, String)>, Error> {
    let schemas = read(Query::new(SCHEMAS), conn).await?;
    let is_asked = |schema: &String| {
        let asked = shape.schema.as_ref();
        asked.is_none_or(|asked| asked.eq_ignore_ascii_case(schema))
    };
    for schema in schemas
        .into_iter()
        .map(|[schema, ..]| schema)
        .filter(is_asked)
    {
        let master = format!("{}.sqlite_master", Database::Sqlite.quote(&schema));
        let query = Query::new(format!(
            "SELECT type, NULL, NULL, NULL, NULL, NULL FROM {master} \
             WHERE type IN ('table', 'view') AND name = "
        ));
        let tables = query.bind(&shape.table).text(" COLLATE NOCASE");
        if let Some([kind, ..]) = read(tables, conn).await?.into_iter().next() {
            return Ok(Some((schema, kind)));
        }
    }
    Ok(None)
}

const SCHEMAS: &str = "SELECT name, NULL, NULL, NULL, NULL, NULL FROM pragma_database_list \
     ORDER BY CASE seq WHEN 1 THEN -1 ELSE seq END";

async fn relation<X: ReadsCatalogue>(
    table: &str,
    schema: &str,
    kind: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Relation, Error> {
    let of = |start: &str, end: &str| {
        let query = Query::new(start).bind(table).text(", ").bind(schema);
        query.text(end)
    };
    let rows = read(of(COLUMNS, ")"), conn).await?;
    let unique = Query::new(UNIQUE_START).bind(schema).text(UNIQUE_OF);
    let unique = unique.bind(table).text(", ").bind(schema);
    let unique = unique.text(UNIQUE_COLUMNS).bind(schema).text(UNIQUE_END);
    let indexes = read(unique, conn).await?;
    let actions = read(of(ACTIONS_START, ACTIONS_END), conn).await?;
    let mut relation = Relation {
        is_view: kind == "view",
        columns: rows.iter().cloned().map(column).collect(),
        unique: grouped(indexes.clone()),
        triggers: triggers(table, schema, conn).await?,
        actions: actions.into_iter().map(action).collect(),
        ..Relation::default()
    };
    relation.unique.extend(primary_key(&rows));
    rowid::add(&rows, &indexes, &mut relation);
    Ok(relation)
}

const COLUMNS: &str = "SELECT name, type, CAST(\"notnull\" AS TEXT), dflt_value, CAST(pk AS TEXT), CAST(hidden AS TEXT) \
     FROM pragma_table_xinfo(";

fn column([name, ty, is_required, default, _, hidden]: Row) -> Column {
    Column {
        name,
        ty,
        is_nullable: is_required == "0",
        default: Some(default)
            .filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("NULL")),
        // Virtual and stored. A hidden column of a virtual table is 1.
        is_computed: matches!(hidden.as_str(), "2" | "3"),
    }
}

/// That of a rowid has no index.
fn primary_key(rows: &[Row]) -> Option<Unique> {
    let key: Vec<_> = rows
        .iter()
        .filter(|[_, _, _, _, position, _]| position != "0")
        .map(|[name, ..]| name.clone())
        .collect();
    (!key.is_empty()).then(|| Unique::of(key))
}

/// With what the index is of, and whether the rowid is in it.
const UNIQUE_START: &str = "SELECT list.name, columns.name, NULL, NULL, list.origin, \
     CAST(-1 IN (SELECT cid FROM pragma_index_xinfo(list.name, ";
const UNIQUE_OF: &str = ")) AS TEXT) FROM pragma_index_list(";
const UNIQUE_COLUMNS: &str = ") AS list, pragma_index_info(list.name, ";
const UNIQUE_END: &str = ") AS columns WHERE list.\"unique\" AND NOT list.partial \
     ORDER BY list.seq, columns.seqno";

/// A temporary trigger can be on a table of any schema.
async fn triggers<X: ReadsCatalogue>(
    table: &str,
    schema: &str,
    conn: &mut Wire<'_, X>,
) -> Result<Vec<Trigger>, Error> {
    let mut found = Vec::new();
    let temporary = (!schema.eq_ignore_ascii_case("temp")).then_some("temp");
    for schema in [Some(schema), temporary].into_iter().flatten() {
        let master = format!("{}.sqlite_master", Database::Sqlite.quote(schema));
        let query = Query::new(format!(
            "SELECT name, sql, NULL, NULL, NULL, NULL FROM {master} WHERE type = 'trigger' AND tbl_name = "
        ));
        let rows = read(query.bind(table).text(" COLLATE NOCASE"), conn).await?;
        found.extend(rows.into_iter().map(trigger));
    }
    Ok(found)
}

fn trigger([name, definition, ..]: Row) -> Trigger {
    Trigger {
        name,
        definition,
        body: String::new(),
        is_enabled: true,
    }
}

const ACTIONS_START: &str = "SELECT CAST(id AS TEXT), \"table\", \
     CASE WHEN on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT') THEN 'ON UPDATE' ELSE 'ON DELETE' END, \
     NULL, NULL, NULL FROM pragma_foreign_key_list(";
const ACTIONS_END: &str = ") WHERE seq = 0 AND (on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
     OR on_delete IN ('SET NULL', 'SET DEFAULT'))";

/// It has no name.
fn action([number, parent, what, ..]: Row) -> Action {
    Action {
        constraint: format!("number {number}"),
        parent,
        what,
    }
}

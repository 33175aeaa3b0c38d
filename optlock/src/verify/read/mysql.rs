//! The catalogue of MySQL and MariaDB.
//! <https://mariadb.com/kb/en/information-schema-tables/>

use super::super::catalogue::{Query, ReadsCatalogue, Row, read, read_failed, read_or_fail};
use super::super::checks::Asked;
use super::super::found::{Action, Column, Connection, Found, Relation, Trigger, Unique};
use super::super::report::Kind;
use super::{grouped, kept};
use crate::backend::{Database, Dialect};
use crate::error::Error;
use crate::executes::Wire;
use crate::shape::Shape;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};

pub(super) async fn found<X: ReadsCatalogue>(
    asked: &Asked,
    conn: &mut Wire<'_, X>,
) -> Result<Found, Error> {
    // Diesel's own connections count what matches.
    let is_asked = X::WAITS && !asked.allowed.contains(&Kind::CountsChangedRows);
    Ok(Found {
        relation: relation(&asked.shape, conn).await?,
        connection: Connection {
            pooler: None,
            counts_changed_rows: is_asked && counts_changed_rows(conn).await?,
        },
    })
}

async fn relation<X: ReadsCatalogue>(
    shape: &Shape,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Relation>, Error> {
    let table = read(of_table(KIND, TABLE, shape), conn).await?;
    let Some([kind, engine, has_transactions, ..]) = table.into_iter().next() else {
        return temporary(shape, conn).await;
    };
    let columns = read(of_table(COLUMNS, COLUMNS_TABLE, shape), conn).await?;
    let keys = read(of_table(UNIQUE, UNIQUE_TABLE, shape), conn).await?;
    let triggers = read(of_table(TRIGGERS, TRIGGERS_TABLE, shape), conn).await?;
    let actions = read(of_table(ACTIONS, ACTIONS_TABLE, shape), conn).await?;
    Ok(Some(Relation {
        is_view: kind.contains("VIEW"),
        unique: unique(keys, &columns),
        columns: columns.into_iter().map(column).collect(),
        triggers: triggers.into_iter().map(trigger).collect(),
        actions: actions.into_iter().map(action).collect(),
        without_transactions: (has_transactions == "NO").then_some(engine),
        keeps_history: kind == "SYSTEM VERSIONED",
        kept: kept::on_mysql(shape, conn).await?,
        ..Relation::default()
    }))
}

/// The table in its schema, or in the one that the connection uses.
pub(super) fn of_table(select: &str, table: [&str; 3], shape: &Shape) -> Query {
    let [schema_column, table_column, end] = table;
    Query::new(select)
        .text(format!(" WHERE {schema_column} = COALESCE(NULLIF("))
        .bind(shape.schema.as_deref().unwrap_or_default())
        .text(format!(", ''), DATABASE()) AND {table_column} = "))
        .bind(&shape.table)
        .text(end)
}

const KIND: &str = "SELECT t.TABLE_TYPE, t.ENGINE, e.TRANSACTIONS, NULL, NULL, NULL \
     FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE";
const TABLE: [&str; 3] = ["t.TABLE_SCHEMA", "t.TABLE_NAME", ""];

const COLUMNS: &str = "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, GENERATION_EXPRESSION, COLUMN_DEFAULT, EXTRA \
     FROM information_schema.COLUMNS";
const COLUMNS_TABLE: [&str; 3] = ["TABLE_SCHEMA", "TABLE_NAME", " ORDER BY ORDINAL_POSITION"];

/// As `SHOW COLUMNS` has it, too. MariaDB shows a default of NULL as a word.
fn column([name, ty, is_nullable, _, default, extra]: Row) -> Column {
    let extra = extra.to_lowercase();
    let default = if extra == "auto_increment" {
        extra.clone()
    } else {
        default
    };
    Column {
        name,
        ty,
        is_nullable: is_nullable == "YES",
        default: Some(default).filter(|text| !text.is_empty() && text != "NULL"),
        is_computed: COMPUTED.iter().any(|word| extra.contains(word)),
    }
}

/// `DEFAULT_GENERATED` is MySQL's word for a default.
const COMPUTED: [&str; 3] = ["stored generated", "virtual generated", "persistent"];

/// The columns are those of a table that keeps its history, too: in each of its indexes is the end of a row's time.
fn unique(rows: Vec<Row>, columns: &[Row]) -> Vec<Unique> {
    let is_end_of_row = |name: &String| {
        let mut columns = columns.iter();
        columns.any(|[column, _, _, computed, ..]| column == name && computed == "ROW END")
    };
    let rows = rows.into_iter();
    grouped(rows.filter(|[_, name, ..]| !is_end_of_row(name)).collect())
}

const UNIQUE: &str =
    "SELECT INDEX_NAME, COLUMN_NAME, NULL, NULL, NULL, NULL FROM information_schema.STATISTICS";
const UNIQUE_TABLE: [&str; 3] = [
    "TABLE_SCHEMA",
    "TABLE_NAME",
    " AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX",
];

/// They are shown to a role that has the privilege `TRIGGER` on the table.
const TRIGGERS: &str = "SELECT TRIGGER_NAME, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION), ACTION_STATEMENT, NULL, NULL, NULL \
     FROM information_schema.TRIGGERS";
const TRIGGERS_TABLE: [&str; 3] = ["EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE", ""];

fn trigger([name, definition, body, ..]: Row) -> Trigger {
    Trigger {
        name,
        definition,
        body,
        is_enabled: true,
    }
}

const ACTIONS: &str = "SELECT CONSTRAINT_NAME, REFERENCED_TABLE_NAME, \
     IF(UPDATE_RULE IN ('CASCADE', 'SET NULL'), 'ON UPDATE', 'ON DELETE'), NULL, NULL, NULL \
     FROM information_schema.REFERENTIAL_CONSTRAINTS";
const ACTIONS_TABLE: [&str; 3] = [
    "CONSTRAINT_SCHEMA",
    "TABLE_NAME",
    " AND (UPDATE_RULE IN ('CASCADE', 'SET NULL') OR DELETE_RULE = 'SET NULL')",
];

fn action([constraint, parent, what, ..]: Row) -> Action {
    Action {
        constraint,
        parent,
        what,
    }
}

/// A temporary table is not in `information_schema`. Nobody else sees its rows, so that its engine does not matter, and
/// it has neither triggers nor foreign keys.
async fn temporary<X: ReadsCatalogue>(
    shape: &Shape,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Relation>, Error> {
    let name = Database::Mysql.quote_in(shape.schema.as_deref(), &shape.table);
    let rows = match read_or_fail(Query::new(format!("SHOW COLUMNS FROM {name}")), conn).await {
        Err(error) if is_no_table(&error) => return Ok(None),
        rows => rows.map_err(read_failed::<X>)?,
    };
    Ok(Some(Relation {
        unique: keys_of(&rows),
        columns: rows.into_iter().map(column).collect(),
        ..Relation::default()
    }))
}

/// The primary key, and each column that is unique alone.
fn keys_of(rows: &[Row]) -> Vec<Unique> {
    let with = |key: &str| {
        let rows = rows.iter().filter(move |[_, _, _, found, ..]| found == key);
        rows.map(|[name, ..]| name.clone()).collect::<Vec<_>>()
    };
    let mut keys: Vec<_> = with("UNI").into_iter().map(|name| vec![name]).collect();
    keys.extend(Some(with("PRI")).filter(|primary| !primary.is_empty()));
    keys.into_iter().map(Unique::of).collect()
}

/// 1146 ER_NO_SUCH_TABLE, 1049 ER_BAD_DB_ERROR, 1046 ER_NO_DB_ERROR
fn is_no_table(error: &DieselError) -> bool {
    let DieselError::DatabaseError(_, information) = error else {
        return false;
    };
    let message = information.message();
    (message.starts_with("Table '") && message.ends_with("doesn't exist"))
        || message.starts_with("Unknown database")
        || message.starts_with("No database selected")
}

/// Writes a row as it is into a temporary table of its own: no read shows how a connection counts.
async fn counts_changed_rows<X: ReadsCatalogue>(conn: &mut Wire<'_, X>) -> Result<bool, Error> {
    if !X::Backend::MAY_COUNT_CHANGES {
        return Ok(false);
    }
    let created = conn.batch_execute(
        "DROP TEMPORARY TABLE IF EXISTS optlock_verify; \
         CREATE TEMPORARY TABLE optlock_verify (n INT PRIMARY KEY) ENGINE = MEMORY; \
         INSERT INTO optlock_verify VALUES (1)",
    );
    created.await.map_err(read_failed::<X>)?;
    let matched = conn.execute(SameAgain).await;
    let dropped = conn.batch_execute("DROP TEMPORARY TABLE optlock_verify");
    dropped.await.map_err(read_failed::<X>)?;
    Ok(matched.map_err(read_failed::<X>)? == 0)
}

/// An update that changes nothing.
struct SameAgain;

impl<DB: Dialect> QueryFragment<DB> for SameAgain {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("UPDATE optlock_verify SET n = 1");
        Ok(())
    }
}

impl QueryId for SameAgain {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

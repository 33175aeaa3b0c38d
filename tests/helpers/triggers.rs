//! The trigger of a model, on the database of the test.

use crate::prelude::*;
use crate::{CAPABILITIES, Conn};
use optlock::backend::Database;
use optlock::{TriggerSql, trigger_sql};

pub(crate) fn database() -> Database {
    match CAPABILITIES.name {
        "sqlite" => Database::Sqlite,
        "postgres" => Database::Postgres,
        "mysql" => Database::Mysql,
        other => panic!("which database is {other}?"),
    }
}

/// Creates the trigger, and returns its texts.
pub(crate) fn create<M>(conn: &mut Conn) -> TriggerSql
where
    M: optlock::methods::Described<Version: optlock::TriggerToken>,
{
    let sql = trigger_sql::<M>(database());
    conn.batch_execute(sql.up()).unwrap();
    sql
}

/// A name as SQL has it.
pub(crate) fn quote(name: &str) -> String {
    match database() {
        Database::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        _ => format!("`{}`", name.replace('`', "``")),
    }
}

/// A type that each integer is cast to.
pub(crate) fn big() -> &'static str {
    match database() {
        Database::Mysql => "SIGNED",
        _ => "BIGINT",
    }
}

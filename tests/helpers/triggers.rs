//! The trigger of a model, on the database of the test.

use crate::prelude::*;
use crate::{CAPABILITIES, Conn};
use optlock::backend::Database;
use optlock::{TriggerSql, trigger_sql};

/// Creates the trigger, and returns its texts.
pub(crate) fn create<M>(conn: &mut Conn) -> TriggerSql
where
    M: optlock::methods::Described<Version: optlock::TriggerToken>,
{
    let sql = trigger_sql::<M>(CAPABILITIES.database);
    conn.batch_execute(sql.up()).unwrap();
    sql
}

/// A name as SQL has it.
pub(crate) fn quote(name: &str) -> String {
    match CAPABILITIES.database {
        Database::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        _ => format!("`{}`", name.replace('`', "``")),
    }
}

/// A type that each integer is cast to.
pub(crate) fn big() -> &'static str {
    match CAPABILITIES.database {
        Database::Mysql => "SIGNED",
        _ => "BIGINT",
    }
}

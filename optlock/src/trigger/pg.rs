//! PostgreSQL, from 12 on. (A table that is partitioned has such triggers from 13 on.)
//! <https://www.postgresql.org/docs/current/plpgsql-trigger.html>

use super::{Trigger, TriggerSql};
use crate::backend::Database;
use crate::shape::Stored;

pub(super) fn sql(trigger: Trigger<'_>) -> TriggerSql {
    let body = body(&trigger);
    let tag = tag(&body);
    let (function, condition) = (trigger.quoted_name(), trigger.condition());
    let (drop, on) = (
        drop(&trigger.name, &trigger.table()),
        on(&trigger.name, &trigger.table(), &condition, &function),
    );
    TriggerSql {
        up: format!(
            "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {tag}{body}{tag};\n{on}"
        ),
        down: format!("{drop}DROP FUNCTION IF EXISTS {function}();\n"),
        name: trigger.name,
        text: body,
        condition,
        function: Some(function),
    }
}

/// Creates the trigger on a table. (`CREATE OR REPLACE TRIGGER` is younger.)
pub(super) fn on(name: &str, table: &str, condition: &str, function: &str) -> String {
    let drop = drop(name, table);
    let name = Database::Postgres.quote(name);
    format!(
        "{drop}\
         CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW\n    \
             WHEN ({condition}) EXECUTE FUNCTION {function}();\n"
    )
}

fn drop(name: &str, table: &str) -> String {
    let name = Database::Postgres.quote(name);
    format!("DROP TRIGGER IF EXISTS {name} ON {table};\n")
}

/// At the maximum the sum, or its assignment, is out of range.
fn body(trigger: &Trigger<'_>) -> String {
    let (version, next) = (trigger.version(), trigger.next_version("OLD"));
    let stamp = stamp(trigger);
    format!("\nBEGIN\n    NEW.{version} := {next};\n{stamp}    RETURN NEW;\nEND\n")
}

fn stamp(trigger: &Trigger<'_>) -> String {
    let Some(stamp) = trigger.shape.stamp else {
        return String::new();
    };
    let column = trigger.quote(stamp.column);
    let clock = match stamp.stored {
        Stored::Zoned => "clock_timestamp()",
        _ => "clock_timestamp() AT TIME ZONE 'UTC'",
    };
    format!(
        "    IF NEW.{column} IS NOT DISTINCT FROM OLD.{column} THEN\n        \
             NEW.{column} := {clock};\n    \
         END IF;\n"
    )
}

/// A quote that is not in the body.
fn tag(body: &str) -> String {
    let mut tag = "$optlock$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, 'x');
    }
    tag
}

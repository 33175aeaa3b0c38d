//! SQLite. (For a table that is called `old` or `new` from 3.33 on.)
//! <https://www.sqlite.org/lang_createtrigger.html>

use super::{EXHAUSTED, Trigger, TriggerSql};
use crate::shape::Stored;

pub(super) fn sql(trigger: Trigger<'_>) -> TriggerSql {
    let name = trigger.quoted_name();
    let text = text(&trigger);
    let schema = match &trigger.shape.schema {
        Some(schema) => format!("{}.", trigger.quote(schema)),
        None => String::new(),
    };
    let drop = format!("DROP TRIGGER IF EXISTS {name};\n");
    TriggerSql {
        up: format!("{drop}CREATE TRIGGER {schema}{text};\n"),
        down: drop,
        condition: trigger.condition(),
        name: trigger.name,
        text,
        function: None,
    }
}

/// What follows `CREATE TRIGGER` and the schema, as `sqlite_schema` keeps it. The table is in the trigger's schema, and
/// may not be qualified.
///
/// The trigger comes behind the write, because none before it can change what is written. It finds the row by its key:
/// a table `WITHOUT ROWID` has nothing else. Where `recursive_triggers` are on, its own write passes it by.
fn text(trigger: &Trigger<'_>) -> String {
    let name = trigger.quote(&trigger.name);
    let table = trigger.quote(&trigger.shape.table);
    let (version, condition) = (trigger.version(), trigger.condition());
    let (maximum, update) = (trigger.maximum, update(trigger, &table));
    format!(
        "{name} AFTER UPDATE ON {table} FOR EACH ROW\n\
         WHEN {condition}\n\
         BEGIN\n    \
             SELECT RAISE(ABORT, '{EXHAUSTED}') WHERE OLD.{version} >= {maximum};\n    \
             {update};\n\
         END"
    )
}

fn update(trigger: &Trigger<'_>, table: &str) -> String {
    let rows = Rows::of(trigger);
    let (version, next) = (trigger.version(), trigger.next_version(rows.old));
    let (stamp, from, row) = (
        stamp(trigger, &rows),
        rows.from(trigger),
        row(trigger, &rows),
    );
    format!("UPDATE {table} SET {version} = {next}{stamp}{from} WHERE {row}")
}

/// How the update names the row as it was, and as it is.
struct Rows {
    old: &'static str,
    new: &'static str,
    /// `OLD` would be the table itself.
    are_copied: bool,
}

impl Rows {
    fn of(trigger: &Trigger<'_>) -> Self {
        let is = |name: &str| trigger.shape.table.eq_ignore_ascii_case(name);
        let are_copied = is("old") || is("new");
        let (old, new) = if are_copied {
            ("optlock_old", "optlock_new")
        } else {
            ("OLD", "NEW")
        };
        Self {
            old,
            new,
            are_copied,
        }
    }

    /// Nothing in a `FROM` sees the table that is updated.
    fn from(&self, trigger: &Trigger<'_>) -> String {
        if !self.are_copied {
            return String::new();
        }
        let shape = trigger.shape;
        let stamp = shape.stamp.map(|stamp| stamp.column);
        let copy = |row: &str, columns: Vec<&str>| {
            let columns = columns.into_iter().map(|column| {
                let column = trigger.quote(column);
                format!("{row}.{column} AS {column}")
            });
            columns.collect::<Vec<_>>().join(", ")
        };
        let key = shape.key.iter().map(String::as_str);
        let scope = shape.scope.iter().map(|column| column.name);
        let was = copy(
            "OLD",
            [shape.version.column].into_iter().chain(stamp).collect(),
        );
        let is = copy("NEW", key.chain(scope).chain(stamp).collect());
        let (old, new) = (self.old, self.new);
        format!(" FROM (SELECT {was}) AS {old}, (SELECT {is}) AS {new}")
    }
}

/// The scope tells apart what one key may name.
fn row(trigger: &Trigger<'_>, rows: &Rows) -> String {
    let shape = trigger.shape;
    let same = |column: &str, same: &str| {
        let (table, column) = (trigger.quote(&shape.table), trigger.quote(column));
        format!("{table}.{column} {same} {}.{column}", rows.new)
    };
    let key = shape.key.iter().map(|column| same(column, "="));
    let scope = shape.scope.iter().map(|column| same(column.name, "IS"));
    key.chain(scope).collect::<Vec<_>>().join(" AND ")
}

/// In the form in which Diesel stores it.
fn stamp(trigger: &Trigger<'_>, rows: &Rows) -> String {
    let Some(stamp) = trigger.shape.stamp else {
        return String::new();
    };
    let (column, Rows { old, new, .. }) = (trigger.quote(stamp.column), rows);
    let zone = match stamp.stored {
        Stored::ZonedText => "+00:00",
        _ => "",
    };
    let clock = format!("strftime('%Y-%m-%d %H:%M:%f{zone}', 'now')");
    format!(
        ", {column} = CASE WHEN {new}.{column} IS {old}.{column} THEN {clock} ELSE {new}.{column} END"
    )
}

//! MySQL and MariaDB.
//! <https://mariadb.com/kb/en/trigger-overview/>

use super::{EXHAUSTED, Trigger, TriggerSql};
use crate::shape::Stored;

pub(super) fn sql(trigger: Trigger<'_>) -> TriggerSql {
    let (name, table) = (trigger.quoted_name(), trigger.table());
    let body = body(&trigger);
    // MySQL has no `CREATE OR REPLACE TRIGGER`.
    let drop = format!("DROP TRIGGER IF EXISTS {name};\n");
    TriggerSql {
        up: format!("{drop}CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW\n{body};\n"),
        down: drop,
        condition: trigger.condition(),
        name: trigger.name,
        text: body,
        function: None,
    }
}

/// Without an error of our own the version would stay at the maximum in sessions whose `sql_mode` is not strict, and
/// match again and again.
fn body(trigger: &Trigger<'_>) -> String {
    let (version, next) = (trigger.version(), trigger.next_version("OLD"));
    let (condition, maximum) = (trigger.condition(), trigger.maximum);
    let stamp = stamp(trigger);
    format!(
        "BEGIN\n    \
             IF {condition} THEN\n        \
                 IF OLD.{version} >= {maximum} THEN\n            \
                     SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = '{EXHAUSTED}';\n        \
                 END IF;\n        \
                 SET NEW.{version} = {next};\n\
         {stamp}    \
             END IF;\n\
         END"
    )
}

fn stamp(trigger: &Trigger<'_>) -> String {
    let Some(stamp) = trigger.shape.stamp else {
        return String::new();
    };
    let column = trigger.quote(stamp.column);
    let set = match stamp.stored {
        Stored::Datetime => format!("            SET NEW.{column} = UTC_TIMESTAMP(6);\n"),
        // A `TIMESTAMP` takes each time for one of the session's zone, and a `DATETIME` does not.
        _ => format!(
            "            BEGIN\n                \
                             DECLARE zone VARCHAR(64) DEFAULT @@SESSION.time_zone;\n                \
                             SET time_zone = '+00:00';\n                \
                             SET NEW.{column} = UTC_TIMESTAMP(6);\n                \
                             SET time_zone = zone;\n            \
                         END;\n"
        ),
    };
    format!("        IF NEW.{column} <=> OLD.{column} THEN\n{set}        END IF;\n")
}

//! The trigger of [`trigger_sql`](crate::trigger_sql).

use super::super::found::{Heir, Relation, Trigger};
use super::super::report::{Finding, Kind, Remedy};
use super::{Rules, mended_by, steps};
use crate::backend::Database;
use crate::trigger::TriggerSql;

impl Rules<'_> {
    pub(super) fn trigger(&self, sql: &TriggerSql, relation: &Relation) -> Option<Finding> {
        let (name, table) = (sql.name(), self.table_name());
        let up = Remedy::Sql(sql.up().to_owned());
        if relation.is_view {
            return Some(self.error(
                Kind::TriggerMissing,
                format!("{table} is no table, and has no trigger {name}"),
                steps("create the trigger on the table beneath"),
            ));
        }
        let Some(found) = relation
            .triggers
            .iter()
            .find(|trigger| trigger.name == name)
        else {
            return Some(self.error(
                Kind::TriggerMissing,
                format!("{table} has no trigger {name}: other writers are not noticed"),
                up,
            ));
        };
        if !self.is_present(sql, found) {
            return Some(self.error(
                Kind::TriggerDiffers,
                format!("the trigger {name} of {table} is not the one that the model has now"),
                up,
            ));
        }
        (!found.is_enabled).then(|| self.trigger_disabled(found, &table, &self.quoted_table()))
    }

    /// A partition has a clone of the trigger, if its table has it, which can be switched off. A table that inherits has none.
    pub(super) fn triggers_of_heirs(&self, sql: &TriggerSql, relation: &Relation) -> Vec<Finding> {
        let heirs = relation.heirs.iter();
        let findings = heirs.filter_map(|heir| {
            let mut present = heir.triggers.iter();
            match present.find(|trigger| self.is_present(sql, trigger)) {
                Some(trigger) if trigger.is_enabled => None,
                Some(trigger) => Some(self.trigger_disabled(trigger, &heir.name, &heir.name)),
                None if heir.is_partition => None,
                None => Some(self.trigger_missing_of(heir, sql)),
            }
        });
        findings.collect()
    }

    fn trigger_missing_of(&self, heir: &Heir, sql: &TriggerSql) -> Finding {
        self.error(
            Kind::TriggerMissing,
            format!(
                "{}, whose rows are those of {} too, has no trigger {}: other writers are not noticed there",
                heir.name,
                self.table_name(),
                sql.name()
            ),
            mended_by(sql.on(&heir.name), "create the trigger on it"),
        )
    }

    fn trigger_disabled(&self, trigger: &Trigger, table: &str, quoted: &str) -> Finding {
        let name = self.database.quote(&trigger.name);
        self.error(
            Kind::TriggerDisabled,
            format!("the trigger {} of {table} is switched off", trigger.name),
            Remedy::Sql(format!("ALTER TABLE {quoted} ENABLE TRIGGER {name};")),
        )
    }

    fn is_present(&self, sql: &TriggerSql, found: &Trigger) -> bool {
        // A migration may have lines that end in CR LF.
        let body = found.body.replace('\r', "");
        match self.database {
            Database::Sqlite => {
                found.definition.replace('\r', "") == format!("CREATE TRIGGER {}", sql.text())
            }
            Database::Mysql => found.definition == "BEFORE UPDATE" && body == sql.text(),
            Database::Postgres => {
                let definition = bare(&found.definition);
                let when = format!("foreachrowwhen{}execute", bare(sql.condition()));
                definition.contains("beforeupdateon")
                    && definition.contains(&when)
                    && body == sql.text()
            }
        }
    }
}

/// An expression of PostgreSQL's without what it adds when it shows it: parentheses, casts of a domain, and spaces, and
/// without the quotes, which it leaves away where it can.
fn bare(text: &str) -> String {
    let mut bare = text.to_lowercase();
    bare.retain(|char| !matches!(char, '(' | ')' | '"' | ' ' | '\n' | '\r'));
    for cast in ["::bigint", "::integer", "::smallint"] {
        bare = bare.replace(cast, "");
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_found_as_postgresql_shows_it() {
        let shown = "WHEN (((new.\"Version\" IS NULL) OR ((new.\"Version\")::bigint <= (old.\"Version\")::bigint)))";
        let written = "NEW.\"Version\" IS NULL OR NEW.\"Version\" <= OLD.\"Version\"";
        assert_eq!(bare(shown), format!("when{}", bare(written)));
        assert_ne!(bare("new.v < old.v"), bare("new.v <= old.v"));
    }
}

//! Others that write the table: triggers, and foreign keys.

use super::super::found::{Relation, Trigger};
use super::super::report::{Finding, Kind};
use super::{Rules, steps};
use crate::backend::Database;
use crate::trigger::short_name;

impl Rules<'_> {
    /// The name of the trigger that optlock makes.
    fn trigger_name(&self) -> String {
        short_name("optlock_version_", &self.shape.table)
    }

    pub(super) fn other_triggers(&self, relation: &Relation) -> Vec<Finding> {
        let own = self.trigger_name();
        let others = relation
            .triggers
            .iter()
            .filter(|trigger| trigger.name != own && self.mentions_version(trigger));
        others
            .map(|trigger| {
                self.hint(
                    Kind::OtherTrigger,
                    format!(
                        "the trigger {} of {} speaks of {}",
                        trigger.name,
                        self.table_name(),
                        self.shape.version.column
                    ),
                    steps(
                        "see that it leaves a version alone that a save has set: one that always adds 1 makes each second save \
                         a false conflict",
                    ),
                )
            })
            .collect()
    }

    /// As a word, and not as a part of one.
    fn mentions_version(&self, trigger: &Trigger) -> bool {
        let text = format!("{}\n{}", trigger.definition, trigger.body).to_lowercase();
        let version = self.shape.version.column.to_lowercase();
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        text.match_indices(&version).any(|(start, _)| {
            let end = start + version.len();
            !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
        })
    }

    /// On MySQL and MariaDB they fire no trigger. Elsewhere the trigger notices them.
    pub(super) fn actions(&self, relation: &Relation) -> Vec<Finding> {
        let own = self.trigger_name();
        let fires = self.database != Database::Mysql;
        if fires && relation.triggers.iter().any(|trigger| trigger.name == own) {
            return Vec::new();
        }
        let actions = relation.actions.iter();
        actions
            .map(|action| {
                let message = format!(
                    "the foreign key {} of {} changes rows {} of {}, and nothing advances their version",
                    action.constraint,
                    self.table_name(),
                    action.what,
                    action.parent
                );
                self.hint(Kind::ForeignKeyAction, message, steps(self.against_actions()))
            })
            .collect()
    }

    fn against_actions(&self) -> &'static str {
        match self.database {
            Database::Mysql => {
                "it fires no trigger: change the rows by a statement of your own that advances the version, \
                 and let the foreign key refuse (NO ACTION)"
            }
            Database::Sqlite | Database::Postgres => {
                "create the trigger of `trigger_sql`, or see that no other client holds such a row"
            }
        }
    }
}

//! Others that write the table: triggers, and foreign keys.

use super::super::checks::Asked;
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
        if self.shape.version.is_generated {
            // It is there to make the version.
            return Vec::new();
        }
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

    /// Beside optlock's trigger, which takes the second write for that of another program. One that sets the version is
    /// reported as [`Kind::OtherTrigger`].
    pub(super) fn second_writes(&self, asked: &Asked, relation: &Relation) -> Vec<Finding> {
        let own = self.trigger_name();
        let mut triggers = relation.triggers.iter();
        if asked.trigger.is_none() && !triggers.any(|trigger| trigger.name == own) {
            return Vec::new();
        }
        let others = relation.triggers.iter().filter(|trigger| {
            trigger.name != own && !self.mentions_version(trigger) && self.writes_again(trigger)
        });
        others.map(|trigger| self.second_write(trigger)).collect()
    }

    fn second_write(&self, trigger: &Trigger) -> Finding {
        let table = self.table_name();
        let message = format!(
            "the trigger {} of {table} updates {table} in its turn, and leaves the version alone: optlock's trigger then \
             advances it behind a save, and the next save is a false conflict",
            trigger.name
        );
        let remedy = match self.database {
            Database::Postgres => "set the value in a trigger BEFORE the row is written, by NEW",
            Database::Sqlite | Database::Mysql => {
                "see that it leaves the row alone that a save writes: leave a time to `#[optlock(updated_on)]`, or let it fire \
                 for other writers only, `WHEN NEW.version <= OLD.version`"
            }
        };
        self.hint(Kind::SecondWrite, message, steps(remedy))
    }

    /// By its text, when a row is inserted or updated. What is put together at run time is not seen.
    fn writes_again(&self, trigger: &Trigger) -> bool {
        let is = |word: &String, other: &str| word.eq_ignore_ascii_case(other);
        let head = words(&trigger.definition);
        let mut head = head.iter().take_while(|word| !is(word, "on"));
        let text = format!("{}\n{}", trigger.definition, trigger.body);
        head.any(|word| is(word, "insert") || is(word, "update"))
            && updates(&text, &self.shape.table)
    }

    /// As a word, and not as a part of one.
    pub(super) fn mentions_version(&self, trigger: &Trigger) -> bool {
        let text = format!("{}\n{}", trigger.definition, trigger.body).to_lowercase();
        let version = self.shape.version.column.to_lowercase();
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        text.match_indices(&version).any(|(start, _)| {
            let end = start + version.len();
            !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
        })
    }

    /// A unique index is of one table alone, and a partitioned table's of all partitions.
    pub(super) fn inheritance(&self, relation: &Relation) -> Option<Finding> {
        let heirs = relation.heirs.iter().filter(|heir| !heir.is_partition);
        let heirs: Vec<_> = heirs.map(|heir| heir.name.as_str()).collect();
        if heirs.is_empty() {
            return None;
        }
        let (table, heirs) = (self.table_name(), heirs.join(", "));
        Some(self.hint(
            Kind::Inheritance,
            format!(
                "rows of {heirs} are rows of {table} too, and no unique index is on all of them: \
                 a save writes each row that has the key"
            ),
            steps("see that no two of the tables have a row of one key, or make it a partitioned table"),
        ))
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

/// Does the text have an `UPDATE` of the table?
fn updates(text: &str, table: &str) -> bool {
    let words = words(text);
    let is = |at: usize, word: &str| {
        let found = words.get(at);
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    (0..words.len()).filter(|at| is(*at, "update")).any(|at| {
        let mut name = at + 1;
        if is(name, "or") {
            name += 2; // UPDATE OR IGNORE
        } else if is(name, "only") {
            name += 1;
        }
        if is(name + 1, ".") {
            name += 2;
        }
        is(name, table)
    })
}

/// Names, without their quotes, and each other character as a word of its own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    let is_of_name = |char: &char| char.is_alphanumeric() || matches!(char, '_' | '$');
    while let Some(char) = chars.next() {
        let mut word = char.to_string();
        match char {
            '"' | '`' => word = chars.by_ref().take_while(|next| *next != char).collect(),
            '[' => word = chars.by_ref().take_while(|next| *next != ']').collect(),
            _ if is_of_name(&char) => {
                while let Some(next) = chars.next_if(is_of_name) {
                    word.push(next);
                }
            }
            _ if char.is_whitespace() => continue,
            _ => {}
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::updates;

    #[test]
    fn an_update_of_the_table_is_found_however_it_is_named() {
        for text in [
            "BEGIN UPDATE contacts SET a = 1; END",
            "begin update Contacts set",
            "UPDATE \"contacts\" SET",
            "UPDATE OR IGNORE `contacts` SET",
            "UPDATE ONLY crm.contacts SET",
            "UPDATE \"crm\".\"contacts\" SET",
            "UPDATE [contacts] SET",
            "x;UPDATE\n\tcontacts\nSET",
        ] {
            assert!(updates(text, "contacts"), "{text}");
        }
        for text in [
            "AFTER UPDATE ON contacts",
            "AFTER UPDATE OF name ON contacts",
            "UPDATE contacts_log SET",
            "UPDATE log SET contact = contacts",
            "INSERT INTO contacts",
            "update",
        ] {
            assert!(!updates(text, "contacts"), "{text}");
        }
    }
}

//! Which rules do not hold.

use super::seen::Seen;
use crate::versioned::Versioned;
use std::fmt;

/// A rule that each model keeps, together with its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) means: &'static str,
}

/// The rules that a model, or its table, does not keep: what the assertions of [`testing`](mod@crate::testing) panic
/// with.
///
/// `Display` is a report of several lines. **It has the key, the versions, and the database's own words**, as the error
/// of an operation has them, and no other value; with a merge the names of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    table: &'static str,
    key: String,
    rules: Vec<BrokenRule>,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    rule: Rule,
    seen: String,
}

impl BrokenRule {
    /// Its name: "lost update".
    pub fn name(&self) -> &'static str {
        self.rule.name
    }

    /// What it means, as a sentence about what holds.
    pub fn means(&self) -> &'static str {
        self.rule.means
    }

    /// What was seen instead.
    pub fn seen(&self) -> &str {
        &self.seen
    }
}

impl Broken {
    /// No rule of the model is broken yet.
    pub(super) fn nothing<M: Versioned>(model: &M) -> Self {
        Self {
            table: M::TABLE_NAME,
            key: format!("{:?}", model.key()),
            rules: Vec::new(),
        }
    }

    /// Keeps what was seen, and returns whether the rule holds.
    pub(super) fn keep(&mut self, rule: Rule, seen: Seen) -> bool {
        let broken = seen.err().map(|seen| BrokenRule { rule, seen });
        let holds = broken.is_none();
        self.rules.extend(broken);
        holds
    }

    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.rules.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }

    /// Fails a test.
    #[track_caller]
    #[allow(clippy::panic)] // what an assertion is for
    pub(crate) fn fail(&self) -> ! {
        panic!("{self}")
    }

    /// The table.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The primary key, as its `Debug` prints it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The rules that do not hold, at least one, in the order in which they were played. The first one is usually
    /// the cause of the others.
    pub fn rules(&self) -> &[BrokenRule] {
        &self.rules
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, s) = match self.rules.len() {
            1 => (1, ""),
            count => (count, "s"),
        };
        write!(f, "{} {} breaks {count} rule{s}:", self.table, self.key)?;
        for broken in &self.rules {
            let (name, means, seen) = (broken.name(), broken.means(), broken.seen());
            write!(f, "\n- {name}: {means}\n  seen: {seen}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Broken {}

/// A rule that is broken is no conflict of the program.
#[cfg(feature = "tracing")]
impl<T> crate::events::Failures for Result<T, Broken> {
    fn each(&self, _show: &mut dyn FnMut(&crate::error::Error)) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_rule_and_what_was_seen_on_two_lines() {
        let rule = |name, means| Rule { name, means };
        let mut broken = Broken {
            table: "contacts",
            key: "7".into(),
            rules: Vec::new(),
        };
        assert!(broken.keep(rule("copy", "it is one"), Ok(())));
        assert_eq!(broken.clone().into_result(), Ok(()));
        assert!(!broken.keep(rule("touch", "it moves"), Err("it stood still".into())));
        assert_eq!(
            broken.to_string(),
            "contacts 7 breaks 1 rule:\n- touch: it moves\n  seen: it stood still"
        );
        assert!(!broken.keep(rule("batch", "all move"), Err("none did".into())));
        assert!(
            broken
                .to_string()
                .starts_with("contacts 7 breaks 2 rules:\n- touch")
        );
    }
}

//! What makes the versions that the program does not write.

use super::super::checks::Asked;
use super::super::found::{Column, Relation};
use super::super::report::{Finding, Kind};
use super::{Rules, steps};

impl Rules<'_> {
    /// By the texts of the triggers. Whether one of them advances the version is told by the first save.
    pub(super) fn not_generated(
        &self,
        version: &Column,
        asked: &Asked,
        relation: &Relation,
    ) -> Option<Finding> {
        // Optlock's own trigger is looked for where it is asked for.
        let is_looked_for = version.is_computed || asked.trigger.is_some();
        if !self.shape.version.is_generated || is_looked_for {
            return None;
        }
        let mut triggers = relation.triggers.iter();
        if triggers.any(|trigger| trigger.is_enabled && self.mentions_version(trigger)) {
            return None;
        }
        Some(self.error(
            Kind::VersionNotGenerated,
            format!(
                "no trigger makes {}, which the database is to generate: each save is refused",
                self.version_name()
            ),
            steps(
                "create the trigger of `optlock::trigger_sql`, or one of your own that gives each update of a row a new version",
            ),
        ))
    }
}

//! The version column.

use super::super::found::{Column, Relation};
use super::super::report::{Finding, Kind, Severity};
use super::fits::Misfit;
use super::{Rules, mended_by, steps};
use crate::backend::Database;
use crate::shape::Stored;

impl Rules<'_> {
    pub(super) fn version(&self, column: &Column, relation: &Relation) -> Vec<Finding> {
        let rules = [
            self.version_nullable(column, relation),
            self.version_misfit(column, relation),
            self.version_without_default(column),
            self.version_default_unstored(column),
            self.version_computed(column),
        ];
        rules.into_iter().flatten().collect()
    }

    fn version_nullable(&self, column: &Column, relation: &Relation) -> Option<Finding> {
        if self.shape.version.is_nullable || !column.is_nullable {
            return None;
        }
        let remedy = mended_by(
            self.set_not_null(column, relation),
            &self.not_null_by_hand(relation),
        );
        Some(self.error(
            Kind::VersionNullable,
            format!(
                "{} can be NULL, which equals nothing: such a row is never saved",
                self.version_name()
            ),
            remedy,
        ))
    }

    fn not_null_by_hand(&self, relation: &Relation) -> String {
        match self.database {
            Database::Sqlite => "SQLite adds no NOT NULL to a column: \
                 make a new table, and copy the rows (https://www.sqlite.org/lang_altertable.html#otheralter)"
                .to_owned(),
            Database::Postgres | Database::Mysql => keeping(
                "give the rows with NULL a first version, and make the column NOT NULL",
                relation,
            ),
        }
    }

    fn version_misfit(&self, column: &Column, relation: &Relation) -> Option<Finding> {
        let (name, ty) = (self.version_name(), &column.ty);
        let (kind, message) = match self.misfit(ty)? {
            Misfit::Type => (
                Kind::VersionType,
                format!(
                    "{name} is of the type {ty}, which does not hold each version of the model"
                ),
            ),
            Misfit::Precision => (
                Kind::VersionPrecision,
                format!("{name} is of the type {ty}, which cuts the timestamps of the model"),
            ),
        };
        // Between types of timestamps the session's time zone would be added.
        let is_kept = kind == Kind::VersionPrecision
            || matches!(self.shape.version.stored, Stored::Integer { .. });
        let remedy = mended_by(
            is_kept.then(|| self.set_type(column, relation)).flatten(),
            &keeping(
                "change the type of the column, or that of the model's field and of `table!`",
                relation,
            ),
        );
        Some(self.error(kind, message, remedy))
    }

    fn version_without_default(&self, column: &Column) -> Option<Finding> {
        if self.shape.version.is_nullable || column.default.is_some() {
            return None;
        }
        let is_integer = matches!(self.shape.version.stored, Stored::Integer { .. });
        let severity = if is_integer {
            Severity::Error
        } else {
            Severity::Hint
        };
        // That of another type is no version of the model.
        let is_settable = is_integer || self.misfit(&column.ty) != Some(Misfit::Type);
        let remedy = mended_by(
            self.set_default().filter(|_| is_settable),
            "let each program that inserts write the version, or give the column a default",
        );
        Some(self.finding(
            Kind::VersionWithoutDefault,
            severity,
            format!(
                "{} has no default: a program that does not know it inserts nothing",
                self.version_name()
            ),
            remedy,
        ))
    }

    fn version_computed(&self, column: &Column) -> Option<Finding> {
        // A save leaves the column alone that the database is to generate.
        let is_refused = column.is_computed && !self.shape.version.is_generated;
        is_refused.then(|| {
            self.error(
                Kind::VersionComputed,
                format!(
                    "{} is computed by the database, which refuses each save",
                    self.version_name()
                ),
                steps("make it a column with a default"),
            )
        })
    }
}

/// SQL of ours would drop what belongs to the column, or would fail.
fn keeping(steps: &str, relation: &Relation) -> String {
    match relation.kept.obstacles.as_slice() {
        [] => steps.to_owned(),
        obstacles => format!(
            "{steps}, and keep what belongs to it: {}",
            obstacles.join(", ")
        ),
    }
}

//! The version column.

use super::super::found::Column;
use super::super::report::{Finding, Kind, Remedy, Severity};
use super::fits::Misfit;
use super::{Rules, steps};
use crate::shape::Stored;

impl Rules<'_> {
    pub(super) fn version(&self, column: &Column) -> Vec<Finding> {
        let rules = [
            self.version_nullable(column),
            self.version_misfit(column),
            self.version_without_default(column),
        ];
        rules.into_iter().flatten().collect()
    }

    fn version_nullable(&self, column: &Column) -> Option<Finding> {
        if self.shape.version.is_nullable || !column.is_nullable {
            return None;
        }
        let remedy = self.mend_or(
            self.set_not_null(column),
            "SQLite adds no NOT NULL to a column: \
             make a new table, and copy the rows (https://www.sqlite.org/lang_altertable.html#otheralter)",
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

    fn version_misfit(&self, column: &Column) -> Option<Finding> {
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
        let remedy = self.mend_or(
            is_kept.then(|| self.set_type()).flatten(),
            "change the type of the column, or that of the model's field and of `table!`",
        );
        Some(self.error(kind, message, remedy))
    }

    fn version_without_default(&self, column: &Column) -> Option<Finding> {
        if self.shape.version.is_nullable || column.has_default {
            return None;
        }
        let severity = match self.shape.version.stored {
            Stored::Integer { .. } => Severity::Error,
            _ => Severity::Hint,
        };
        let remedy = self.mend_or(
            self.set_default(column),
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

    fn mend_or(&self, sql: Option<String>, otherwise: &str) -> Remedy {
        sql.map_or_else(|| steps(otherwise), Remedy::Sql)
    }
}

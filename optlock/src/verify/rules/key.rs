//! The primary key.

use super::super::found::Relation;
use super::super::report::{Finding, Kind, Remedy};
use super::{Rules, steps};
use crate::backend::Database;
use crate::trigger::short_name;

impl Rules<'_> {
    /// No unique index is within the columns by which a save finds its row: those of the key, and of a scope that
    /// cannot be NULL.
    pub(super) fn key_not_unique(&self, relation: &Relation) -> Option<Finding> {
        let is_same = self.is_same();
        let by_scope = self.scope_values(relation);
        let finds_by = |column: &String| {
            let mut columns = self.shape.key.iter().chain(&by_scope);
            columns.any(|name| is_same(name, column))
        };
        if relation
            .unique
            .iter()
            .any(|unique| unique.iter().all(finds_by))
        {
            return None;
        }
        let key = self.shape.key.join(", ");
        Some(self.error(
            Kind::KeyNotUnique,
            format!(
                "no unique index of {} is on its key ({key}), so that a save could write several rows",
                self.table_name()
            ),
            self.unique_index(relation),
        ))
    }

    fn scope_values(&self, relation: &Relation) -> Vec<String> {
        let values = self.shape.scope.iter().filter(|column| {
            let found = self.column(relation, column.name);
            column.has_value && found.is_some_and(|found| !found.is_nullable)
        });
        values.map(|column| column.name.to_owned()).collect()
    }

    /// It fails where rows have one key. Rows of two scopes may have one.
    fn unique_index(&self, relation: &Relation) -> Remedy {
        let scope = self.scope_values(relation);
        if scope.len()
            < self
                .shape
                .scope
                .iter()
                .filter(|column| column.has_value)
                .count()
        {
            return steps(
                "make the columns of the scope NOT NULL, and the key unique together with them",
            );
        }
        let (shape, database) = (self.shape, self.database);
        let name = short_name("optlock_key_", &shape.table);
        // In SQLite the index has the schema, and not the table.
        let (name, table) = match database {
            Database::Sqlite => (
                database.quote_in(shape.schema.as_deref(), &name),
                database.quote(&shape.table),
            ),
            _ => (database.quote(&name), self.quoted_table()),
        };
        let columns = scope.iter().chain(&shape.key);
        let columns = columns.map(|column| database.quote(column));
        let columns = columns.collect::<Vec<_>>().join(", ");
        Remedy::Sql(format!(
            "CREATE UNIQUE INDEX {name} ON {table} ({columns});"
        ))
    }
}

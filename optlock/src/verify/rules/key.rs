//! The primary key.

use super::super::found::{Relation, Unique};
use super::super::report::{Finding, Kind, Remedy};
use super::mend::alter_history;
use super::{Rules, steps};
use crate::backend::Database;
use crate::trigger::short_name;

impl Rules<'_> {
    /// No unique index is within the columns by which a save finds its row, or one is that is not reliable.
    pub(super) fn key(&self, relation: &Relation) -> Option<Finding> {
        let indexes = relation.unique.iter();
        let of_key: Vec<_> = indexes
            .filter(|unique| self.is_of_key(unique, relation))
            .collect();
        let mut key = self.shape.key.iter();
        if key.any(|name| self.column(relation, name).is_none()) {
            return None; // it is missing, which is reported
        }
        if of_key.is_empty() {
            return Some(self.key_not_unique(relation));
        }
        if of_key.iter().all(|unique| unique.is_renumbered) {
            return Some(self.key_renumbered());
        }
        // `ON CONFLICT` fails because of one, whatever other index there is.
        let immediate = of_key.iter().find_map(|unique| unique.immediate.as_ref())?;
        Some(self.key_deferrable(immediate))
    }

    /// The columns by which a save finds its row are those of the key, and of a scope that cannot be NULL, or whose NULLs
    /// are one value to the index.
    fn is_of_key(&self, unique: &Unique, relation: &Relation) -> bool {
        let is_same = self.is_same();
        let by_scope = self.scope_values(relation, unique.nulls_are_same);
        unique.columns.iter().all(|column| {
            let mut columns = self.shape.key.iter().chain(&by_scope);
            columns.any(|name| is_same(name, column))
        })
    }

    fn key_not_unique(&self, relation: &Relation) -> Finding {
        let key = self.shape.key.join(", ");
        self.error(
            Kind::KeyNotUnique,
            format!(
                "no unique index of {} is on its key ({key}), so that a save could write several rows",
                self.table_name()
            ),
            self.unique_index(relation),
        )
    }

    fn key_renumbered(&self) -> Finding {
        self.hint(
            Kind::KeyRenumbered,
            format!(
                "the key of {} is the rowid, and VACUUM gives the rows other ones: a save then writes another row",
                self.table_name()
            ),
            steps("give the table a column INTEGER PRIMARY KEY, and take it for the key"),
        )
    }

    /// No foreign key refers to a key that is deferrable, so that it can be made anew.
    fn key_deferrable(&self, immediate: &str) -> Finding {
        self.hint(
            Kind::KeyDeferrable,
            format!(
                "the key of {} is deferrable: `upsert_checked` cannot insert, and before a COMMIT two rows can have one key",
                self.table_name()
            ),
            Remedy::Sql(format!("ALTER TABLE {} {immediate};", self.quoted_table())),
        )
    }

    fn scope_values(&self, relation: &Relation, nulls_are_same: bool) -> Vec<String> {
        let values = self.shape.scope.iter().filter(|column| {
            let found = self.column(relation, column.name);
            let is_never_null = found.is_some_and(|found| !found.is_nullable);
            nulls_are_same || (column.has_value && is_never_null)
        });
        values.map(|column| column.name.to_owned()).collect()
    }

    /// It fails where rows have one key. Rows of two scopes may have one.
    fn unique_index(&self, relation: &Relation) -> Remedy {
        let scope = self.scope_values(relation, false);
        if scope.len()
            < self
                .shape
                .scope
                .iter()
                .filter(|column| column.has_value)
                .count()
        {
            return steps(
                "make the columns of the scope NOT NULL, and the key unique together with them \
                 (on PostgreSQL, from 15 on, an index with NULLS NOT DISTINCT does as well)",
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
            "{}CREATE UNIQUE INDEX {name} ON {table} ({columns});",
            alter_history(relation)
        ))
    }
}

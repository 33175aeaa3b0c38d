//! The SQL that mends a version column. Where a version may have any type, SQLite cannot alter a column, or the SQL would
//! drop what it does not know, there is none.

use super::super::found::{Column, Kept, Relation};
use super::Rules;
use super::fits::{Misfit, needed};
use crate::backend::Database;
use crate::shape::Stored;

impl Rules<'_> {
    pub(super) fn quoted_table(&self) -> String {
        let shape = self.shape;
        self.database
            .quote_in(shape.schema.as_deref(), &shape.table)
    }

    fn quoted_version(&self) -> String {
        self.database.quote(self.shape.version.column)
    }

    /// `ALTER TABLE .. ADD COLUMN ..`
    pub(super) fn add_version(&self, relation: &Relation) -> Option<String> {
        let (table, version) = (self.quoted_table(), self.quoted_version());
        let (ty, default) = (self.column_type()?, self.default()?);
        let is_constant = matches!(self.shape.version.stored, Stored::Integer { .. });
        // SQLite adds no other.
        if self.database == Database::Sqlite && !is_constant {
            return None;
        }
        let required = if self.shape.version.is_nullable {
            String::new()
        } else {
            format!(" NOT NULL DEFAULT {default}")
        };
        Some(format!(
            "{}ALTER TABLE {table} ADD COLUMN {version} {ty}{required};",
            alter_history(relation)
        ))
    }

    pub(super) fn set_not_null(&self, column: &Column, relation: &Relation) -> Option<String> {
        let (table, version) = (self.quoted_table(), self.quoted_version());
        let alter = match self.database {
            Database::Sqlite => return None,
            Database::Postgres => {
                format!("ALTER TABLE {table} ALTER COLUMN {version} SET NOT NULL;")
            }
            Database::Mysql => self.modify(&self.type_of(column)?, relation)?,
        };
        let default = self.default()?;
        Some(format!(
            "UPDATE {table} SET {version} = {default} WHERE {version} IS NULL;\n{alter}"
        ))
    }

    pub(super) fn set_type(&self, column: &Column, relation: &Relation) -> Option<String> {
        let (table, version) = (self.quoted_table(), self.quoted_version());
        let ty = self.column_type()?;
        match self.database {
            Database::Sqlite => None,
            Database::Postgres if !relation.kept.obstacles.is_empty() => None,
            Database::Postgres if column.is_identity() => Some(format!(
                "ALTER TABLE {table} ALTER COLUMN {version} TYPE {ty};"
            )),
            Database::Postgres => Some(format!(
                "ALTER TABLE {table} ALTER COLUMN {version} DROP DEFAULT, \
                 ALTER COLUMN {version} TYPE {ty} USING CAST({version} AS {ty}), \
                 ALTER COLUMN {version} SET DEFAULT {};",
                self.default()?
            )),
            Database::Mysql => self.modify(&ty, relation),
        }
    }

    pub(super) fn set_default(&self) -> Option<String> {
        let (table, version) = (self.quoted_table(), self.quoted_version());
        let default = self.default()?;
        (self.database != Database::Sqlite)
            .then(|| format!("ALTER TABLE {table} ALTER COLUMN {version} SET DEFAULT {default};"))
    }

    /// The default, and then the rows that have begun with another one.
    pub(super) fn set_first_version(&self) -> Option<String> {
        let (table, version) = (self.quoted_table(), self.quoted_version());
        let (set_default, default) = (self.set_default()?, self.default()?);
        let is_unstored = match self.shape.version.stored {
            Stored::Integer { .. } => format!("{version} < {default}"),
            Stored::Uuid => format!("{version} = '00000000-0000-0000-0000-000000000000'"),
            _ => return None,
        };
        Some(format!(
            "{set_default}\nUPDATE {table} SET {version} = {default} WHERE {is_unstored};"
        ))
    }

    /// The whole column, as MySQL and MariaDB want it.
    fn modify(&self, ty: &str, relation: &Relation) -> Option<String> {
        let Kept { clauses, obstacles } = &relation.kept;
        if !obstacles.is_empty() {
            return None;
        }
        let (table, version) = (self.quoted_table(), self.quoted_version());
        let required = if self.shape.version.is_nullable {
            String::new()
        } else {
            format!(" NOT NULL DEFAULT {}", self.default()?)
        };
        Some(format!(
            "{}ALTER TABLE {table} MODIFY {version} {ty}{required}{clauses};",
            alter_history(relation)
        ))
    }

    /// The type that the column has, unless it has to be another one.
    fn type_of(&self, column: &Column) -> Option<String> {
        let is_integer = matches!(self.shape.version.stored, Stored::Integer { .. });
        match self.misfit(&column.ty) {
            None => Some(column.ty.clone()),
            Some(Misfit::Type) if !is_integer => None,
            Some(_) => self.column_type(),
        }
    }

    /// A type that holds each version.
    fn column_type(&self) -> Option<String> {
        let version = &self.shape.version;
        let digits = needed(version.precision);
        let ty = match (self.database, version.stored) {
            (database, Stored::Integer { bits, is_signed }) => {
                return integer(database, bits, is_signed);
            }
            (Database::Postgres, Stored::Timestamp) => format!("timestamp({digits})"),
            (Database::Postgres, Stored::Zoned) => format!("timestamptz({digits})"),
            (Database::Postgres, Stored::Uuid) => "uuid".to_owned(),
            (Database::Mysql, Stored::Timestamp | Stored::Datetime) => {
                format!("DATETIME({digits})")
            }
            _ => return None,
        };
        Some(ty)
    }

    /// A first version.
    fn default(&self) -> Option<String> {
        let version = &self.shape.version;
        let default = match (self.database, version.stored) {
            (_, Stored::Integer { .. }) => version.first.unwrap_or(1).to_string(),
            (Database::Postgres, Stored::Timestamp) => {
                "(clock_timestamp() AT TIME ZONE 'UTC')".to_owned()
            }
            (Database::Postgres, Stored::Zoned) => "clock_timestamp()".to_owned(),
            (Database::Postgres, Stored::Uuid) => "gen_random_uuid()".to_owned(),
            // MySQL takes an expression in parentheses only.
            (Database::Mysql, Stored::Timestamp | Stored::Datetime) => {
                format!("(CURRENT_TIMESTAMP({}))", needed(version.precision))
            }
            _ => return None,
        };
        Some(default)
    }
}

/// MariaDB alters a table that keeps its history only if it is told so.
/// <https://mariadb.com/kb/en/system-versioned-tables/#system_versioning_alter_history>
pub(super) fn alter_history(relation: &Relation) -> &'static str {
    if relation.keeps_history {
        "SET STATEMENT system_versioning_alter_history = KEEP FOR "
    } else {
        ""
    }
}

fn integer(database: Database, bits: u32, is_signed: bool) -> Option<String> {
    let name = match bits {
        16 => "SMALLINT",
        32 => "INTEGER",
        _ => "BIGINT",
    };
    match (is_signed, database) {
        (true, _) => Some(name.to_owned()),
        (false, Database::Mysql) => Some(format!("{name} UNSIGNED")),
        (false, _) => None,
    }
}

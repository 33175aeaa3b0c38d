//! The table of leases: `migrations/lease/` in the package.

use crate::backend::Database;

/// Creates the table, unless it is there.
pub(super) fn up(database: Database) -> &'static str {
    match database {
        Database::Sqlite => include_str!("../../migrations/lease/sqlite/up.sql"),
        Database::Postgres => include_str!("../../migrations/lease/postgres/up.sql"),
        Database::Mysql => include_str!("../../migrations/lease/mysql/up.sql"),
    }
}

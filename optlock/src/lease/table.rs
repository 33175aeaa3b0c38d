//! The tables of leases and of presence: `migrations/lease/` in the package.

use crate::backend::Database;

/// Creates the tables, unless they are there.
pub(super) fn up(database: Database) -> &'static str {
    match database {
        Database::Sqlite => include_str!("../../migrations/lease/sqlite/up.sql"),
        Database::Postgres => include_str!("../../migrations/lease/postgres/up.sql"),
        Database::Mysql => include_str!("../../migrations/lease/mysql/up.sql"),
    }
}

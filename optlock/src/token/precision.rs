//! How much of a timestamp a column keeps.

/// The resolution of a timestamp column.
///
/// PostgreSQL's `timestamp` and `timestamptz` hold microseconds. MySQL's and MariaDB's `DATETIME`
/// and `TIMESTAMP` hold **seconds**, unless they say more: `DATETIME(3)` milliseconds,
/// `DATETIME(6)` microseconds. A timestamp is cut to the resolution before it is sent, so that
/// memory holds what the column holds.
///
/// ```
/// use chrono::NaiveDateTime;
/// use diesel::prelude::*;
/// use optlock::prelude::*;
///
/// diesel::table! {
///     notes {
///         id -> Integer,
///         text -> Text,
///         version -> BigInt,
///         updated_on -> Timestamp,
///     }
/// }
///
/// #[derive(Identifiable, AsChangeset, Versioned)]
/// struct Note {
///     id: i32,
///     text: String,
///     version: i64,
///     #[optlock(updated_on, precision = "millis")] // DATETIME(3)
///     updated_on: NaiveDateTime,
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut SqliteConnection::establish(":memory:")?;
/// # diesel::sql_query("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, version BIGINT, updated_on TIMESTAMP)").execute(conn)?;
/// # diesel::sql_query("INSERT INTO notes VALUES (1, '', 1, '2020-01-01 00:00:00')").execute(conn)?;
///
/// let mut note = Note { id: 1, text: "new".into(), version: 1, updated_on: NaiveDateTime::MIN };
/// note.save_checked(conn)?;
/// assert_eq!(note.updated_on, notes::table.select(notes::updated_on).first(conn)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Precision {
    /// 0.000001 s
    #[default]
    Micros,
    /// 0.001 s
    Millis,
    /// 1 s
    Seconds,
}

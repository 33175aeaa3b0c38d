//! What generated code calls for a timestamp, with the feature `chrono` and without.

#[cfg(feature = "chrono")]
use super::AuditStamp;
use super::Stamp;
use crate::token::Precision;
#[cfg(feature = "chrono")]
use crate::token::Timestamp;
use diesel::query_source::Column;
use diesel::sql_types::SqlType;

/// The clock where none is given.
#[cfg(feature = "chrono")]
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// A version that is a timestamp of a column with that resolution.
#[cfg(feature = "chrono")]
pub fn next_timestamp<T: Timestamp>(
    current: &T,
    precision: Precision,
    now: fn() -> chrono::DateTime<chrono::Utc>,
) -> Option<T> {
    current.next_at(now(), precision)
}

/// A field is a stamp, or our own words.
#[cfg(feature = "chrono")]
pub fn stamp<Col: Column<SqlType: SqlType>>(
    field: &mut impl AuditStamp,
    precision: Precision,
    now: fn() -> chrono::DateTime<chrono::Utc>,
) -> Option<Stamp<'_>> {
    Some(Stamp::new::<Col>(field, precision, now))
}

/// Without `chrono` no type is a stamp.
#[cfg(not(feature = "chrono"))]
#[diagnostic::on_unimplemented(
    message = "an audit stamp needs optlock's feature `chrono`",
    label = "not known without `chrono`",
    note = "in Cargo.toml: optlock = {{ version = \"..\", features = [\"chrono\"] }}"
)]
pub trait AuditStamp {}

/// No clock.
#[cfg(not(feature = "chrono"))]
pub fn now() {}

/// No timestamp.
#[cfg(not(feature = "chrono"))]
pub fn next_timestamp<T: AuditStamp, Now>(
    _current: &T,
    _precision: Precision,
    _now: Now,
) -> Option<T> {
    None
}

/// No stamp.
#[cfg(not(feature = "chrono"))]
pub fn stamp<Col: Column<SqlType: SqlType>, Now>(
    _field: &mut impl AuditStamp,
    _precision: Precision,
    _now: Now,
) -> Option<Stamp<'_>> {
    None
}

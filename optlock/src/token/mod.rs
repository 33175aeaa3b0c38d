//! What a version column holds.

mod integer;
#[cfg(feature = "chrono")]
pub(crate) mod timestamp;

/// A value of a version column: how it starts, how it moves on, and how it prints.
///
/// Implemented for `i16`, `i32`, `i64`, `u16`, `u32` and `u64`. (Diesel stores the unsigned ones in
/// MySQL's and MariaDB's `UNSIGNED` columns only.) A 64-bit integer is the recommendation: at a
/// million writes a second it lasts 292,000 years.
///
/// With the feature `chrono` also for `chrono::NaiveDateTime` (taken as UTC) and
/// `chrono::DateTime<Utc>`, which move on to the present time, but always by at least one
/// microsecond; in a column with another resolution by
/// `#[optlock(version, precision = "millis")]`, or `"seconds"`. Without it the column would cut off
/// what makes two versions differ: MySQL's and MariaDB's `DATETIME` holds seconds. An integer is
/// the better version.
///
/// # For implementors
///
/// The trait is open. A newtype that Diesel can store and load in the column is a token with these
/// rules:
///
/// - [`next`](Self::next) differs from the present value, and from each value that the row had
///   before. A value that comes back lets a stale holder of it overwrite the row unseen.
/// - [`next`](Self::next) returns `None` where no such value is left, and never wraps and never
///   panics. The save then fails with [`Error::VersionExhausted`](crate::Error::VersionExhausted),
///   and nothing is sent.
/// - Two tokens are equal exactly if the database finds them equal: `=` in SQL decides whether a
///   write hits, and `==` in Rust how its miss is explained.
///
/// ```
/// # use diesel::prelude::*;
/// use diesel::deserialize::FromSqlRow;
/// use diesel::expression::AsExpression;
/// use diesel::sql_types::BigInt;
/// use optlock::VersionToken;
///
/// #[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
/// #[diesel(sql_type = BigInt)]
/// struct Revision(i64);
///
/// # impl<DB> diesel::deserialize::FromSql<BigInt, DB> for Revision
/// # where DB: diesel::backend::Backend, i64: diesel::deserialize::FromSql<BigInt, DB> {
/// #     fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> { i64::from_sql(bytes).map(Revision) }
/// # }
/// # impl<DB> diesel::serialize::ToSql<BigInt, DB> for Revision
/// # where DB: diesel::backend::Backend, i64: diesel::serialize::ToSql<BigInt, DB> {
/// #     fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result { self.0.to_sql(out) }
/// # }
/// // .. with `FromSql` and `ToSql` that pass through to `i64`
///
/// impl VersionToken for Revision {
///     fn first() -> Self {
///         Revision(1)
///     }
///     fn next(&self) -> Option<Self> {
///         self.0.checked_add(1).map(Revision)
///     }
///     fn describe(&self) -> String {
///         self.0.to_string()
///     }
/// }
/// assert_eq!(Revision(4).next(), Some(Revision(5)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a version",
    label = "not a version token",
    note = "use an integer (`i64` is the best choice), or implement `optlock::VersionToken` for your own type"
)]
pub trait VersionToken: Clone + PartialEq + 'static {
    /// The version of a row that was just inserted: what the column's `DEFAULT` should be.
    fn first() -> Self;

    /// The version after this one, or `None` if this is the last.
    fn next(&self) -> Option<Self>;

    /// The token as it stands in messages: "expected version 3, found 5".
    fn describe(&self) -> String;
}

//! What a version column holds.

mod integer;
mod nullable;
mod precision;
#[cfg(feature = "chrono")]
pub(crate) mod timestamp;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(feature = "uuid")]
pub use self::uuid::{UuidBytes, UuidText};
pub use precision::Precision;
#[cfg(feature = "chrono")]
pub use timestamp::Timestamp;

/// The type of a version: how it starts, how it advances, and how it prints.
///
/// optlock implements it for integers (`i64` is the recommendation), `Option` of an integer, UUIDs and
/// timestamps. [Tokens](crate::guide::tokens) lists their columns on each database, and when to take
/// which. The rules of a timestamp are those of [`Timestamp`](crate::Timestamp).
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
///   write hits, and `==` in Rust how its miss is explained. If a token has several spellings that
///   the database tells apart, they are equal, and [`is_same_text`](Self::is_same_text) tells them
///   apart too.
/// - A token that can be NULL says so: [`NULLABLE`](Self::NULLABLE) and
///   [`is_null`](Self::is_null). In SQL nothing equals NULL, so that a write would never hit.
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
    note = "use an integer (`i64` is the best choice, `Option<i64>` where the column is nullable), or implement `optlock::VersionToken` for your own type",
    note = "for timestamps and UUIDs, optlock's feature `chrono` or `uuid` must be on"
)]
pub trait VersionToken: Clone + PartialEq + 'static {
    /// The version of a row that was just inserted: what the column's `DEFAULT` should be.
    fn first() -> Self;

    /// The version after this one, or `None` if this is the last.
    fn next(&self) -> Option<Self>;

    /// The token as messages print it: "expected version 3, found 5".
    fn describe(&self) -> String;

    /// Is the other token, which equals this one, stored in the same spelling? A checked write whose
    /// row has the expected version in another spelling is sent once more, with the spelling of the
    /// row. A UUID in a column of text (`UuidText`) has several spellings; other types have one for
    /// each value.
    fn is_same_text(&self, _other: &Self) -> bool {
        true
    }

    /// Can a token of this type be NULL?
    const NULLABLE: bool = false;

    /// Is this one NULL? Only asked if [`NULLABLE`](Self::NULLABLE).
    fn is_null(&self) -> bool {
        false
    }
}

//! What a version column holds.

mod integer;
mod nullable;
mod precision;
#[cfg(feature = "chrono")]
pub(crate) mod timestamp;
mod unstored;
#[cfg(feature = "uuid")]
mod uuid;
mod value;

#[cfg(feature = "uuid")]
pub use self::uuid::{UuidBytes, UuidText};
pub use precision::Precision;
#[cfg(feature = "chrono")]
pub use timestamp::Timestamp;
pub use unstored::Unstored;
pub use value::VersionValue;

/// The type of a version: how it starts, how it advances, and how it is written as text.
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
/// - [`decode`](Self::decode) returns what [`encode`](Self::encode) wrote, and accepts nothing else.
///   The text never changes: texts of an old program come back from forms and caches to a new one. It
///   is safest to pass both through to the type inside.
///
/// ```
/// # use diesel::prelude::*;
/// use diesel::deserialize::FromSqlRow;
/// use diesel::expression::AsExpression;
/// use diesel::sql_types::BigInt;
/// use optlock::{VersionToken, VersionValue};
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
///     fn encode(&self) -> String {
///         self.0.encode()
///     }
///     fn decode(text: &str) -> Option<Self> {
///         i64::decode(text).map(Revision)
///     }
///     fn describe(&self) -> VersionValue {
///         self.0.into() // a number, not its text
///     }
///     const ORDERED: bool = true; // which grows
/// }
/// assert_eq!(Revision(4).next(), Some(Revision(5)));
/// assert_eq!(Revision::decode(&Revision(4).encode()), Some(Revision(4)));
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

    /// The token as a text that a client keeps and sends back: in a hidden field of a form, or in an
    /// `ETag`. [`decode`](Self::decode) reads it.
    ///
    /// - Different tokens have different texts. So do two spellings of one token
    ///   ([`is_same_text`](Self::is_same_text)).
    /// - The text never changes, not with a new version of the program.
    /// - It is ASCII without spaces, quotes, commas and control characters, as an `ETag` needs it.
    ///
    /// | token | text |
    /// |---|---|
    /// | an integer | `42` |
    /// | an `Option` of an integer | `42`, or `null` |
    /// | `uuid::Uuid`, [`UuidBytes`](crate::UuidBytes) | `67e55044-10b1-426f-9247-bb680e5fe0c8` |
    /// | [`UuidText`](crate::UuidText) | the text in its column, in its own spelling |
    /// | `NaiveDateTime`, `DateTime<Utc>` | `2016-12-31T23:59:59.999999`, in UTC, with 0, 3, 6 or 9 digits behind the point |
    ///
    /// A year after 9999 or before 0 has a sign, `+12345-01-01T00:00:00`, and a leap second an `L` at
    /// its end: `2016-12-31T23:59:59.500L` is half a second after 23:59:60.
    fn encode(&self) -> String;

    /// The token whose text [`encode`](Self::encode) has written, or `None` for any other text. It is
    /// strict: `+1`, `01` and a UUID in upper case are no tokens.
    ///
    /// ```
    /// use optlock::VersionToken as _;
    ///
    /// assert_eq!(i64::decode("42"), Some(42));
    /// assert_eq!(i64::decode("042"), None);
    /// assert_eq!(Option::<i64>::decode("null"), Some(None));
    /// ```
    fn decode(text: &str) -> Option<Self>;

    /// The token as an error holds it and messages print it: "expected version 3, found 5". Where the
    /// token is a counter, this should be the number: `self.0.into()` for a newtype of an integer.
    fn describe(&self) -> VersionValue {
        VersionValue::Text(self.encode())
    }

    /// Is the other token, which equals this one, stored in the same spelling? A checked write whose
    /// row has the expected version in another spelling is sent once more, with the spelling of the
    /// row. A UUID in a column of text (`UuidText`) has several spellings; other types have one for
    /// each value.
    fn is_same_text(&self, _other: &Self) -> bool {
        true
    }

    /// Is each token that [`next`](Self::next) returns one of its own, which no other call of it returns, in no
    /// program? True of UUIDs, which are random. Such a token proves by whom a row was written:
    /// [`Resolved::Landed`](crate::Resolved::Landed).
    const UNIQUE: bool = false;

    /// Is each token that [`next`](Self::next) returns greater than the one before, as the number that
    /// [`describe`](Self::describe) returns of it? True of integers. A row with a smaller number than expected is then
    /// reported as [behind](crate::Error::is_behind), and not as a conflict. Leave it `false` for a token that
    /// counts down, skips back or begins anew, and for a time, which goes back where two clocks differ.
    ///
    /// It counts for nothing in a model whose version [the database makes](crate::guide::generated_versions).
    const ORDERED: bool = false;

    /// Can a token of this type be NULL?
    const NULLABLE: bool = false;

    /// Is this one NULL? Only asked if [`NULLABLE`](Self::NULLABLE).
    fn is_null(&self) -> bool {
        false
    }
}

/// Keeps a token that was read from `text` only if this is the text that it writes.
fn exactly<T: VersionToken>(token: T, text: &str) -> Option<T> {
    (token.encode() == text).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::VersionToken;
    use std::fmt::Debug;

    /// Whoever changes a text breaks each form and each cache that has one.
    #[track_caller]
    fn pin<T: VersionToken + Debug>(token: T, text: &str) {
        assert_eq!(token.encode(), text);
        assert_eq!(T::decode(text), Some(token));
    }

    #[track_caller]
    fn refuse<T: VersionToken + Debug>(texts: &[&str]) {
        for text in texts {
            assert_eq!(T::decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn integers_are_decimal_digits() {
        pin(42_i16, "42");
        pin(-7_i32, "-7");
        pin(i64::MAX, "9223372036854775807");
        pin(i64::MIN, "-9223372036854775808");
        pin(0_u16, "0");
        pin(7_u32, "7");
        pin(u64::MAX, "18446744073709551615");
        let never_written = [
            "",
            "+1",
            "01",
            "00",
            "-0",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "1_000",
            "--1",
            "-",
            "null",
            "NULL",
            "9223372036854775808",
            "\u{661}",
        ];
        refuse::<i64>(&never_written);
        refuse::<u32>(&["-1", "4294967296"]);
    }

    #[test]
    fn of_optlocks_tokens_integers_alone_have_an_order() {
        let integers = [i16::ORDERED, i32::ORDERED, i64::ORDERED];
        assert_eq!(integers, [true; 3]);
        let unsigned = [u16::ORDERED, u32::ORDERED, u64::ORDERED];
        assert_eq!(unsigned, [true; 3]);
        assert_eq!([Option::<i64>::ORDERED], [true]);
        #[cfg(feature = "uuid")]
        {
            use super::{UuidBytes, UuidText};
            let uuids = [::uuid::Uuid::ORDERED, UuidBytes::ORDERED, UuidText::ORDERED];
            assert_eq!(uuids, [false; 3]);
        }
        #[cfg(feature = "chrono")]
        {
            use chrono::{DateTime, NaiveDateTime, Utc};
            assert_eq!(
                [NaiveDateTime::ORDERED, DateTime::<Utc>::ORDERED],
                [false; 2]
            );
        }
    }

    #[test]
    fn null_is_a_word() {
        pin(None::<i64>, "null");
        pin(Some(0_i64), "0");
        pin(Some(-1_i32), "-1");
        pin(Some(u64::MAX), "18446744073709551615");
        refuse::<Option<i64>>(&[
            "", "NULL", "Null", " null", "none", "+1", "01", "-0", "Some(1)",
        ]);
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids_are_hyphenated_and_lower_case() {
        use super::{UuidBytes, UuidText};
        use ::uuid::Uuid;

        let uuid = Uuid::from_u128(0x67E5_5044_10B1_426F_9247_BB68_0E5F_E0C8);
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        pin(uuid, text);
        pin(UuidBytes::from(uuid), text);
        pin(UuidText::from(uuid), text);
        let other_spellings = [
            "67E55044-10B1-426F-9247-BB680E5FE0C8",
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
        ];
        refuse::<Uuid>(&other_spellings);
        refuse::<UuidBytes>(&other_spellings);
        for spelling in other_spellings {
            let token = UuidText::decode(spelling).unwrap();
            assert_eq!(token.as_str(), spelling);
            assert_eq!(token.encode(), spelling);
        }
        let none = [
            "",
            "5",
            " 67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67e55044-10b1-426f-9247-bb680e5fe0c",
        ];
        refuse::<Uuid>(&none);
        refuse::<UuidText>(&none);
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn timestamps_are_dates_and_times_in_utc() {
        use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike as _, Utc};

        let time = |year, nano| {
            let date = NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
            date.and_hms_nano_opt(23, 59, 59, nano).unwrap()
        };
        pin(time(2016, 0), "2016-12-31T23:59:59");
        pin(time(2016, 500_000_000), "2016-12-31T23:59:59.500");
        pin(time(2016, 999_999_000), "2016-12-31T23:59:59.999999");
        pin(time(2016, 999_999_999), "2016-12-31T23:59:59.999999999");
        pin(time(2016, 0).and_utc(), "2016-12-31T23:59:59");
        pin(time(33, 0), "0033-12-31T23:59:59");
        pin(time(0, 0), "0000-12-31T23:59:59");
        pin(time(-44, 0), "-0044-12-31T23:59:59");
        pin(time(12_345, 0), "+12345-12-31T23:59:59");
        pin(time(2016, 1_000_000_000), "2016-12-31T23:59:59L");
        pin(time(2016, 1_500_000_000), "2016-12-31T23:59:59.500L");
        // chrono lets any second be one.
        let leap = time(2016, 0)
            .with_second(7)
            .unwrap()
            .with_nanosecond(1_500_000_000);
        pin(leap.unwrap(), "2016-12-31T23:59:07.500L");
        let never_written = [
            "",
            "2016-12-31 23:59:59",
            "2016-12-31T23:59:59Z",
            "2016-12-31T23:59:59+00:00",
            "2016-12-31T23:59:59.5",
            "2016-12-31T23:59:59.000",
            "2016-12-31T23:59:59.9999999999",
            "2016-12-31T23:59:60",
            "2016-12-31T23:59:60.500L",
            "2016-12-31T23:59:59LL",
            "2016-12-31T23:59:59l",
            " 2016-12-31T23:59:59",
            "2016-12-31T23:59:59 ",
            "+2016-12-31T23:59:59",
            "-0000-12-31T23:59:59",
            "2016-12-31T23:59",
            "2016-02-30T23:59:59",
            "2016-1-1T0:0:0",
        ];
        refuse::<NaiveDateTime>(&never_written);
        refuse::<DateTime<Utc>>(&never_written);
    }
}

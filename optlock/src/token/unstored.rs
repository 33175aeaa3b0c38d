//! Versions that say that a value was never stored.

use super::VersionToken;
use super::integer::Counter;

/// A token that can say that a value in memory was never stored: by a version that no row has.
///
/// An [`upsert_checked`](crate::VersionedDsl::upsert_checked) inserts a value of this version, and saves any other.
/// **No row of the table may have it**, or a value that was loaded looks like a new one: a deleted row is then inserted
/// again. The versions of a table begin at [`first`](VersionToken::first), which should be the column's `DEFAULT`.
///
/// | token | not stored yet |
/// |---|---|
/// | an integer | `0` |
/// | an `Option` of an integer | `Some(0)`. `None` is the version of a row from before the column was added |
/// | `uuid::Uuid`, [`UuidBytes`](crate::UuidBytes), [`UuidText`](crate::UuidText) | the nil UUID |
/// | `NaiveDateTime`, `DateTime<Utc>` | the first time of chrono, `NaiveDateTime::MIN`, which no database stores |
///
/// A token of your own needs an impl, unless it cannot say so:
///
/// ```
/// use optlock::{Unstored, VersionToken};
///
/// # #[derive(Clone, PartialEq)]
/// struct Revision(i64);
/// # impl VersionToken for Revision {
/// #     fn first() -> Self { Revision(1) }
/// #     fn next(&self) -> Option<Self> { self.0.checked_add(1).map(Revision) }
/// #     fn encode(&self) -> String { self.0.encode() }
/// #     fn decode(text: &str) -> Option<Self> { i64::decode(text).map(Revision) }
/// # }
///
/// impl Unstored for Revision {
///     fn unstored() -> Self {
///         Revision(0)
///     }
/// }
/// assert!(Revision(0).is_unstored());
/// assert!(!Revision::first().is_unstored());
/// ```
#[diagnostic::on_unimplemented(
    message = "a version of the type `{Self}` cannot say that a value was never stored",
    label = "has no value that no row has",
    note = "implement `optlock::Unstored` for it if it has one; else insert with Diesel, and save with `save_checked`"
)]
pub trait Unstored: VersionToken {
    /// The version of a value that was never stored. It is the same at each call, and no row has it.
    fn unstored() -> Self;

    /// Was the value with this version never stored?
    fn is_unstored(&self) -> bool {
        *self == Self::unstored()
    }
}

macro_rules! unstored {
    ($($token:ty)* = $unstored:expr) => {$(
        impl Unstored for $token {
            fn unstored() -> Self {
                $unstored
            }
        }
    )*};
}

unstored!(i16 i32 i64 u16 u32 u64 = 0);

/// NULL is the version of a row from before the column was added.
#[diagnostic::do_not_recommend]
impl<T: Counter + Unstored> Unstored for Option<T> {
    fn unstored() -> Self {
        Some(T::unstored())
    }
}

#[cfg(feature = "uuid")]
unstored!(uuid::Uuid = uuid::Uuid::nil());

#[cfg(feature = "uuid")]
unstored!(super::UuidBytes super::UuidText = uuid::Uuid::nil().into());

#[cfg(feature = "chrono")]
unstored!(chrono::NaiveDateTime = chrono::NaiveDateTime::MIN);

#[cfg(feature = "chrono")]
unstored!(chrono::DateTime<chrono::Utc> = chrono::DateTime::<chrono::Utc>::MIN_UTC);

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "uuid")]
    use crate::token::{UuidBytes, UuidText};
    use std::fmt::Debug;

    /// A form that shows a value which was never stored brings its version back, and what is stored has another one.
    #[track_caller]
    fn obeys_the_laws<T: Unstored + Debug>() {
        let unstored = T::unstored();
        assert!(unstored.is_unstored() && !T::first().is_unstored());
        assert!(!T::NULLABLE || !unstored.is_null());
        let first = unstored.next().unwrap();
        assert!(!first.is_unstored() && !first.next().unwrap().is_unstored());
        let decoded = T::decode(&unstored.encode()).unwrap();
        assert!(decoded.is_unstored());
        assert!(decoded.is_same_text(&unstored));
    }

    #[test]
    fn each_token_can_say_that_a_value_was_never_stored() {
        obeys_the_laws::<i16>();
        obeys_the_laws::<i32>();
        obeys_the_laws::<i64>();
        obeys_the_laws::<u16>();
        obeys_the_laws::<u32>();
        obeys_the_laws::<u64>();
        obeys_the_laws::<Option<i64>>();
        #[cfg(feature = "uuid")]
        {
            obeys_the_laws::<uuid::Uuid>();
            obeys_the_laws::<UuidBytes>();
            obeys_the_laws::<UuidText>();
        }
        #[cfg(feature = "chrono")]
        {
            obeys_the_laws::<chrono::NaiveDateTime>();
            obeys_the_laws::<chrono::DateTime<chrono::Utc>>();
        }
    }

    #[test]
    fn the_versions_of_new_rows_begin_at_the_first() {
        assert_eq!(i64::unstored().next(), Some(i64::first()));
        assert_eq!(Option::<i64>::unstored().next(), Some(Some(1)));
    }

    /// A row from before the column was added is one that is there.
    #[test]
    fn null_is_the_version_of_a_row() {
        assert!(!None::<i64>.is_unstored());
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn each_spelling_of_the_nil_uuid_says_so() {
        let spelled: UuidText = "00000000000000000000000000000000".parse().unwrap();
        assert!(spelled.is_unstored());
    }
}

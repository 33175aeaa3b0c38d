//! A version without its type.

use std::fmt;

/// A version as an error holds it, whatever its type: [`VersionToken::describe`](crate::VersionToken::describe)
/// makes it. A counter stays a number, so that a handler need not parse a message.
///
/// Its `Display` is what messages print: `NULL`, the number or the text.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::{Error, Found, VersionValue};
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # diesel::update(contacts::table).set(contacts::version.eq(5)).execute(conn)?;
/// // .. another client saves the row until its version is 5 ..
/// let Err(Error::ConcurrentModification(conflict)) = ann.save_checked(conn) else {
///     panic!("the row was changed")
/// };
/// let Found::Modified { version } = conflict.found() else { panic!("the row is there") };
/// let saves = version.as_number().zip(conflict.expected().and_then(VersionValue::as_number));
/// assert_eq!(saves.map(|(found, expected)| found - expected), Some(4));
/// assert_eq!(version.to_string(), "5");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VersionValue {
    /// NULL, in a nullable column.
    Null,
    /// A counter.
    Number(i128),
    /// A token of any other type, as messages print it: a UUID, a timestamp.
    Text(String),
}

impl VersionValue {
    /// The number, if the version is one.
    pub fn as_number(&self) -> Option<i128> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// Is it a smaller number than the other one? [`AnyRow::is_older`](crate::error::AnyRow) knows whether that means
    /// anything.
    pub(crate) fn is_smaller_than(&self, other: &Self) -> bool {
        self.as_number()
            .zip(other.as_number())
            .is_some_and(|(this, other)| this < other)
    }
}

impl fmt::Display for VersionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

macro_rules! number {
    ($($integer:ty)*) => {$(
        impl From<$integer> for VersionValue {
            fn from(number: $integer) -> Self {
                Self::Number(number.into())
            }
        }
    )*};
}

number!(i8 i16 i32 i64 i128 u8 u16 u32 u64);

impl From<&str> for VersionValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for VersionValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_messages_do() {
        assert_eq!(VersionValue::Null.to_string(), "NULL");
        assert_eq!(VersionValue::from(-7).to_string(), "-7");
        assert_eq!(VersionValue::from("r7").to_string(), "r7");
    }

    #[test]
    fn only_numbers_have_an_order() {
        let number = VersionValue::from;
        assert!(number(2).is_smaller_than(&number(3)));
        assert!(number(-1).is_smaller_than(&number(0)));
        assert!(!number(3).is_smaller_than(&number(3)));
        assert!(!number(4).is_smaller_than(&number(3)));
        let (early, late) = ("2016-12-31T23:59:59", "2017-01-01T00:00:00");
        assert!(!VersionValue::from(early).is_smaller_than(&late.into()));
        assert!(!VersionValue::Null.is_smaller_than(&number(3)));
        assert!(!number(2).is_smaller_than(&"3".into()));
    }

    #[test]
    fn only_a_number_is_one() {
        assert_eq!(
            VersionValue::from(u64::MAX).as_number(),
            Some(u64::MAX.into())
        );
        assert_eq!(
            VersionValue::from(i64::MIN).as_number(),
            Some(i64::MIN.into())
        );
        assert_eq!(VersionValue::from("7").as_number(), None);
        assert_eq!(VersionValue::Null.as_number(), None);
    }
}

//! A column that was added to a table later, and is NULL in the rows from before.

use super::integer::Counter;
use super::{VersionToken, VersionValue};

/// The text of NULL. No number has it.
const NULL: &str = "null";

/// NULL comes before the first version.
#[diagnostic::do_not_recommend]
impl<T: Counter> VersionToken for Option<T> {
    fn first() -> Self {
        Some(T::first())
    }

    fn next(&self) -> Option<Self> {
        match self {
            None => Some(Self::first()),
            Some(version) => version.next().map(Some),
        }
    }

    fn encode(&self) -> String {
        self.as_ref().map_or_else(|| NULL.to_owned(), T::encode)
    }

    fn decode(text: &str) -> Option<Self> {
        match text {
            NULL => Some(None),
            number => T::decode(number).map(Some),
        }
    }

    fn describe(&self) -> VersionValue {
        self.as_ref().map_or(VersionValue::Null, T::describe)
    }

    const ORDERED: bool = T::ORDERED;

    const NULLABLE: bool = true;

    fn is_null(&self) -> bool {
        self.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::{VersionToken, VersionValue};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_version_comes_back_from_its_text(version in proptest::option::of(-2..=2_i16)) {
            prop_assert_eq!(VersionToken::decode(&version.encode()), Some(version));
        }

        #[test]
        fn two_versions_have_two_texts(
            one in proptest::option::of(-2..=2_i16),
            other in proptest::option::of(-2..=2_i16),
        ) {
            prop_assert_eq!(one.encode() == other.encode(), one == other);
        }
    }

    #[test]
    fn the_first_version_follows_null() {
        assert_eq!(None::<i64>.next(), Some(Some(1)));
        assert_eq!(Some(1_i64).next(), Some(Some(2)));
        assert_eq!(Some(i64::MAX).next(), None);
    }

    #[test]
    fn a_version_is_described_as_its_number() {
        assert_eq!(Some(7_i32).describe(), VersionValue::Number(7));
        assert_eq!(None::<i32>.describe(), VersionValue::Null);
    }
}

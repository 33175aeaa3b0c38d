//! Counters. Checked, because a version that wraps would match a stale value.

use super::{VersionToken, VersionValue, exactly};

/// The integers.
pub trait Counter: VersionToken {}

macro_rules! counter {
    ($($integer:ty)*) => {$(
        impl Counter for $integer {}

        impl VersionToken for $integer {
            fn first() -> Self {
                1
            }

            fn next(&self) -> Option<Self> {
                self.checked_add(1)
            }

            fn encode(&self) -> String {
                self.to_string()
            }

            fn decode(text: &str) -> Option<Self> {
                exactly(text.parse().ok()?, text)
            }

            fn describe(&self) -> VersionValue {
                (*self).into()
            }

            const ORDERED: bool = true;
        }
    )*};
}

counter!(i16 i32 i64 u16 u32 u64);

#[cfg(test)]
mod tests {
    use super::VersionToken;
    use proptest::prelude::*;

    macro_rules! laws {
        ($($integer:ident)*) => {$(
            mod $integer {
                use super::*;

                proptest! {
                    #[test]
                    fn the_next_version_is_greater_or_there_is_none(version: $integer) {
                        match version.next() {
                            Some(next) => prop_assert!(next > version),
                            None => prop_assert_eq!(version, $integer::MAX),
                        }
                    }

                    #[test]
                    fn a_version_comes_back_from_its_text(version: $integer) {
                        prop_assert_eq!(version.encode().parse(), Ok(version));
                        prop_assert_eq!(VersionToken::decode(&version.encode()), Some(version));
                    }

                    #[test]
                    fn a_version_is_described_as_its_number(version: $integer) {
                        prop_assert_eq!(version.describe().as_number(), Some(version.into()));
                    }

                    #[test]
                    fn only_what_was_written_is_read(text in "[-+ 0-9]{0,4}") {
                        if let Some(version) = <$integer as VersionToken>::decode(&text) {
                            prop_assert_eq!(version.encode(), text);
                        }
                    }
                }

                #[test]
                fn the_maximum_has_no_next() {
                    assert_eq!($integer::MAX.next(), None);
                    assert_eq!(($integer::MAX - 1).next(), Some($integer::MAX));
                }

                #[test]
                fn the_first_version_is_one() {
                    assert_eq!(<$integer as VersionToken>::first(), 1);
                }
            }
        )*};
    }

    laws!(i16 i32 i64 u16 u32 u64);
}

//! The order of keys, as far as errors print them.

/// A key, as its `Debug` prints it, in an order that all clients of this program have. That of integers is the database's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyOrder {
    /// `7` or `(7, 8)`
    Integers(Vec<i128>),
    /// Any other text.
    Text(String),
}

impl KeyOrder {
    pub(crate) fn of(key: &str) -> Self {
        let tuple = key.strip_prefix('(').and_then(|key| key.strip_suffix(')'));
        let parts = tuple.unwrap_or(key).split(", ");
        let integers: Option<_> = parts.map(|part| part.parse().ok()).collect();
        integers.map_or_else(|| Self::Text(key.to_owned()), Self::Integers)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyOrder::{self, Integers, Text};

    #[test]
    fn integers_have_the_order_of_numbers() {
        for (key, expected) in [
            ("7", Some(vec![7])),
            ("-7", Some(vec![-7])),
            ("18446744073709551615", Some(vec![u64::MAX.into()])),
            ("(7, 8)", Some(vec![7, 8])),
            ("", None),
            ("()", None),
            ("(7, true)", None),
            ("UserId(7)", None),
            ("\"7\"", None),
        ] {
            let expected = expected.map_or_else(|| Text(key.to_owned()), Integers);
            assert_eq!(KeyOrder::of(key), expected, "{key}");
        }
        assert!(KeyOrder::of("9") < KeyOrder::of("10"));
        assert!(KeyOrder::of("-2") < KeyOrder::of("-1"));
        assert!(KeyOrder::of("(1, 9)") < KeyOrder::of("(1, 10)"));
    }
}

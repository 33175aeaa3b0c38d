//! What a client may send, beyond what serde and axum check.

use serde::{Deserialize, Deserializer};
use std::fmt;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The key of a contact, which a PUT chooses: what a path can have without escapes, so that all databases compare it in
/// the same way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Key(pub String);

/// As the document has it.
impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        let key = ObjectBuilder::new().schema_type(Type::String);
        key.pattern(Some("^[a-z0-9-]{1,36}$")).into()
    }
}

impl ToSchema for Key {}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=36).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text))
        } else {
            Err("a key has 1 to 36 characters: a to z, 0 to 9 and hyphens")
        }
    }
}

/// A line of text. (PostgreSQL stores no NUL, and MySQL has a limit for each column: better a 422 here than a 500 there.)
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Line<const MAX: usize>(pub String);

/// As the document has it.
impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        let line = ObjectBuilder::new().schema_type(Type::String);
        let line = line.min_length(Some(1)).max_length(Some(MAX));
        line.pattern(Some(r"^[^\u0000-\u001F\u007F-\u009F]*$"))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {}

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = Unfit<MAX>;

    fn try_from(text: String) -> Result<Self, Unfit<MAX>> {
        let is_fit = (1..=MAX).contains(&text.chars().count()) && !text.contains(char::is_control);
        if is_fit { Ok(Self(text)) } else { Err(Unfit) }
    }
}

/// Why a text is no [`Line`].
#[derive(Debug)]
pub struct Unfit<const MAX: usize>;

impl<const MAX: usize> fmt::Display for Unfit<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected 1 to {MAX} characters without line breaks")
    }
}

/// A field that has to be there, although it may be null. serde alone reads an `Option` that is absent as `None`, and a PUT
/// without it would make the column NULL by accident.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer)
}

/// A field that may be absent, but not null. serde alone reads null as absent, and a PATCH would leave the column alone
/// that the client wanted to be empty.
pub(crate) fn not_null<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_each_database_compares_in_the_same_way() {
        for text in ["ann", "7", "0f8b2f4e-9a6c-4c8e-8b43-0d6a6f0c7a11"] {
            assert_eq!(Key::try_from(text.to_owned()), Ok(Key(text.to_owned())));
        }
        for text in ["", "Ann", "ann ", "ann\0", "änn", &"a".repeat(37)] {
            assert!(Key::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_line_is_what_each_database_stores() {
        for text in ["Ann", "änn", "Ann \u{1f600}"] {
            assert_eq!(Line::<5>::try_from(text.to_owned()).unwrap().0, text);
        }
        for text in ["", "Ann\0", "Ann\n", "Ann B."] {
            let unfit = Line::<5>::try_from(text.to_owned()).unwrap_err();
            let message = "expected 1 to 5 characters without line breaks";
            assert_eq!(unfit.to_string(), message, "{text:?}");
        }
    }
}

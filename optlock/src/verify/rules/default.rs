//! The default of the version column: no row may begin with a version that says "never stored".

use super::super::found::Column;
use super::super::report::{Finding, Kind};
use super::fits::{is_uuid_bytes, is_uuid_text};
use super::{Rules, mended_by};
use crate::shape::{Stored, VersionShape};

impl Rules<'_> {
    pub(super) fn version_default_unstored(&self, column: &Column) -> Option<Finding> {
        let default = column.default.as_ref()?;
        if !is_unstored(&self.shape.version, default) {
            return None;
        }
        let remedy = mended_by(
            self.set_first_version(),
            "give the column another default (or none, if each program that inserts writes the version), \
             and a first version to the rows that have this one",
        );
        Some(self.error(
            Kind::VersionDefaultUnstored,
            format!(
                "{} has the default {default}: `upsert_checked` takes a row that begins so for one that was never stored, \
                 and inserts it again when it was deleted",
                self.version_name()
            ),
            remedy,
        ))
    }
}

/// Is the default a version that no row may have, or one that leads to it? Of an expression nobody knows.
///
/// What a token of the user's takes for "never stored" is not known either. An integer counts up from its first version.
fn is_unstored(version: &VersionShape, default: &str) -> bool {
    let value = value(default);
    match version.stored {
        Stored::Integer { .. } => {
            let compared = number(value).zip(version.first);
            compared.is_some_and(|(default, first)| default < first)
        }
        Stored::Uuid => is_nil_text(value),
        _ if is_uuid_text(version) => is_nil_text(value),
        _ if is_uuid_bytes(version) => is_nil_bytes(value),
        _ => false,
    }
}

/// The value of a literal, without PostgreSQL's casts, and without parentheses and quotes: 0 of `('0'::text)::bigint`.
fn value(literal: &str) -> &str {
    let mut value = literal.trim();
    while let Some(inner) = without_cast(value).or_else(|| without_parentheses(value)) {
        value = inner.trim();
    }
    let quoted = value.strip_prefix(['x', 'X']).unwrap_or(value);
    let unquoted = quoted
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    unquoted.unwrap_or(value)
}

/// Behind a cast of the whole stands nothing but a type.
fn without_cast(text: &str) -> Option<&str> {
    let (value, ty) = text.rsplit_once("::")?;
    let is_of_type = |char: char| char.is_alphanumeric() || "_\". ()".contains(char);
    (is_balanced(ty) && ty.chars().all(is_of_type)).then_some(value)
}

fn without_parentheses(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    is_balanced(inner).then_some(inner)
}

/// Is each parenthesis closed in it, and none that it does not open?
fn is_balanced(text: &str) -> bool {
    let depth = text.chars().try_fold(0_u32, |depth, char| match char {
        '(' => depth.checked_add(1),
        ')' => depth.checked_sub(1),
        _ => Some(depth),
    });
    depth == Some(0)
}

/// As SQLite keeps what was written.
fn number(value: &str) -> Option<i64> {
    let value = value.to_lowercase();
    if value == "false" {
        return Some(0);
    }
    match value.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => value.strip_suffix(".0").unwrap_or(&value).parse().ok(),
    }
}

const NIL_DIGITS: &str = "00000000000000000000000000000000";

/// In each form in which PostgreSQL and `Uuid` read one.
fn is_nil_text(value: &str) -> bool {
    let mut digits = value.strip_prefix("urn:uuid:").unwrap_or(value).to_owned();
    digits.retain(|char| !matches!(char, '-' | '{' | '}'));
    digits == NIL_DIGITS || value.ends_with("uuid_nil()")
}

/// `\x00` of PostgreSQL, `\0` of MariaDB, `0x00` of MySQL, and `zeroblob` of SQLite.
fn is_nil_bytes(value: &str) -> bool {
    let hex = ["\\x", "0x"]
        .iter()
        .find_map(|start| value.strip_prefix(start));
    let digits = hex.unwrap_or(value).replace("\\0", "00");
    digits == NIL_DIGITS || value.eq_ignore_ascii_case("zeroblob(16)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Precision;
    use std::any::TypeId;

    const BIG: Stored = Stored::Integer {
        bits: 64,
        is_signed: true,
    };

    #[track_caller]
    fn expect<T: 'static>(stored: Stored, first: Option<i64>, expected: bool, defaults: &[&str]) {
        let version = VersionShape {
            column: "version",
            stored,
            token: TypeId::of::<T>(),
            is_nullable: false,
            is_generated: false,
            precision: Precision::Micros,
            first,
        };
        for default in defaults {
            assert_eq!(is_unstored(&version, default), expected, "{default}");
        }
    }

    #[test]
    fn a_number_before_the_first_version_is_found_as_each_database_shows_it() {
        let before = [
            "0",
            "'0'",
            "(0)",
            "'0'::bigint",
            "(0)::bigint",
            "('0'::text)::bigint",
            "'-1'::integer",
            "-1",
            "+0",
            "0x0",
            "0.0",
            "FALSE",
            "00000000000000000000",
        ];
        expect::<i64>(BIG, Some(1), true, &before);
        let good = [
            "1",
            "'7'::bigint",
            "0x1",
            "(1 - 1)",
            "((0)::bigint + 1)",
            "(0)::bigint + (1)",
            "nextval('versions'::regclass)",
            "IDENTITY",
            "",
            "(",
        ];
        expect::<i64>(BIG, Some(1), false, &good);
    }

    /// A token of the user's, whose versions begin at 0.
    #[test]
    fn the_first_version_itself_is_right() {
        expect::<u8>(BIG, Some(0), false, &["0"]);
        expect::<u8>(BIG, Some(0), true, &["-1"]);
        expect::<u8>(BIG, None, false, &["0"]);
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn a_nil_uuid_is_found_as_each_database_shows_it() {
        use crate::token::{UuidBytes, UuidText};

        let nil = "'00000000-0000-0000-0000-000000000000'";
        let cast = |ty: &str| format!("{nil}::{ty}");
        let texts = [nil, &cast("text"), &cast("character varying(36)")];
        expect::<UuidText>(Stored::Text, None, true, &texts);
        expect::<String>(Stored::Text, None, false, &texts);
        let braces = "'{00000000000000000000000000000000}'::uuid";
        let uuids = [&*cast("uuid"), braces, "public.uuid_nil()"];
        expect::<uuid::Uuid>(Stored::Uuid, None, true, &uuids);
        let other = "'00000000-0000-0000-0000-000000000001'::uuid";
        let drawn = "gen_random_uuid()";
        expect::<uuid::Uuid>(Stored::Uuid, None, false, &[other, drawn, "''"]);

        let (hex, zeros) = (NIL_DIGITS, "\\0".repeat(16));
        let bytes = [
            &format!("'\\x{hex}'::bytea"),
            &format!("x'{hex}'"),
            &format!("0x{hex}"),
            &format!("'{zeros}'"),
            "zeroblob(16)",
        ];
        expect::<UuidBytes>(Stored::Binary, None, true, &bytes);
        let bytes = [
            &format!("'1{}'", "\\0".repeat(15)),
            "x'00'",
            "randomblob(16)",
        ];
        expect::<UuidBytes>(Stored::Binary, None, false, &bytes);
    }
}

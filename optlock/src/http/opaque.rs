//! What is between the quotes of a tag: a hash of the row, perhaps one of a variant, and the version.
//!
//! Old tags are in caches and at clients, so that this format never changes.

use crate::token::VersionToken;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::str;

/// How many characters the hash of a row has: 128 bits, 6 in each.
const ROW: usize = 22;
/// How many characters the hash of a variant has: 64 bits.
const VARIANT: usize = 11;
/// Before the hash of a variant.
const HAS_VARIANT: char = '~';
/// Before the version.
const HAS_VERSION: char = '.';

/// The alphabet `base64url`, without padding.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The hash of a row. The format comes first, so that no other hash of these parts is one of it.
pub(super) fn hash_of_row(table: &str, key_text: &str) -> String {
    let hash = hash(&[b"optlock etag row 1", table.as_bytes(), key_text.as_bytes()]);
    digits(&hash[..16])
}

/// The hash of a variant, and of those that were added before it.
pub(super) fn hash_of_variant(before: &str, part: &[u8]) -> String {
    let hash = hash(&[b"optlock etag variant 1", before.as_bytes(), part]);
    digits(&hash[..8])
}

/// Each part has its length before it: "ab" and "c" are no "a" and "bc".
fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(*part);
    }
    Sha256::digest(bytes).to_vec()
}

fn digits(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity((bytes.len() * 8).div_ceil(6));
    for chunk in bytes.chunks(3) {
        let byte = |index| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=chunk.len() {
            let index = bits >> (18 - 6 * digit) & 63;
            digits.push(DIGITS[index as usize].into());
        }
    }
    digits
}

/// Is it a hash as [`digits`] writes it? The last digit has bits that are always 0.
fn is_hash(text: &str) -> bool {
    let indices = text
        .bytes()
        .map(|digit| DIGITS.iter().position(|d| *d == digit));
    let unused = text.len() * 6 % 8;
    indices.enumerate().all(|(position, index)| {
        let is_last = position + 1 == text.len();
        index.is_some_and(|index| !is_last || index.trailing_zeros() as usize >= unused)
    })
}

/// The parts of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'t> {
    /// The hash of the row.
    pub(super) row: &'t str,
    /// The hash of the variant.
    pub(super) variant: Option<&'t str>,
    /// The version, escaped.
    pub(super) version: &'t str,
}

impl<'t> Parts<'t> {
    /// The parts of what is between the quotes, if it is of this format.
    pub(super) fn of(opaque: &'t [u8]) -> Option<Self> {
        let parts = Self::split(str::from_utf8(opaque).ok()?)?;
        let are_hashes = is_hash(parts.row) && parts.variant.is_none_or(is_hash);
        (are_hashes && unescaped(parts.version).is_some()).then_some(parts)
    }

    /// The parts of what is between the quotes, if it can be a tag of this row. Its version is not looked at: what is
    /// of another row costs nothing more.
    pub(super) fn of_row(opaque: &'t [u8], row: &str) -> Option<Self> {
        if !opaque.starts_with(row.as_bytes()) {
            return None;
        }
        let parts = Self::split(str::from_utf8(opaque).ok()?)?;
        parts.variant.is_none_or(is_hash).then_some(parts)
    }

    /// Splits where a tag of this format has its parts.
    pub(super) fn split(opaque: &'t str) -> Option<Self> {
        let (row, rest) = opaque.split_at_checked(ROW)?;
        let (variant, rest) = match rest.strip_prefix(HAS_VARIANT) {
            Some(rest) => {
                let (variant, rest) = rest.split_at_checked(VARIANT)?;
                (Some(variant), rest)
            }
            None => (None, rest),
        };
        Some(Self {
            row,
            variant,
            version: rest.strip_prefix(HAS_VERSION)?,
        })
    }

    /// What is between the quotes.
    pub(super) fn written(&self) -> String {
        let Self { row, version, .. } = self;
        match self.variant {
            Some(variant) => format!("{row}{HAS_VARIANT}{variant}{HAS_VERSION}{version}"),
            None => format!("{row}{HAS_VERSION}{version}"),
        }
    }

    /// The version.
    pub(super) fn decoded<V: VersionToken>(&self) -> Option<V> {
        V::decode(&unescaped(self.version)?)
    }
}

/// May a byte of a version stay as it is? A custom token may write what no tag can have, or what breaks lists
/// of tags.
fn is_kept(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7E) && !matches!(byte, b'"' | b',' | b'\\' | b'%')
}

/// A version as it is in a tag.
pub(super) fn escaped(version: &str) -> String {
    let mut escaped = String::with_capacity(version.len());
    for byte in version.bytes() {
        if is_kept(byte) {
            escaped.push(byte.into());
        } else {
            // To a `String`: it does not fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The version that [`escaped`] has written so. It writes a version in no other way.
fn unescaped(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for escape in pieces {
        let (digits, kept) = escape.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(kept.bytes());
    }
    let version = String::from_utf8(bytes).ok()?;
    (escaped(&version) == text).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn base64url_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(digits(bytes.as_bytes()), text);
        }
        assert_eq!(digits(&[0xFB, 0xFF]), "-_8");
    }

    #[test]
    fn a_hash_has_its_last_bits_unset() {
        assert!(is_hash(&digits(&[0xFF; 16])));
        assert!(is_hash(&digits(&[0xFF; 8])));
        assert!(!is_hash("AAAAAAAAAAAAAAAAAAAAAB"));
        assert!(!is_hash("AAAAAAAAAAB"));
        assert!(!is_hash("AAAAAAAAAA="));
        let last = |text: &str| text.to_owned().pop();
        let ends: HashSet<_> = (0..=255).map(|byte| last(&digits(&[byte; 16]))).collect();
        assert_eq!(ends.len(), 4);
    }

    #[test]
    fn parts_are_hashed_with_their_lengths() {
        let hashes = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")];
        let hashes: HashSet<_> = hashes.map(|(table, key)| hash_of_row(table, key)).into();
        assert_eq!(hashes.len(), 4);
        let both = hash_of_variant(&hash_of_variant("", b"de"), b"json");
        assert_ne!(both, hash_of_variant(&hash_of_variant("", b"json"), b"de"));
        assert_ne!(both, hash_of_variant("", b"dejson"));
    }

    /// What a client sends costs no more than to look at its row, unless it is this one.
    #[test]
    fn a_tag_of_another_row_is_read_no_further() {
        let row = hash_of_row("contacts", "1");
        let written = |row: &str, rest: &str| format!("{row}{rest}");
        let of_row = |text: &str| Parts::of_row(text.as_bytes(), &row).map(|parts| parts.written());
        for rest in [".7", ".%2C", ".not %an escape", "~AAAAAAAAAAA.7"] {
            assert_eq!(of_row(&written(&row, rest)), Some(written(&row, rest)));
            assert_eq!(of_row(&written(&hash_of_row("contacts", "2"), rest)), None);
        }
        for rest in ["", "7", "~AAAAAAAAAAB.7", "~AAAAAAAAA.7"] {
            assert_eq!(of_row(&written(&row, rest)), None, "{rest}");
        }
    }

    proptest! {
        #[test]
        fn a_version_of_any_text_is_escaped_and_read_back(version: String) {
            let text = escaped(&version);
            prop_assert!(text.bytes().all(|byte| is_kept(byte) || byte == b'%'), "{}", text);
            prop_assert_eq!(unescaped(&text), Some(version));
        }

        #[test]
        fn what_is_read_is_what_would_be_written(text in "([%0-9A-Fa-f]|[!-~]|\\PC){0,12}") {
            if let Some(version) = unescaped(&text) {
                prop_assert_eq!(escaped(&version), text);
            }
        }
    }
}

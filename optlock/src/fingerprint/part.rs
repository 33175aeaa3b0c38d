//! A part of a page: which one, and what it shows.

use super::value::{FingerprintValue, ValueWriter};
use crate::error::{ChangedPart, PartRow};
use crate::seal::Key;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The bytes of the nonce of a page.
pub(super) const NONCE: usize = 16;
/// The bytes of a part in the text: another value is taken for the one that was shown once in 2^64 times.
pub(super) const PART: usize = 8;

/// Of which row a part is: as messages name it, and as it is signed.
#[derive(Debug)]
pub(super) struct RowOfPart {
    pub(super) named: PartRow,
    /// The key and the scope, which is never printed.
    pub(super) key_text: String,
}

/// A part of a page.
#[derive(Debug, Clone)]
pub(super) struct Part {
    row: Option<Arc<RowOfPart>>,
    name: Cow<'static, str>,
    /// What it shows, which is never printed.
    value: Vec<u8>,
    /// Does it show that its row is there, and no field of it?
    is_presence: bool,
}

/// What tells a part from the others of a page.
type Place<'p> = (Option<(&'p str, &'p str)>, &'p str);

impl Part {
    pub(super) fn new(
        row: Option<Arc<RowOfPart>>,
        name: Cow<'static, str>,
        value: &(impl FingerprintValue + ?Sized),
    ) -> Self {
        let value = ValueWriter::bytes_of(value);
        Self {
            row,
            name,
            value,
            is_presence: false,
        }
    }

    /// That the row is there: what a page shows of a row without fields.
    pub(super) fn presence(row: Arc<RowOfPart>) -> Self {
        Self {
            is_presence: true,
            ..Self::new(Some(row), Cow::Borrowed("row"), &true)
        }
    }

    pub(super) fn is_presence(&self) -> bool {
        self.is_presence
    }

    /// Is it a field of a row?
    pub(super) fn is_field(&self) -> bool {
        self.row.is_some() && !self.is_presence
    }

    /// Were the two written for one row?
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        match (&self.row, &other.row) {
            (Some(row), Some(other)) => Arc::ptr_eq(row, other),
            _ => false,
        }
    }

    /// Does it show the same?
    pub(super) fn shows_as(&self, other: &Self) -> bool {
        self.value == other.value
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn changed(&self) -> ChangedPart {
        let row = self.row.as_ref().map(|row| row.named.clone());
        ChangedPart::new(row, self.name.clone())
    }

    fn place(&self) -> Place<'_> {
        let row = self.row.as_ref();
        (
            row.map(|row| (row.named.table, row.key_text.as_str())),
            &self.name,
        )
    }
}

/// The signatures of parts, in their order.
///
/// Each is one of its own, so that they can be compared one by one. Under the nonce of the page a value
/// has another one on each page: a client that knows what one page has shown learns nothing of
/// another, and cannot take a part of one page into another. They are shortened; what keeps a
/// forger away is the signature of the whole text.
pub(super) fn signatures<'p>(
    key: &Key,
    nonce: &[u8],
    parts: impl IntoIterator<Item = &'p Part>,
) -> Vec<[u8; PART]> {
    let mut counts = HashMap::<Place<'p>, u64>::new();
    let parts = parts.into_iter().map(|part| {
        let count = counts.entry(part.place()).or_default();
        let signature = signature(key, nonce, part, *count);
        *count += 1;
        signature
    });
    parts.collect()
}

/// The signature of a part. `count` tells it from the parts before it that are called alike, whose values must
/// not change places.
fn signature(key: &Key, nonce: &[u8], part: &Part, count: u64) -> [u8; PART] {
    let (row, name) = part.place();
    let (kind, (table, key_text)) = match row {
        Some(row) => ("row", row),
        None => ("value", ("", "")),
    };
    let mac = key.mac().field(b"optlock fingerprint part").field(nonce);
    let place = [kind, table, key_text, name];
    let mac = place
        .iter()
        .fold(mac, |mac, text| mac.field(text.as_bytes()));
    let tag = mac.field(&count.to_be_bytes()).field(&part.value).tag();
    let mut signature = [0; PART];
    signature.copy_from_slice(&tag[..PART]);
    signature
}

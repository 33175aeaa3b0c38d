//! A tag that a client has sent, whoever made it.

use super::etag::ETag;
use std::fmt;

/// A tag as a client has sent it: strong or weak, of optlock or of any other program.
///
/// What is between the quotes are bytes, which need not be UTF-8, and in which a backslash escapes nothing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EntityTag {
    is_weak: bool,
    opaque: Box<[u8]>,
}

/// What compression layers append to a tag, inside its quotes.
const SUFFIXES: [&[u8]; 6] = [b"--gzip", b"--br", b"--zstd", b"-gzip", b"-br", b"-zstd"];

impl EntityTag {
    pub(super) fn new(is_weak: bool, opaque: &[u8]) -> Self {
        Self {
            is_weak,
            opaque: opaque.into(),
        }
    }

    /// Does `W/` come before it?
    pub fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// What is between the quotes.
    pub fn opaque(&self) -> &[u8] {
        &self.opaque
    }

    /// As in the header.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let weak: &[u8] = if self.is_weak { b"W/" } else { b"" };
        [weak, b"\"", &self.opaque, b"\""].concat()
    }

    /// What may have been between the quotes before a compression layer has appended its suffix.
    pub(super) fn without_suffix(&self) -> impl Iterator<Item = &[u8]> {
        let strip = |suffix: &&[u8]| self.opaque.strip_suffix(*suffix);
        SUFFIXES.iter().filter_map(strip)
    }
}

/// A strong one.
impl From<&ETag> for EntityTag {
    fn from(etag: &ETag) -> Self {
        Self::new(false, etag.opaque().as_bytes())
    }
}

/// As in the header, except for bytes that are no UTF-8.
impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntityTag({self})")
    }
}

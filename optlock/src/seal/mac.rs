//! HMAC-SHA-256 over fields.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The bytes of a tag.
pub(super) const TAG: usize = 32;

/// A secret, as HMAC has taken it in: the secret itself is not kept.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    pub(super) fn new(secret: &[u8]) -> Self {
        match Hmac::new_from_slice(secret) {
            Ok(hmac) => Self(hmac),
            Err(_) => unreachable!("HMAC takes keys of any length"),
        }
    }

    /// An HMAC under this key, of nothing yet.
    pub(crate) fn mac(&self) -> Mac {
        Mac(self.0.clone())
    }
}

/// An HMAC of fields. Each has its length before it, so two sequences of fields are never one text.
pub(crate) struct Mac(Hmac<Sha256>);

impl Mac {
    /// Adds a field.
    pub(crate) fn field(mut self, bytes: &[u8]) -> Self {
        let length = bytes.len() as u64;
        self.0.update(&length.to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// The tag.
    pub(crate) fn tag(self) -> [u8; TAG] {
        self.0.finalize().into_bytes().into()
    }

    /// Is this the tag? Compared in constant time: the time must not show how many bytes a forger has
    /// guessed.
    pub(super) fn is(self, tag: &[u8; TAG]) -> bool {
        self.0.verify_slice(tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn hmac(secret: &[u8], text: &[u8]) -> String {
        let mut mac = Key::new(secret).mac();
        mac.0.update(text);
        hex(&mac.tag())
    }

    /// Test cases 1, 2, 6 and 7 of RFC 4231: short keys, and some that are longer than a block.
    #[test]
    fn it_is_hmac_sha_256() {
        assert_eq!(
            hmac(&[0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hmac(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hmac(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            ),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(
            hmac(
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than \
                  block-size data. The key needs to be hashed before being used by the HMAC \
                  algorithm."
            ),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        );
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let tag = |fields: &[&str]| {
            let mac = Key::new(b"secret").mac();
            let mac = fields
                .iter()
                .fold(mac, |mac, text| mac.field(text.as_bytes()));
            mac.tag()
        };
        assert_ne!(tag(&["ab", "c"]), tag(&["a", "bc"]));
        assert_ne!(tag(&["ab"]), tag(&["ab", ""]));
        assert_ne!(tag(&[]), tag(&[""]));
    }

    #[test]
    fn another_tag_is_not_the_tag() {
        let mac = || Key::new(b"secret").mac().field(b"text");
        let mut tag = mac().tag();
        assert!(mac().is(&tag));
        tag[31] ^= 1;
        assert!(!mac().is(&tag));
    }
}

//! The secrets that texts are signed with.

use super::mac::Key;
use super::sealed::Purpose;
use crate::error::{Error, SealError};
use std::fmt;

/// The secrets of a program: the first one seals, and all of them open.
///
/// Each is 32 random bytes or more, the same in all processes of the program, and kept as a database
/// password is: `openssl rand 32` makes one. A password that a person can remember is none.
///
/// ```
/// # fn main() -> Result<(), optlock::Error> {
/// # let (secret, last_year) = ([7; 32], [6; 32]);
/// use optlock::seal::Keys;
///
/// let keys = Keys::new(secret)?.and_old(last_year)?;
/// assert_eq!(format!("{keys:?}"), "Keys { .. }");
/// assert_eq!(
///     Keys::new("swordfish").unwrap_err().to_string(),
///     "a secret has 32 random bytes or more, and this one has 9 bytes"
/// );
/// # Ok(())
/// # }
/// ```
///
/// **To change the secret**, make the new one the first and keep the present one as old; remove the
/// old one when no page that is open was sealed with it. Where several processes serve one page, let
/// all of them know the new secret as an old one before the first of them seals with it.
///
/// `Debug` prints no secret. The secrets are not wiped from memory when the keys are dropped: keys live
/// as long as the program, and the program has read the secret from somewhere, into memory of its own.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// How many bytes a secret has at least: as many as the signature.
    const LEAST: usize = 32;

    /// One secret, which seals and opens.
    ///
    /// # Errors
    ///
    /// [`SealError::ShortSecret`]: it has fewer than 32 bytes.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self(Vec::new()).and_old(secret)
    }

    /// Adds a secret that only opens: what was sealed with it is accepted.
    ///
    /// # Errors
    ///
    /// [`SealError::ShortSecret`]: it has fewer than 32 bytes.
    pub fn and_old(mut self, secret: impl AsRef<[u8]>) -> Result<Self, Error> {
        let secret = secret.as_ref();
        if secret.len() < Self::LEAST {
            let bytes = secret.len();
            return Err(SealError::ShortSecret { bytes }.into());
        }
        self.0.push(Key::new(secret));
        Ok(self)
    }

    /// What a text is for: "edit contact", "delete contact". A text for one purpose is refused for any
    /// other. Name it as the route is called, and never by what comes from a request.
    pub fn purpose<'k>(&'k self, purpose: &'k str) -> Purpose<'k> {
        Purpose::new(self, purpose)
    }

    /// The one that seals.
    pub(super) fn first(&self) -> &Key {
        // `new` has pushed one.
        &self.0[0]
    }

    /// All that open.
    pub(super) fn all(&self) -> &[Key] {
        &self.0
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_32_bytes() {
        assert!(Keys::new([7; 32]).is_ok());
        let short = |keys: Result<Keys, Error>| match keys {
            Err(Error::Seal(SealError::ShortSecret { bytes })) => Some(bytes),
            _ => None,
        };
        assert_eq!(short(Keys::new([7; 31])), Some(31));
        assert_eq!(short(Keys::new("")), Some(0));
        let keys = Keys::new([7; 32]).unwrap();
        assert_eq!(short(keys.and_old([6; 31])), Some(31));
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = "a secret of more than thirty-two bytes";
        let keys = Keys::new(secret).unwrap();
        let seal = keys.purpose("edit").session("ann").unwrap();
        let printed = format!("{keys:?} {:?} {seal:?}", keys.purpose("edit"));
        assert!(!printed.contains("secret of"), "{printed}");
        assert!(!printed.contains("ann"), "{printed}");
    }
}

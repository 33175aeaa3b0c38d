//! The fingerprint of a page as a text.

use super::builder::FingerprintBuilder;
use crate::seal::Seal;
use std::fmt;

/// What a page has shown, as a signed text for a hidden input of its form: several rows, counts, or a
/// row whose table has no version.
///
/// [`builder`](Self::builder) makes one, and the handler of the form makes the parts again and
/// [verifies](FingerprintBuilder::verify) them, or calls
/// [`save_if_unchanged`](crate::FingerprintDsl::save_if_unchanged). What has changed since is named, part by
/// part, so that the page can mark it.
///
/// ```
/// use diesel::prelude::*;
/// use optlock::Fingerprint;
/// use optlock::seal::Keys;
///
/// #[derive(Clone, Fingerprint)]
/// struct Note {
///     id: i32,
///     title: String,
///     text: String,
/// }
///
/// # fn main() -> Result<(), optlock::Error> {
/// # let (secret, session_id) = ([7; 32], "e5b1c0");
/// # let note = Note { id: 7, title: "Hello".into(), text: "world".into() };
/// let keys = Keys::new(secret)?;
/// let seal = keys.purpose("edit note").session(session_id)?;
/// let open_orders = 3;
///
/// // The page
/// let fingerprint = Fingerprint::builder(&seal)
///     .row(&note)
///     .value("open orders", &open_orders)
///     .build()
///     .to_string();
///
/// // The form comes back, and another client has changed the title.
/// # let note = Note { title: "Hallo".into(), ..note };
/// let page = Fingerprint::builder(&seal).row(&note).value("open orders", &open_orders);
/// let error = page.verify(&fingerprint).unwrap_err();
/// assert_eq!(error.to_string(), "changed since the page was made: notes 7.title");
/// # Ok(())
/// # }
/// ```
///
/// **Its length**: 11 letters for each field of a row and for each value, and 67 beside that (78 with an
/// expiry). It consists of ASCII letters, digits, `-` and `_`, names nothing, and nobody can guess a value from it: a
/// part is signed under a secret of the server and a random number of the page. It is bound to a
/// purpose and a session as a [form token](crate::form) is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use = "put the fingerprint into the form"]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Begins a fingerprint of a page, or the parts to compare with one.
    pub fn builder<'s>(seal: &'s Seal<'s>) -> FingerprintBuilder<'s> {
        FingerprintBuilder::new(seal)
    }

    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AsRef<str> for Fingerprint {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.0
    }
}

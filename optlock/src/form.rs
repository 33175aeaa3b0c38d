//! The version of a row in a form: signed, and bound to the row, the purpose and the session.
//!
//! The chapter [forms](crate::guide::forms) has a page and its handler.

use crate::error::{Error, SealError};
use crate::key_text::{KeyText, key_text};
use crate::seal::{Kind, Seal};
use crate::token::VersionToken as _;
use crate::versioned::Versioned;
use std::fmt;

/// The version of a row as a signed text, for a hidden input of a form.
///
/// [`FormDsl::form_token`] makes one, and [`FormDsl::open_form_token`] takes the version out of it. It
/// consists of ASCII letters, digits, `-` and `_`, and **hides nothing**: it carries the version, and
/// when it expires. The row, the purpose and the session are signed, and not in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use = "put the token into the form"]
pub struct FormToken(String);

impl FormToken {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AsRef<str> for FormToken {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<FormToken> for String {
    fn from(token: FormToken) -> Self {
        token.0
    }
}

/// The version of a value in a form. Nothing is sent.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let (secret, session_id) = ([7; 32], "e5b1c0");
/// use optlock::seal::Keys;
///
/// let keys = Keys::new(secret)?;
///
/// // The page
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let seal = keys.purpose("edit contact").session(session_id)?;
/// let token = ann.form_token(&seal).to_string();
///
/// // The form comes back
/// # let (id, name, email) = (1, "Ann B.".to_owned(), None);
/// let mut ann = Contact { id, name, email, version: 0 };
/// ann.open_form_token(&token, &keys.purpose("edit contact").session(session_id)?)?;
/// ann.save_checked(conn)?;
///
/// // The form comes back again: the page does not hold the row's version any more.
/// ann.open_form_token(&token, &seal)?;
/// let error = ann.save_checked(conn).unwrap_err();
/// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
/// # Ok(())
/// # }
/// ```
pub trait FormDsl: Versioned + Sized {
    /// The version in memory as a signed text, for this row alone: table, key, [scope](crate::scope).
    ///
    /// Two tables that are called alike, in two schemas, have purposes of their own: the schema is not
    /// signed.
    fn form_token(&self, seal: &Seal<'_>) -> FormToken
    where
        Self::Key: KeyText,
        Self::Scope: KeyText,
    {
        let (key, version) = (key_text(self), self.version().encode());
        let row = [Self::TABLE_NAME, &key];
        FormToken(seal.close(Kind::FormToken, &row, version.as_bytes()))
    }

    /// Sets the version to the one that the page has shown, if the token was sealed for this row,
    /// purpose and session. The key and the scope must be in memory before.
    ///
    /// **Give the value a version that no row has until then** (0, or a nil UUID): if the call is
    /// forgotten, the save is a conflict. A value that was loaded has the row's version, and its save
    /// would overwrite what the page has not shown.
    ///
    /// A text key is compared letter by letter, whatever the database finds equal:
    /// [`key_text`](crate::key_text()) describes what to do where it comes from the request.
    ///
    /// # Errors
    ///
    /// [`Error::Seal`], with [`SealError::Malformed`], [`NotGenuine`](SealError::NotGenuine) or
    /// [`Expired`](SealError::Expired). The value is as it was.
    fn open_form_token(&mut self, token: &str, seal: &Seal<'_>) -> Result<(), Error>
    where
        Self::Key: KeyText,
        Self::Scope: KeyText,
    {
        let row = [Self::TABLE_NAME, &key_text(self)];
        let opened = seal.open(Kind::FormToken, &row, token)?;
        let version = std::str::from_utf8(&opened.carried).ok();
        let version = version.and_then(Self::Version::decode);
        self.set_version(version.ok_or(SealError::Malformed)?);
        Ok(())
    }
}

// The bounds are those of the methods, so that a missing derive is reported as such.
impl<M: Versioned> FormDsl for M {}

//! What a text is bound to.

use super::keys::Keys;
use super::mac::Key;
use crate::error::{Error, SealError};
use std::fmt;
use std::time::{Duration, SystemTime};

/// What a text is for, before it is said who may use it: [`session`](Self::session), or explicitly
/// nobody in particular, [`without_session`](Self::without_session).
#[derive(Debug, Clone, Copy)]
#[must_use = "a purpose seals nothing: name the session"]
pub struct Purpose<'k> {
    keys: &'k Keys,
    purpose: &'k str,
}

impl<'k> Purpose<'k> {
    pub(super) fn new(keys: &'k Keys, purpose: &'k str) -> Self {
        Self { keys, purpose }
    }

    /// Binds the text to a session, or to a user: whatever the server knows of who sends the request,
    /// and no other client can name. What was sealed for Ann is refused when Bob sends it.
    ///
    /// The session's id binds most tightly. After the user has logged in again it is another one, and
    /// the pages that are open are refused: where that costs people their work, take the user's id.
    ///
    /// ```
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let keys = optlock::seal::Keys::new([7; 32])?;
    /// # struct User { id: i64 }
    /// # let user = User { id: 3 };
    /// let seal = keys.purpose("edit contact").session(user.id.to_string())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SealError::EmptySession`]: an empty session would be everybody's. It is what is left of a
    /// session that was not found.
    pub fn session(self, session: impl AsRef<[u8]>) -> Result<Seal<'k>, Error> {
        let session = session.as_ref();
        if session.is_empty() {
            return Err(SealError::EmptySession.into());
        }
        Ok(self.seal(Some(session.into())))
    }

    /// Binds the text to no session: whoever has got the page of another client can use it. For forms
    /// that need no login.
    pub fn without_session(self) -> Seal<'k> {
        self.seal(None)
    }

    fn seal(self, session: Option<Box<[u8]>>) -> Seal<'k> {
        Seal {
            of: self,
            session,
            ttl: None,
            now: None,
        }
    }
}

/// Keys, a purpose and a session: it seals the texts of a page, and opens those that come back.
///
/// [`Keys::purpose`] begins one. The page and the form's handler make the same seal, each for its own
/// request.
#[derive(Clone)]
#[must_use]
pub struct Seal<'k> {
    of: Purpose<'k>,
    /// Never empty.
    session: Option<Box<[u8]>>,
    ttl: Option<Duration>,
    /// Where it is not the clock's.
    now: Option<SystemTime>,
}

impl Seal<'_> {
    /// Lets what is sealed expire after that time, rounded up to seconds. The time is signed, and
    /// decided when the text is **sealed**: a text that was sealed without one never expires.
    ///
    /// A page that has expired costs its user the work of filling it in, and the version is checked
    /// however old a page is. Let a text expire for another reason: that a page which was left open on
    /// a shared computer is of no use next week.
    pub fn expires_in(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Takes this for the present time, in the place of the clock's. For tests.
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// The key that seals.
    pub(crate) fn key(&self) -> &Key {
        self.of.keys.first()
    }

    /// The keys that open.
    pub(super) fn keys(&self) -> &[Key] {
        self.of.keys.all()
    }

    /// What it is for.
    pub(super) fn purpose(&self) -> &[u8] {
        self.of.purpose.as_bytes()
    }

    /// Whose it is; empty for everybody's.
    pub(super) fn session(&self) -> &[u8] {
        self.session.as_deref().unwrap_or_default()
    }

    /// When what is sealed now expires, in seconds since 1970.
    pub(super) fn expiry(&self) -> Option<u64> {
        let after = self.since_1970().saturating_add(self.ttl?);
        let begun = u64::from(after.subsec_nanos() > 0);
        Some(after.as_secs().saturating_add(begun))
    }

    /// Is that time over?
    pub(super) fn is_over(&self, expiry: u64) -> bool {
        self.since_1970() >= Duration::from_secs(expiry)
    }

    fn since_1970(&self) -> Duration {
        let now = self.now.unwrap_or_else(SystemTime::now);
        now.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// Without the session, which may be a secret.
impl fmt::Debug for Seal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal")
            .field("purpose", &self.of.purpose)
            .field("expires_in", &self.ttl)
            .finish_non_exhaustive()
    }
}

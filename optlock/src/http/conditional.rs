//! What a value says of a request, without a connection.

use super::etag::ETag;
use super::if_match::IfMatch;
use crate::error::Error;
use crate::key_text::KeyText;
use crate::operation::Admitted;
use crate::versioned::Versioned;

/// The tag of a value, and the versions that a client names of it. What sends something is
/// [`ConditionalDsl`](crate::ConditionalDsl).
// The bounds are those of the methods, so that the compiler names what a key lacks.
pub trait Conditional: Versioned {
    /// The [`ETag`] of the version of this value.
    fn etag(&self) -> ETag
    where
        Self: Versioned<Key: KeyText, Scope: KeyText> + Sized,
    {
        ETag::of(self)
    }

    /// Sets the version that the client holds, so that a checked write of the value checks it. The row need
    /// not be loaded first. [`save_if_match`](crate::ConditionalDsl::save_if_match) does this and the save at
    /// once; take this for what it has no method for, such as a batch or a save under a lease.
    ///
    /// If the header names several versions of which the value has one, the version stays: the value has to be
    /// loaded before, and a row that another client has changed since is a conflict. The version stays too if the
    /// header is `*`, and that was [accepted](IfMatch::accept_any).
    ///
    /// **Save the value after that, and do not [upsert](crate::VersionedDsl::upsert_checked) it**: after a tag of the
    /// version of a value that was [never stored](crate::Unstored), such as 0, or a `*` that was accepted, an upsert
    /// creates a row that is missing, where `If-Match` demands one. A client can make such a tag up. It is no error
    /// here, because it is right where a GET answers a row that is not there with its defaults and that tag.
    ///
    /// A value that [changes nothing](Versioned::has_changes) sends nothing in `save_checked`, and so checks
    /// nothing.
    ///
    /// The error of the write that follows does not know that there was a header, and would be a 409. Say so:
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let conn = &mut establish_connection();
    /// # use http::{HeaderMap, StatusCode, header};
    /// use optlock::http::{Conditional, Failure, IfMatch};
    ///
    /// fn put(mut contacts: [Contact; 1], if_match: &IfMatch, conn: &mut SqliteConnection) -> Result<(), Failure> {
    ///     contacts[0].require(if_match)?;
    ///     contacts.save_all_checked(conn).map_err(|error| Failure::new(error, if_match))
    /// }
    /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # let mut request = HeaderMap::new();
    /// # request.insert(header::IF_MATCH, ann.etag().into());
    /// # let if_match = IfMatch::from_headers(&request)?.unwrap();
    /// put([Contact { version: 0, ..ann.clone() }], &if_match, conn)?;
    /// let failure = put([ann], &if_match, conn).unwrap_err();
    /// assert_eq!(failure.status(), StatusCode::PRECONDITION_FAILED);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PreconditionFailed`]: no tag is of this row; or there are several, and none of the value's version;
    /// or the header is `*`, which was not accepted. The value is unchanged. Whether there is a row is not asked: this
    /// is a 412 where [`save_if_match`](crate::ConditionalDsl::save_if_match) may answer 404.
    fn require(&mut self, if_match: &IfMatch) -> Result<(), Error>
    where
        Self: Versioned<Key: KeyText, Scope: KeyText> + Sized,
    {
        match if_match.admitted(self)? {
            Admitted::Any => Ok(()),
            Admitted::OneOf(versions) => match <[_; 1]>::try_from(versions) {
                Ok([version]) => {
                    self.set_version(version);
                    Ok(())
                }
                Err(versions) if versions.contains(self.version()) => Ok(()),
                Err(_) => Err(Error::precondition_failed(self)),
            },
        }
    }
}

impl<M: Versioned> Conditional for M {}

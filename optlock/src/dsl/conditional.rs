//! The writes with an `If-Match`.

use crate::http::{Failure, IfMatch};
use crate::methods;
use crate::versioned::Versioned;

/// The writes of a versioned value with the header `If-Match`, on the connection `Conn`.
///
/// **The version in memory is not asked**: the header names the version that the row must have, so that the
/// value need not be loaded, and a version in the body of the request counts for nothing. After a success the
/// value has the new version, and its [`etag`](crate::http::Conditional::etag) is that of the row. After a
/// failure it has the version that it had before.
///
/// **A value that was loaded and patched must not be older than the version that the header names**: its other
/// columns are written too. One from a replica, a cache or an older snapshot takes the change of another client
/// back, at a version that the client has seen. Load it from the primary, and where it may be old, write
/// by [`save_checked`](crate::VersionedDsl::save_checked) at the version that it was loaded with, after
/// [`IfMatch::matches`](crate::http::IfMatch::matches); or send only the columns of the request, with a changeset of
/// `Option`s.
///
/// | the header names | the write |
/// |---|---|
/// | one version of this row | is checked: the statement of [`VersionedDsl`](crate::VersionedDsl), at that version |
/// | several versions of this row | `SELECT version`, and the checked write if it is one of them; again after a conflict |
/// | `*` | is not sent: 412. If the handler has [accepted](crate::http::IfMatch::accept_any) it, the write is forced, as [`force_save`](crate::VersionedDsl::force_save) or [`force_delete`](crate::VersionedDsl::force_delete) |
/// | no version of this row | is not sent: `SELECT version` tells a row that is gone (404) from another failure (412) |
///
/// On a [`Tracked`](crate::Tracked) value these are the writes of its model, of all columns, and its base no
/// longer applies.
///
/// The error knows that there was a header: [`Failure`] becomes a 412 where an [`Error`](crate::Error) alone
/// would be a 409.
pub trait ConditionalDsl<Conn>: Versioned {
    /// Saves the value if the row has a version that the header names.
    ///
    /// **A value that changes nothing is checked too**: a PATCH without fields and with a stale tag is
    /// refused, where [`save_checked`](crate::VersionedDsl::save_checked) sends nothing. The version of the
    /// row is read, and the value gets that version. In a transaction the row is locked, so that it keeps this
    /// version until the commit.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let conn = &mut establish_connection();
    /// # use http::{HeaderMap, StatusCode, header};
    /// use optlock::http::IfMatch;
    ///
    /// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
    /// # let mut request = HeaderMap::new();
    /// # request.insert(header::IF_MATCH, ann.etag().into());
    /// let if_match = IfMatch::from_headers(&request)?.expect("the client sends it");
    /// let mut put = Contact { id: 1, name: "Ann B.".into(), email: None, version: 0 };
    /// put.save_if_match(&if_match, conn)?;
    /// assert_eq!(put.version, 2);
    ///
    /// let mut late = Contact { name: "Anna".into(), ..put.clone() };
    /// let failure = late.save_if_match(&if_match, conn).unwrap_err();
    /// assert_eq!(failure.status(), StatusCode::PRECONDITION_FAILED);
    /// assert_eq!(late.version, 2); // as before
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - A conflict: the row has another version, or [is missing](crate::Error::is_missing).
    /// - [`Error::PreconditionFailed`](crate::Error::PreconditionFailed): the header names no version of this
    ///   row, or is `*`, which was not accepted.
    /// - Those of [`save_checked`](crate::VersionedDsl::save_checked).
    fn save_if_match(&mut self, if_match: &IfMatch, conn: &mut Conn) -> Result<(), Failure>
    where
        Self: methods::SaveIfMatch<Conn>,
    {
        methods::SaveIfMatch::save_if_match(self, if_match, conn)
    }

    /// Advances the version of the row if it is one that the header names: for a change of its children.
    ///
    /// As [`touch_checked`](crate::VersionedDsl::touch_checked), in a transaction with what it is for.
    ///
    /// # Errors
    ///
    /// As [`save_if_match`](Self::save_if_match).
    fn touch_if_match(&mut self, if_match: &IfMatch, conn: &mut Conn) -> Result<(), Failure>
    where
        Self: methods::TouchIfMatch<Conn>,
    {
        methods::TouchIfMatch::touch_if_match(self, if_match, conn)
    }

    /// Deletes the row if it has a version that the header names.
    ///
    /// A second DELETE of the same client finds no row, which is a 404.
    ///
    /// # Errors
    ///
    /// As [`save_if_match`](Self::save_if_match).
    fn delete_if_match(&self, if_match: &IfMatch, conn: &mut Conn) -> Result<(), Failure>
    where
        Self: methods::DeleteIfMatch<Conn>,
    {
        methods::DeleteIfMatch::delete_if_match(self, if_match, conn)
    }
}

impl<M: Versioned, Conn> ConditionalDsl<Conn> for M {}

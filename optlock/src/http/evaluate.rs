//! The order in which preconditions are evaluated: RFC 9110, section 13.2.2.

use super::etag::ETag;
use super::if_match::IfMatch;
use super::if_none_match::IfNoneMatch;
use super::malformed::MalformedTags;
use ::http::{HeaderMap, Method};

/// The preconditions of a request: `If-Match` and `If-None-Match`.
///
/// `If-Unmodified-Since` and `If-Modified-Since` are ignored. They have a resolution of one second, in which
/// a row can be saved twice, and a table with a version need not have a time at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a condition that nobody asks checks nothing"]
pub struct Preconditions {
    if_match: Option<IfMatch>,
    if_none_match: Option<IfNoneMatch>,
}

impl Preconditions {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// One of them is malformed.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, MalformedTags> {
        Ok(Self {
            if_match: IfMatch::from_headers(headers)?,
            if_none_match: IfNoneMatch::from_headers(headers)?,
        })
    }

    /// The header `If-Match`, if there is one.
    pub fn if_match(&self) -> Option<&IfMatch> {
        self.if_match.as_ref()
    }

    /// The header `If-None-Match`, if there is one.
    pub fn if_none_match(&self) -> Option<&IfNoneMatch> {
        self.if_none_match.as_ref()
    }

    /// [`IfMatch::accept_weakened`] of its `If-Match`.
    pub fn accept_weakened(self) -> Self {
        Self {
            if_match: self.if_match.map(IfMatch::accept_weakened),
            ..self
        }
    }

    /// [`IfMatch::accept_any`] of its `If-Match`.
    pub fn accept_any(self) -> Self {
        Self {
            if_match: self.if_match.map(IfMatch::accept_any),
            ..self
        }
    }
}

/// What the preconditions of a request make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a request whose precondition failed must not be performed"]
pub enum Decision {
    /// It is performed.
    Proceed,
    /// `304 Not Modified`: the client has the representation. Only for GET and HEAD.
    NotModified,
    /// `412 Precondition Failed`: it is not performed.
    PreconditionFailed,
}

/// Evaluates the preconditions of a request against the current representation, or `None` if there is none,
/// in the order of RFC 9110, section 13.2.2.
///
/// **For GET and HEAD.** Between this and a write another client can write: a write is checked by
/// [`save_if_match`](crate::ConditionalDsl::save_if_match), in its own statement. A request that would be
/// answered with an error anyway (404, 403) gets that answer, and its preconditions are not evaluated
/// (section 13.2.1).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// use http::{HeaderMap, Method, header};
/// use optlock::http::{Conditional, Decision, Preconditions, evaluate};
///
/// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 3 };
/// let mut request = HeaderMap::new();
/// request.insert(header::IF_NONE_MATCH, ann.etag().into());
/// let preconditions = Preconditions::from_headers(&request).unwrap();
/// let decide = |method| evaluate(&method, &preconditions, Some(&ann.etag()));
/// assert_eq!(decide(Method::GET), Decision::NotModified);
/// assert_eq!(decide(Method::PUT), Decision::PreconditionFailed);
/// # }
/// ```
pub fn evaluate(
    method: &Method,
    preconditions: &Preconditions,
    current: Option<&ETag>,
) -> Decision {
    if matches!(*method, Method::CONNECT | Method::OPTIONS | Method::TRACE) {
        return Decision::Proceed;
    }
    if let Some(if_match) = &preconditions.if_match {
        if !current.is_some_and(|current| if_match.matches(current)) {
            return Decision::PreconditionFailed;
        }
    }
    if let Some(if_none_match) = &preconditions.if_none_match {
        if current.is_some_and(|current| if_none_match.is_fresh(current)) {
            return match *method {
                Method::GET | Method::HEAD => Decision::NotModified,
                _ => Decision::PreconditionFailed,
            };
        }
    }
    Decision::Proceed
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::HeaderValue;
    use ::http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
    use Decision::{NotModified, PreconditionFailed, Proceed};

    const ROW: &str = "UUumJ2qDw1H6W6j0F63DuQ";

    fn etag(version: u8) -> ETag {
        format!("\"{ROW}.{version}\"").parse().unwrap()
    }

    fn header(value: &str) -> HeaderValue {
        HeaderValue::from_str(value).unwrap()
    }

    fn preconditions(if_match: Option<&str>, if_none_match: Option<&str>) -> Preconditions {
        let mut headers = HeaderMap::new();
        if let Some(value) = if_match {
            headers.insert(IF_MATCH, header(value));
        }
        if let Some(value) = if_none_match {
            headers.insert(IF_NONE_MATCH, header(value));
        }
        // They are ignored, even where nothing could be older or newer.
        headers.insert(IF_MODIFIED_SINCE, header("Fri, 31 Dec 9999 23:59:59 GMT"));
        headers.insert(IF_UNMODIFIED_SINCE, header("Thu, 01 Jan 1970 00:00:00 GMT"));
        Preconditions::from_headers(&headers).unwrap()
    }

    #[test]
    fn what_is_accepted_is_that_of_the_if_match() {
        let headers = |value| preconditions(Some(value), None);
        let any = headers("*").accept_any();
        let if_match = headers("*").if_match().cloned();
        assert_eq!(any.if_match(), if_match.map(IfMatch::accept_any).as_ref());
        assert_ne!(any, headers("*"));
        let weakened = headers("W/\"a\"").accept_weakened();
        let if_match = headers("W/\"a\"").if_match().cloned();
        assert_eq!(
            weakened.if_match(),
            if_match.map(IfMatch::accept_weakened).as_ref()
        );
    }

    #[test]
    fn preconditions_are_evaluated_in_the_order_of_the_rfc() {
        let (old, now, german) = (etag(1), etag(2), etag(2).variant("de"));
        let (old, now, german) = (old.as_str(), now.as_str(), german.as_str());
        let weak = format!("W/{now}");
        // If-Match and If-None-Match; for GET and for PUT of a row, and for both where there is none.
        type Case<'c> = (Option<&'c str>, Option<&'c str>, [Decision; 4]);
        let failed = PreconditionFailed;
        let cases: [Case<'_>; 15] = [
            (None, None, [Proceed; 4]),
            (Some(now), None, [Proceed, Proceed, failed, failed]),
            (Some(old), None, [failed; 4]),
            (Some("*"), None, [Proceed, Proceed, failed, failed]),
            // Compared strongly, and whatever the variant.
            (Some(&weak), None, [failed; 4]),
            (Some(german), None, [Proceed, Proceed, failed, failed]),
            (None, Some(now), [NotModified, failed, Proceed, Proceed]),
            (None, Some(old), [Proceed; 4]),
            (None, Some("*"), [NotModified, failed, Proceed, Proceed]),
            // Compared weakly, and the variant counts.
            (None, Some(&weak), [NotModified, failed, Proceed, Proceed]),
            (None, Some(german), [Proceed; 4]),
            // If-Match comes first.
            (Some(old), Some(now), [failed; 4]),
            (Some(now), Some(now), [NotModified, failed, failed, failed]),
            (Some(now), Some(old), [Proceed, Proceed, failed, failed]),
            (Some("\"foreign\""), Some("\"foreign\""), [failed; 4]),
        ];
        for (if_match, if_none_match, expected) in cases {
            let preconditions = preconditions(if_match, if_none_match);
            let decide = |method: Method, current| evaluate(&method, &preconditions, current);
            let current = &etag(2);
            let decided = [
                decide(Method::GET, Some(current)),
                decide(Method::PUT, Some(current)),
                decide(Method::GET, None),
                decide(Method::PUT, None),
            ];
            assert_eq!(decided, expected, "{if_match:?}, {if_none_match:?}");
            assert_eq!(decide(Method::HEAD, Some(current)), decided[0]);
            for method in [Method::DELETE, Method::PATCH, Method::POST] {
                assert_eq!(decide(method, Some(current)), decided[1]);
            }
            for method in [Method::OPTIONS, Method::TRACE, Method::CONNECT] {
                assert_eq!(decide(method, Some(current)), Proceed);
            }
        }
    }
}

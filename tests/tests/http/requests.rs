//! The headers of requests, and what a failure must say.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use optlock::http::{ETag, Failure, IfMatch};
use optlock::{Error, Found, VersionValue};

/// The header `If-Match` with this value.
pub(crate) fn if_match(value: &str) -> IfMatch {
    let mut headers = HeaderMap::new();
    headers.insert(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
    IfMatch::from_headers(&headers).unwrap().unwrap()
}

/// The header `If-Match` with these tags.
pub(crate) fn naming<const N: usize>(tags: [ETag; N]) -> IfMatch {
    if_match(&tags.map(|tag| tag.to_string()).join(", "))
}

/// `*`, which a write refuses.
pub(crate) fn star() -> IfMatch {
    if_match("*")
}

/// `*`, which the handler has accepted.
pub(crate) fn any() -> IfMatch {
    star().accept_any()
}

pub(crate) const FAILED: StatusCode = StatusCode::PRECONDITION_FAILED;

/// A conflict about Ann's row, and the status.
#[track_caller]
pub(crate) fn conflict(
    result: Result<(), Failure>,
    expected: Option<i64>,
    found: Found,
    status: StatusCode,
) {
    let failure = result.unwrap_err();
    let Error::ConcurrentModification(conflict) = failure.error() else {
        panic!("no conflict: {failure:?}");
    };
    assert_eq!((conflict.table(), conflict.key()), ("contacts", "1"));
    assert_eq!(
        conflict.expected(),
        expected.map(VersionValue::from).as_ref()
    );
    assert_eq!(*conflict.found(), found);
    assert_eq!(failure.status(), status, "{failure}");
}

#[track_caller]
pub(crate) fn older(result: Result<(), Failure>, expected: i64, found: i64) {
    let found = Found::Older {
        version: found.into(),
    };
    conflict(result, Some(expected), found, FAILED);
}

#[track_caller]
pub(crate) fn modified(result: Result<(), Failure>, expected: impl Into<Option<i64>>, found: i64) {
    let found = Found::Modified {
        version: found.into(),
    };
    conflict(result, expected.into(), found, FAILED);
}

#[track_caller]
pub(crate) fn missing(
    result: Result<(), Failure>,
    expected: impl Into<Option<i64>>,
    status: StatusCode,
) {
    conflict(result, expected.into(), Found::Missing, status);
}

/// The header names no version of Ann's row.
#[track_caller]
pub(crate) fn names_none(result: Result<(), Failure>) {
    let failure = result.unwrap_err();
    assert!(
        matches!(failure.error(), Error::PreconditionFailed { table: "contacts", key, any: false, .. } if key == "1"),
        "{failure:?}"
    );
    assert_eq!(
        failure.to_string(),
        "contacts 1 was not written: its version is none of those that If-Match names"
    );
    assert_eq!(failure.status(), FAILED);
    assert!(!failure.error().is_conflict() && !failure.error().is_transient());
}

/// The header is `*`, which was not accepted.
#[track_caller]
pub(crate) fn star_refused(result: Result<(), Failure>) {
    let failure = result.unwrap_err();
    assert!(
        matches!(failure.error(), Error::PreconditionFailed { table: "contacts", key, any: true, .. } if key == "1"),
        "{failure:?}"
    );
    assert_eq!(
        failure.to_string(),
        "contacts 1 was not written: If-Match is `*`, and a version is required"
    );
    assert_eq!(failure.status(), FAILED);
}

/// The database has given the transaction up. Whether the precondition holds is not known, and the same request can
/// succeed.
#[track_caller]
pub(crate) fn given_up(result: Result<(), Failure>, expected: impl Into<Option<i64>>) {
    let busy = StatusCode::SERVICE_UNAVAILABLE;
    conflict(result, expected.into(), Found::TransactionAborted, busy);
}

//! The body of an answer that is an error.

use super::failure::Failure;
use super::malformed::MalformedTags;
use super::precondition::Precondition;
use super::status::{Kind, decide};
use crate::diff::{Change, Field};
#[cfg(feature = "fingerprint")]
use crate::error::PageChanged;
use crate::error::{Error, Found};
use crate::token::VersionValue;
use ::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use ::http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::time::Duration;

/// The details of a problem by RFC 9457, for the body of an answer that is an error:
/// `application/problem+json`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut establish_connection();
/// use http::{HeaderMap, Response, header};
/// use optlock::http::IfMatch;
///
/// # let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// # let mut request = HeaderMap::new();
/// # request.insert(header::IF_MATCH, ann.etag().into());
/// # diesel::update(contacts::table).set((contacts::name.eq("Anna"), contacts::version.eq(5))).execute(conn)?;
/// // .. another client saves the row until its version is 5 ..
/// let if_match = IfMatch::from_headers(&request)?.expect("the client sends it");
/// let mut put = Contact { id: 1, name: "Ann B.".into(), email: None, version: 0 };
/// let failure = put.save_if_match(&if_match, conn).unwrap_err();
/// let problem = failure.problem().instance("/contacts/1");
/// assert_eq!(
///     serde_json::to_value(&problem)?,
///     serde_json::json!({
///         "type": "urn:problem-type:optlock:changed",
///         "title": "Another client changed the resource first",
///         "status": 412,
///         "detail": "contacts 1 was changed: expected version 1, found 5",
///         "instance": "/contacts/1",
///         "resource": "contacts",
///         "key": "1",
///         "expected_version": 1,
///         "found_version": 5,
///     })
/// );
/// let response = Response::from(problem);
/// assert_eq!(response.status(), 412);
/// assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
/// # Ok(())
/// # }
/// ```
///
/// # Types
///
/// `type` is the base, which is `urn:problem-type:optlock:` or [your own](Self::type_base), with one of these
/// words:
///
/// | `type` | status | when |
/// |---|---|---|
/// | `changed` | 409, 412 | another client changed the row first |
/// | `behind` | 409, 412 | the row is [older](Error::is_behind) than the version that the client names, which it can have made up |
/// | `exists` | 409, 412 | a row was to be created, and is there |
/// | `missing` | 404, 410, 412 | there is no such row |
/// | `precondition-failed` | 412 | the header names no version of this row, or is `*`, which was not [accepted](super::IfMatch::accept_any) |
/// | `taken` | 409 | a value that has to be unique is taken |
/// | `leased` | 423 | another client has the lease for `leased_for` seconds; `Retry-After` |
/// | `lease-lost` | 409 | the lease that the write needs is lost |
/// | `outcome-unknown` | 500 | the write may have been committed; `"outcome": "unknown"` |
/// | `busy` | 503 | other requests were in the way, and no precondition was evaluated; `Retry-After` |
/// | `precondition-required` | 428 | the request needs an `If-Match` |
/// | `malformed` | 400 | a header is malformed |
/// | `duplicate` | 400 | a batch names a row twice |
/// | `lease-token` | 400 | the token of a lease is none |
/// | `lease-name` | 400 | the owner or the page of a lease has no bytes, or more than 255 |
/// | `form-refused` | 400, 403 | a form token or a fingerprint is damaged, of another request, or expired |
/// | (`about:blank`) | 500 | any other error |
///
/// # Members
///
/// `resource` is the name of the table, `key` the key as messages print it. `expected_version` and
/// `found_version` are JSON numbers where the token is a number, and texts elsewhere. **JavaScript reads
/// numbers beyond 2⁵³ inexactly**: a client that compares should compare tags. `changes`, `current` and
/// `instance` are there if the handler gives them; `changes` also where the error names fields: of a merge, of a row
/// without a version, and of a page that is out of date. Those of a page have the `resource` and the `key` of their row
/// beside the `field`, if they are of a row, and `gone` is how many parts more are not there any more.
///
/// A problem has nothing of the database's words, and not the owner of a lease. The `detail` names the key,
/// unless it is [left out](Self::without_key).
#[derive(Debug, Clone)]
#[must_use = "it is the body of an answer"]
pub struct Problem {
    kind: Kind,
    status: StatusCode,
    type_base: Cow<'static, str>,
    title: &'static str,
    detail: Option<String>,
    /// The detail without the key.
    keyless: Option<String>,
    members: Map<String, Value>,
    /// As it was serialized: a [`Value`] would turn `0.1_f32` into `0.10000000149011612`.
    current: Option<Box<RawValue>>,
    retry_after: Option<u64>,
}

const TYPE_BASE: &str = "urn:problem-type:optlock:";

/// The member that has a key.
const KEY: &str = "key";

/// After how many seconds a client may repeat a request that has met others.
const BUSY: u64 = 1;

impl Problem {
    /// The problem that an error is, of a request that had this precondition.
    pub fn of(error: &Error, precondition: Precondition) -> Self {
        let (kind, status) = decide(error, precondition);
        let mut problem = Self::new(kind, status);
        match kind {
            // Of these, a client is told nothing that another client or the database has said.
            Kind::Failed => {}
            Kind::Busy => return Self::busy(),
            Kind::OutcomeUnknown => {
                problem = problem
                    .saying("The change may have been made: look before you send it again.")
                    .with("outcome", "unknown");
            }
            _ => {
                problem.detail = Some(told(error, true));
                problem.keyless = Some(told(error, false));
            }
        }
        problem.about(error)
    }

    /// The answer where the service has no room for the request, and has sent nothing: no connection of the
    /// pool was free, for example. 503, and the client may send the request again, whatever it was.
    pub fn busy() -> Self {
        let problem = Self::new(Kind::Busy, StatusCode::SERVICE_UNAVAILABLE);
        Self {
            retry_after: Some(BUSY),
            ..problem.saying("Other requests were in the way: send the request again.")
        }
    }

    /// The answer to a write without `If-Match`, where one is required: 428. It is not to be cached, and says
    /// how to send the request again.
    pub fn missing_precondition() -> Self {
        Self::new(Kind::PreconditionRequired, StatusCode::PRECONDITION_REQUIRED).saying(
            "Send the ETag of the version that you have edited, which a GET of the resource returns, in the header \
             If-Match.",
        )
    }

    /// The answer to a PUT without `If-None-Match: *`, where a row may only be created: 428.
    pub fn missing_if_none_match() -> Self {
        let mut problem = Self::missing_precondition();
        problem.title = "The request needs the header If-None-Match";
        problem.saying("Send the header If-None-Match: * to create the resource if there is none.")
    }

    /// The answer to a request with a malformed header: 400.
    pub fn malformed(malformed: &MalformedTags) -> Self {
        let problem = Self::new(Kind::Malformed, StatusCode::BAD_REQUEST);
        problem.saying(malformed.to_string())
    }

    fn new(kind: Kind, status: StatusCode) -> Self {
        Self {
            kind,
            status,
            type_base: Cow::Borrowed(TYPE_BASE),
            title: kind.title(),
            detail: None,
            keyless: None,
            members: Map::new(),
            current: None,
            retry_after: None,
        }
    }

    fn saying(mut self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.keyless = Some(detail.clone());
        self.detail = Some(detail);
        self
    }

    fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// What the error names: its row, and versions.
    fn about(self, error: &Error) -> Self {
        match error {
            Error::ConcurrentModification(conflict) => {
                let mut problem = self.of_row(conflict.table(), conflict.key());
                if let Some(expected) = conflict.expected() {
                    problem = problem.with("expected_version", json_of(expected));
                }
                match conflict.found() {
                    Found::Modified { version }
                    | Found::Older { version }
                    | Found::Exists { version } => problem.with("found_version", json_of(version)),
                    Found::Changed { fields } => problem.changes(fields.iter().copied()),
                    _ => problem,
                }
            }
            Error::MergeConflict(conflict) => self
                .of_row(conflict.table(), conflict.key())
                .changes(conflict.fields().iter().copied()),
            Error::PreconditionFailed { table, key, .. } | Error::DuplicateKey { table, key } => {
                self.of_row(table, key)
            }
            #[cfg(feature = "lease")]
            Error::LeaseHeld(held) => {
                let seconds = whole_seconds(held.remaining());
                let problem = self.of_row(held.table(), held.key());
                Self {
                    retry_after: Some(seconds),
                    ..problem.with("leased_for", seconds)
                }
            }
            #[cfg(feature = "lease")]
            Error::LeaseLost(lost) => self.of_row(lost.table(), lost.key()),
            #[cfg(feature = "fingerprint")]
            Error::PageChanged(page) => self.of_page(page),
            _ => self,
        }
    }

    #[cfg(feature = "fingerprint")]
    fn of_page(self, page: &PageChanged) -> Self {
        let changes = page.parts().iter().map(|part| {
            let row = part.table().zip(part.key());
            let row = row.map(|(table, key)| [("resource", table), (KEY, key)]);
            let members = row.into_iter().flatten().chain([("field", part.name())]);
            members.collect::<Value>()
        });
        let problem = self.with("changes", changes.collect::<Vec<_>>());
        match page.gone() {
            0 => problem,
            gone => problem.with("gone", gone),
        }
    }

    fn of_row(self, table: &str, key: &str) -> Self {
        self.with("resource", table).with(KEY, key)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Answers 410 in place of 404: the service knows that there was such a row.
    pub fn gone(mut self) -> Self {
        if self.status == StatusCode::NOT_FOUND {
            self.status = StatusCode::GONE;
        }
        self
    }

    /// Leaves the key out, where it is personal data: the keys of all rows of a page. Names of tables and fields stay.
    pub fn without_key(mut self) -> Self {
        self.detail.clone_from(&self.keyless);
        self.members.remove(KEY);
        if let Some(Value::Array(changes)) = self.members.get_mut("changes") {
            for change in changes.iter_mut().filter_map(Value::as_object_mut) {
                change.remove(KEY);
            }
        }
        self
    }

    /// Puts another base before the word of the `type`: `https://example.org/problems#`.
    pub fn type_base(mut self, base: impl Into<Cow<'static, str>>) -> Self {
        self.type_base = base.into();
        self
    }

    /// The URI of this occurrence, such as the path of the resource.
    pub fn instance(self, uri: impl Into<String>) -> Self {
        self.with("instance", uri.into())
    }

    /// After how long the client may send the request again, if the answer says so at all: never of a conflict.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        if self.retry_after.is_some() {
            self.retry_after = Some(whole_seconds(wait));
        }
        self
    }

    /// Names the fields that differ, without their values: `"changes": [{"field": "name"}]`.
    pub fn changes(self, fields: impl IntoIterator<Item = Field>) -> Self {
        let changes = fields
            .into_iter()
            .map(|field| json!({"field": field.name()}));
        self.with("changes", changes.collect::<Vec<_>>())
    }

    /// Names the fields that differ, with both values as their `Debug` prints them: of `mine.diff(&theirs)`.
    pub fn changes_with_values(self, changes: &[Change<'_>]) -> Self {
        let changes = changes.iter().map(|change| {
            json!({
                "field": change.field().name(),
                "mine": format!("{:?}", change.mine()),
                "theirs": format!("{:?}", change.theirs()),
            })
        });
        self.with("changes", changes.collect::<Vec<_>>())
    }

    /// The representation as it is now, so that the client need not send a GET. **Load it anew**, and put its
    /// `ETag` in it as a field: the tag of an error's answer is not that of the resource.
    ///
    /// # Errors
    ///
    /// It cannot be serialized.
    pub fn current(self, representation: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self {
            current: Some(to_raw_value(representation)?),
            ..self
        })
    }

    fn type_uri(&self) -> Cow<'_, str> {
        match self.kind.name() {
            Some(name) => Cow::Owned(format!("{}{name}", self.type_base)),
            None => Cow::Borrowed("about:blank"),
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        // RFC 6585 demands it for 428. The others tell what another client is doing just now.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers
    }
}

impl Kind {
    /// The word of its type. An error of which a client is told nothing has none.
    fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Changed => "changed",
            Self::Behind => "behind",
            Self::Exists => "exists",
            Self::Missing => "missing",
            Self::PreconditionFailed => "precondition-failed",
            Self::Taken => "taken",
            #[cfg(feature = "lease")]
            Self::Leased => "leased",
            #[cfg(feature = "lease")]
            Self::LeaseLost => "lease-lost",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Busy => "busy",
            Self::PreconditionRequired => "precondition-required",
            Self::Malformed => "malformed",
            Self::Duplicate => "duplicate",
            #[cfg(feature = "lease")]
            Self::LeaseToken => "lease-token",
            #[cfg(feature = "lease")]
            Self::LeaseName => "lease-name",
            #[cfg(any(feature = "fingerprint", feature = "form"))]
            Self::FormRefused => "form-refused",
            Self::Failed => return None,
        })
    }

    fn title(self) -> &'static str {
        match self {
            Self::Changed => "Another client changed the resource first",
            Self::Behind => "The resource is older than the version that the client names",
            Self::Exists => "The resource exists already",
            Self::Missing => "There is no such resource",
            Self::PreconditionFailed => "The header names no version of this resource",
            Self::Taken => "A value that has to be unique is taken",
            #[cfg(feature = "lease")]
            Self::Leased => "Another client is editing the resource",
            #[cfg(feature = "lease")]
            Self::LeaseLost => "The lease of the resource is lost",
            Self::OutcomeUnknown => "It is not known whether the change was made",
            Self::Busy => "Other requests were in the way",
            Self::Failed => "Internal Server Error",
            Self::PreconditionRequired => "The request needs the header If-Match",
            Self::Malformed => "A header of the request is malformed",
            Self::Duplicate => "The request names a resource twice",
            #[cfg(feature = "lease")]
            Self::LeaseToken => "The token of the lease is none",
            #[cfg(feature = "lease")]
            Self::LeaseName => "A name that the lease is to have does not fit",
            #[cfg(any(feature = "fingerprint", feature = "form"))]
            Self::FormRefused => "The form is not accepted: load the page again",
        }
    }
}

/// What a client is told. Who has a lease is for the handler to say, which knows who asks.
fn told(error: &Error, with_key: bool) -> String {
    match error {
        #[cfg(feature = "lease")]
        Error::LeaseHeld(held) => held.without_owner(with_key.then(|| held.key())),
        #[cfg(feature = "lease")]
        Error::LeaseLost(lost) => lost.without_names(with_key.then(|| lost.key())),
        _ if with_key => error.to_string(),
        _ => error.without_key(),
    }
}

/// A number where it is one that JSON can hold.
fn json_of(version: &VersionValue) -> Value {
    let number = |number| {
        let small = i64::try_from(number).map(Value::from);
        small
            .or_else(|_| u64::try_from(number).map(Value::from))
            .ok()
    };
    match version {
        VersionValue::Null => Value::Null,
        VersionValue::Number(value) => number(*value).unwrap_or_else(|| value.to_string().into()),
        VersionValue::Text(text) => text.as_str().into(),
    }
}

/// Rounded up: after that time it is over.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &self.type_uri())?;
        map.serialize_entry("title", self.title)?;
        map.serialize_entry("status", &self.status.as_u16())?;
        if let Some(detail) = &self.detail {
            map.serialize_entry("detail", detail)?;
        }
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        if let Some(current) = &self.current {
            map.serialize_entry("current", current)?;
        }
        map.end()
    }
}

impl From<Problem> for Response<String> {
    fn from(problem: Problem) -> Self {
        let body = match serde_json::to_string(&problem) {
            Ok(body) => body,
            Err(_) => unreachable!("it is made of JSON values"),
        };
        let mut response = Self::new(body);
        *response.status_mut() = problem.status;
        *response.headers_mut() = problem.headers();
        response
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        failure.problem()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.problem()
    }
}

impl From<MalformedTags> for Problem {
    fn from(malformed: MalformedTags) -> Self {
        Self::malformed(&malformed)
    }
}

//! A small service of axum, and each of its answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER};
use http::{Method, Request, StatusCode};
use optlock::axum::{Tagged, TaggedBody, TaggedWrite};
use optlock::http::{ETag, Failure, IfMatch, IfNoneMatch, Patch, Preconditions, Problem};
use optlock::prelude::*;
use optlock::{Error, Upserted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use tower::ServiceExt as _;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        email -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
)]
#[diesel(table_name = contacts, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Contact {
    id: i32,
    name: String,
    email: Option<String>,
    version: i64,
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct Edit {
    id: i32,
    name: Option<String>,
    email: Option<Option<String>>,
    #[diesel(skip_update)]
    version: i64,
}

#[derive(Deserialize)]
struct PutBody {
    name: String,
    email: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PatchBody {
    name: Option<String>,
    email: Patch<String>,
}

#[derive(Clone)]
struct Database(Arc<Mutex<SqliteConnection>>);

impl Database {
    fn new() -> Self {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch_execute(
            "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, email TEXT, version BIGINT NOT NULL DEFAULT 1);
             INSERT INTO contacts (id, name, email) VALUES (1, 'Ann', 'ann@example.org');",
        )
        .unwrap();
        Self(Arc::new(Mutex::new(conn)))
    }

    fn conn(&self) -> MutexGuard<'_, SqliteConnection> {
        self.0.lock().unwrap()
    }

    fn row(&self, id: i32) -> Option<Contact> {
        let row = contacts::table.find(id).select(Contact::as_select());
        row.first(&mut *self.conn()).optional().unwrap()
    }
}

async fn show(
    State(database): State<Database>,
    Path(id): Path<i32>,
    held: Option<IfNoneMatch>,
) -> Result<Response, Error> {
    let row = contacts::table.find(id).select(Contact::as_select());
    let contact: Contact = row.first(&mut *database.conn())?;
    let tagged = Tagged::get(contact.etag(), Json(contact));
    Ok((
        [(CACHE_CONTROL, "no-cache")],
        tagged.unless_fresh(held.as_ref()),
    )
        .into_response())
}

async fn put(
    State(database): State<Database>,
    Path(id): Path<i32>,
    preconditions: Preconditions,
    Json(body): Json<PutBody>,
) -> Result<Response, Response> {
    let conn = &mut *database.conn();
    let preconditions = preconditions.accept_any();
    let mut contact = Contact {
        id,
        name: body.name,
        email: body.email,
        version: 0,
    };
    let failed = |failure: Failure| failure.into_response();
    match (preconditions.if_match(), preconditions.if_none_match()) {
        (Some(if_match), _) => contact.save_if_match(if_match, conn).map_err(failed)?,
        (None, Some(header)) if header.is_any() => {
            let created = contact.upsert_checked(conn);
            let created = created.map_err(|error| failed(Failure::new(error, header)))?;
            assert_eq!(created, Upserted::Inserted);
            let answer = Tagged::put(contact.etag(), contact);
            return Ok((StatusCode::CREATED, answer).into_response());
        }
        _ => return Err(Problem::missing_precondition().into_response()),
    }
    Ok(Tagged::put(contact.etag(), contact).into_response())
}

async fn patch(
    State(database): State<Database>,
    Path(id): Path<i32>,
    if_match: IfMatch,
    Json(body): Json<PatchBody>,
) -> Result<TaggedWrite<StatusCode>, Failure> {
    let mut edit = Edit {
        id,
        name: body.name,
        email: body.email.into(),
        version: 0,
    };
    edit.save_if_match(&if_match, &mut *database.conn())?;
    Ok(Tagged::patch(edit.etag(), StatusCode::NO_CONTENT))
}

async fn delete(
    State(database): State<Database>,
    Path(id): Path<i32>,
    if_match: Option<IfMatch>,
) -> Result<StatusCode, Failure> {
    let contact = Contact {
        id,
        name: String::new(),
        email: None,
        version: 0,
    };
    let conn = &mut *database.conn();
    match if_match {
        Some(if_match) => contact.delete_if_match(&if_match.accept_any(), conn)?,
        None => drop(contact.force_delete(conn)?),
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn only_new(_: IfNoneMatch) {}

fn service(database: Database) -> Router {
    Router::new()
        .route(
            "/contacts/{id}",
            get(show).put(put).patch(patch).delete(delete),
        )
        .route("/only_new", get(only_new))
        .with_state(database)
}

/// An answer, and its body as JSON.
struct Answer {
    response: Response,
    body: Value,
}

impl Answer {
    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        let value = self.response.headers().get(name)?;
        Some(value.to_str().unwrap())
    }
}

async fn send(
    database: &Database,
    method: Method,
    uri: &str,
    headers: &[(http::HeaderName, &str)],
    body: Value,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.header(CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body.to_string())).unwrap();
    let mut response = service(database.clone()).oneshot(request).await.unwrap();
    let body = std::mem::take(response.body_mut());
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    Answer { response, body }
}

async fn send_to_ann(
    database: &Database,
    method: Method,
    headers: &[(http::HeaderName, &str)],
    body: Value,
) -> Answer {
    send(database, method, "/contacts/1", headers, body).await
}

fn tag(version: i64) -> String {
    ETag::of_version::<Contact>(&1, &(), &version).to_string()
}

fn named(name: &str) -> Value {
    json!({"name": name, "email": null})
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, problem: &str) {
    assert_eq!(answer.status(), status, "{}", answer.body);
    assert_eq!(
        answer.header(CONTENT_TYPE),
        Some("application/problem+json")
    );
    assert_eq!(answer.body["type"], problem, "{}", answer.body);
    assert_eq!(answer.body["status"], status);
    assert_eq!(answer.header(CACHE_CONTROL), Some("no-store"));
    assert_eq!(answer.header(RETRY_AFTER), None);
    assert_eq!(answer.header(ETAG), None);
}

const CHANGED: &str = "urn:problem-type:optlock:changed";

#[tokio::test]
async fn a_get_has_the_tag_and_answers_304_to_who_has_it() {
    let database = Database::new();
    let first = send_to_ann(&database, Method::GET, &[], Value::Null).await;
    assert_eq!(
        (first.status(), first.header(ETAG)),
        (200, Some(&tag(1)[..]))
    );
    assert_eq!(first.body["name"], "Ann");
    for held in [
        tag(1),
        format!("W/{}", tag(1)),
        format!("\"x\", {}", tag(1)),
        "*".into(),
    ] {
        let again = send_to_ann(
            &database,
            Method::GET,
            &[(IF_NONE_MATCH, &held)],
            Value::Null,
        )
        .await;
        assert_eq!(
            (again.status(), again.header(ETAG)),
            (304, Some(&tag(1)[..]))
        );
        assert_eq!(again.header(CACHE_CONTROL), Some("no-cache"));
        assert_eq!(again.body, Value::Null);
    }
    let old = send_to_ann(
        &database,
        Method::GET,
        &[(IF_NONE_MATCH, &tag(7))],
        Value::Null,
    )
    .await;
    assert_eq!((old.status(), old.header(ETAG)), (200, Some(&tag(1)[..])));
    let gone = send(&database, Method::GET, "/contacts/9", &[], Value::Null).await;
    assert_problem(&gone, 404, "urn:problem-type:optlock:missing");
}

#[tokio::test]
async fn a_put_has_the_tag_in_its_body() {
    let database = Database::new();
    let put = send_to_ann(
        &database,
        Method::PUT,
        &[(IF_MATCH, &tag(1))],
        named("Ann B."),
    )
    .await;
    assert_eq!((put.status(), put.header(ETAG)), (200, None));
    assert_eq!(
        put.body,
        json!({"id": 1, "name": "Ann B.", "email": null, "version": 2, "etag": tag(2)})
    );
    // The field is what the next request needs.
    let etag = put.body["etag"].as_str().unwrap();
    let next = send_to_ann(&database, Method::PUT, &[(IF_MATCH, etag)], named("Ann C.")).await;
    assert_eq!(next.body["etag"], tag(3));
}

#[tokio::test]
async fn a_stale_put_is_a_412_with_what_has_happened() {
    let database = Database::new();
    send_to_ann(
        &database,
        Method::PUT,
        &[(IF_MATCH, &tag(1))],
        named("Ann B."),
    )
    .await;
    let stale = send_to_ann(
        &database,
        Method::PUT,
        &[(IF_MATCH, &tag(1))],
        named("Ann C."),
    )
    .await;
    assert_problem(&stale, 412, CHANGED);
    assert_eq!(stale.body["expected_version"], 1);
    assert_eq!(stale.body["found_version"], 2);
    assert_eq!(database.row(1).unwrap().name, "Ann B.");
    // For a log.
    let failure = stale.response.extensions().get::<Arc<Failure>>().unwrap();
    assert_eq!(
        failure.to_string(),
        "contacts 1 was changed: expected version 1, found 2"
    );
    let gone = send(
        &database,
        Method::PUT,
        "/contacts/9",
        &[(IF_MATCH, &tag(1))],
        named("Cid"),
    )
    .await;
    assert_problem(&gone, 404, "urn:problem-type:optlock:missing");
    let none = send(
        &database,
        Method::PUT,
        "/contacts/9",
        &[(IF_MATCH, "*")],
        named("Cid"),
    )
    .await;
    assert_problem(&none, 412, "urn:problem-type:optlock:missing");
}

#[tokio::test]
async fn a_header_that_is_missing_is_a_428_and_a_malformed_one_a_400() {
    let database = Database::new();
    for method in [Method::PUT, Method::PATCH] {
        let missing = send_to_ann(&database, method.clone(), &[], named("Ann B.")).await;
        assert_problem(
            &missing,
            428,
            "urn:problem-type:optlock:precondition-required",
        );
        assert!(
            missing.body["detail"]
                .as_str()
                .unwrap()
                .contains("If-Match")
        );
        for header in ["1", "\"a\", 1", "w/\"a\"", "\"a\", *", ""] {
            let malformed = send_to_ann(
                &database,
                method.clone(),
                &[(IF_MATCH, header)],
                named("Ann B."),
            )
            .await;
            assert_problem(&malformed, 400, "urn:problem-type:optlock:malformed");
        }
    }
    // What may be missing may not be malformed.
    for method in [Method::DELETE, Method::GET] {
        let header = if method == Method::GET {
            IF_NONE_MATCH
        } else {
            IF_MATCH
        };
        let malformed = send_to_ann(&database, method, &[(header, "1")], Value::Null).await;
        assert_problem(&malformed, 400, "urn:problem-type:optlock:malformed");
    }
    let missing = send(&database, Method::GET, "/only_new", &[], Value::Null).await;
    assert_problem(
        &missing,
        428,
        "urn:problem-type:optlock:precondition-required",
    );
    assert!(
        missing.body["detail"]
            .as_str()
            .unwrap()
            .contains("If-None-Match: *")
    );
    assert_eq!(database.row(1).unwrap().version, 1);
}

#[tokio::test]
async fn a_patch_tells_null_from_absent_and_is_checked_without_fields_too() {
    let database = Database::new();
    let absent = send_to_ann(
        &database,
        Method::PATCH,
        &[(IF_MATCH, &tag(1))],
        json!({"name": "Ann B."}),
    )
    .await;
    assert_eq!(
        (absent.status(), absent.header(ETAG)),
        (204, Some(&tag(2)[..]))
    );
    assert_eq!(
        database.row(1).unwrap().email.as_deref(),
        Some("ann@example.org")
    );
    let null = send_to_ann(
        &database,
        Method::PATCH,
        &[(IF_MATCH, &tag(2))],
        json!({"email": null}),
    )
    .await;
    assert_eq!(null.header(ETAG), Some(&tag(3)[..]));
    let row = database.row(1).unwrap();
    assert_eq!((row.name.as_str(), row.email), ("Ann B.", None));
    let nothing = send_to_ann(&database, Method::PATCH, &[(IF_MATCH, &tag(3))], json!({})).await;
    assert_eq!(
        (nothing.status(), nothing.header(ETAG)),
        (204, Some(&tag(3)[..]))
    );
    let stale = send_to_ann(&database, Method::PATCH, &[(IF_MATCH, &tag(2))], json!({})).await;
    assert_problem(&stale, 412, CHANGED);
}

#[tokio::test]
async fn a_put_that_only_creates_finds_the_row_or_another_value_that_is_taken() {
    let database = Database::new();
    let new = |id, name| {
        let (database, uri) = (&database, format!("/contacts/{id}"));
        async move {
            send(
                database,
                Method::PUT,
                &uri,
                &[(IF_NONE_MATCH, "*")],
                named(name),
            )
            .await
        }
    };
    let created = new(3, "Cid").await;
    assert_eq!((created.status(), created.header(ETAG)), (201, None));
    assert!(created.body["etag"].is_string());
    assert_problem(&new(3, "Dan").await, 412, "urn:problem-type:optlock:exists");
    assert_problem(&new(4, "Cid").await, 409, "urn:problem-type:optlock:taken");
}

#[tokio::test]
async fn a_delete_is_checked_and_a_second_one_is_a_404() {
    let database = Database::new();
    let delete = |header: String| {
        let database = &database;
        async move {
            send_to_ann(
                database,
                Method::DELETE,
                &[(IF_MATCH, &header)],
                Value::Null,
            )
            .await
        }
    };
    assert_problem(&delete(tag(0)).await, 412, CHANGED);
    assert_problem(
        &delete(tag(7)).await,
        412,
        "urn:problem-type:optlock:behind",
    );
    assert_eq!(delete(tag(1)).await.status(), 204);
    assert_problem(
        &delete(tag(1)).await,
        404,
        "urn:problem-type:optlock:missing",
    );
    assert_problem(
        &delete("*".into()).await,
        412,
        "urn:problem-type:optlock:missing",
    );
}

#[test]
fn an_answer_that_is_no_success_has_no_tag() {
    let etag: ETag = tag(1).parse().unwrap();
    let refused = Tagged::get(etag.clone(), StatusCode::FORBIDDEN).into_response();
    assert!(!refused.headers().contains_key(ETAG));
    let created = Tagged::post(etag, StatusCode::CREATED).into_response();
    assert_eq!(created.headers()[ETAG], tag(1));
}

/// The write behind it was committed. (Keys that are no texts cannot be JSON.)
#[tokio::test]
async fn a_body_that_cannot_be_serialized_is_a_success_with_the_tag_alone() {
    let body = std::collections::HashMap::from([((1, 2), 3)]);
    let answer: TaggedBody<_> = Tagged::put(tag(1).parse().unwrap(), body);
    let answer = (StatusCode::CREATED, answer).into_response();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
    // For a log.
    let error = answer.extensions().get::<Arc<serde_json::Error>>().unwrap();
    assert_eq!(error.to_string(), "key must be a string");
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    let body: Value = serde_json::from_slice(&bytes.unwrap()).unwrap();
    assert_eq!(body, json!({"etag": tag(1)}));
}

/// RFC 9110, section 13.2.1: a precondition counts only for an answer that would be a success.
#[test]
fn only_a_success_can_be_a_304() {
    let etag = ETag::of_version::<Contact>(&1, &(), &3);
    let headers = [(IF_NONE_MATCH, etag.clone().into())].into_iter().collect();
    let held = IfNoneMatch::from_headers(&headers).unwrap();
    for (status, answered) in [
        (StatusCode::OK, StatusCode::NOT_MODIFIED),
        (StatusCode::GONE, StatusCode::GONE),
    ] {
        let response = Tagged::get(etag.clone(), status).unless_fresh(held.as_ref());
        assert_eq!(response.status(), answered);
        let has_tag = response.headers().contains_key(ETAG);
        assert_eq!(has_tag, answered == StatusCode::NOT_MODIFIED);
    }
}

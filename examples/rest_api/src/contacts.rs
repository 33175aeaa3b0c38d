//! `/contacts` and `/contacts/{id}`.

use crate::App;
use crate::contact::{Body, Changes, Contact, Edit, Representation, contacts};
use crate::database::Connection;
use crate::input::Key;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use optlock::UuidText;
use optlock::axum::{NotModified, Tagged, TaggedWrite};
use optlock::diesel_async::prelude::*;
use optlock::http::{
    Decision, ETag, Failure, IfMatch, Precondition, Preconditions, Problem, already_stored,
    evaluate,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// How many contacts a list has at most.
const PAGE: i64 = 100;

/// A cache has to ask each time, by If-None-Match. The answer to a GET says so, a 304 too.
const REVALIDATE: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "private, no-cache")];

/// Which contacts a list has.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Those behind this key: the last one of the page before.
    #[param(inline)]
    after: Option<Key>,
}

/// GET /contacts
#[utoipa::path(get, path = "/contacts", params(Page), responses(
    (status = 200, description = "Up to 100 contacts, by key; each with its tag", body = [Representation]),
    (status = 400, description = "The key is none"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn list(
    State(app): State<App>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Representation>>, Refusal> {
    let conn = &mut app.connection().await?;
    let after = page.after.map_or_else(String::new, |key| key.0);
    let rows = contacts::table
        .filter(contacts::id.gt(after))
        .order(contacts::id)
        .limit(PAGE);
    let rows: Vec<Contact> = rows.select(Contact::as_select()).load(conn).await?;
    Ok(Json(rows.into_iter().map(Representation::from).collect()))
}

/// GET /contacts/{id}
#[utoipa::path(get, path = "/contacts/{id}", params(
    ("id" = inline(Key), Path), ("If-None-Match" = Option<String>, Header), ("If-Match" = Option<String>, Header),
), responses(
    (status = 200, description = "The contact", body = Representation, headers(("ETag"))),
    (status = 304, description = "The client has it", headers(("ETag"))),
    (status = 400, description = "The key is none, or a header is malformed"),
    (status = 404, description = "There is no such contact"),
    (status = 412, description = "If-Match names another version"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn show(
    State(app): State<App>,
    Path(id): Path<Key>,
    preconditions: Preconditions,
) -> Result<Response, Refusal> {
    let conn = &mut app.connection().await?;
    // The version alone, because a client that asks so has the rest most of the time.
    if preconditions != Preconditions::default() {
        let version = contacts::table.find(&id.0).select(contacts::version);
        let version: UuidText = version.first(conn).await?;
        let etag = ETag::of_version::<Contact>(&id.0, &(), &version);
        match evaluate(&Method::GET, &preconditions, Some(&etag)) {
            Decision::Proceed => {}
            Decision::NotModified => {
                return Ok((REVALIDATE, NotModified(etag)).into_response());
            }
            Decision::PreconditionFailed => {
                let why = "the contact has another version";
                return Err(Refusal::Plain(StatusCode::PRECONDITION_FAILED, why));
            }
        }
    }
    // With its own version, which may be newer than the one above.
    let contact = load(&id, conn).await?;
    let tagged = Tagged::get(contact.etag(), Json(Representation::from(contact)));
    Ok((REVALIDATE, tagged).into_response())
}

/// POST /contacts
#[utoipa::path(post, path = "/contacts", request_body = Body, responses(
    (status = 201, description = "Created, with a new key", body = Representation, headers(("ETag"), ("Location"))),
    (status = 400, description = "The body is no JSON"),
    (status = 409, description = "Another contact has this email"),
    (status = 415, description = "The body does not say that it is JSON"),
    (status = 422, description = "A field is missing or does not fit"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn create(State(app): State<App>, Json(body): Json<Body>) -> Result<Response, Refusal> {
    let conn = &mut app.connection().await?;
    let mut contact = body.into_contact(Key(Uuid::new_v4().to_string()));
    contact.upsert_checked(conn).await?;
    let location = [(LOCATION, location(&contact))];
    let tagged = Tagged::post(contact.etag(), Json(Representation::from(contact)));
    Ok((StatusCode::CREATED, location, tagged).into_response())
}

/// PUT /contacts/{id}
#[utoipa::path(put, path = "/contacts/{id}", request_body = Body, params(
    ("id" = inline(Key), Path), ("If-Match" = Option<String>, Header), ("If-None-Match" = Option<String>, Header),
), responses(
    (status = 200, description = "Saved, or saved already by an earlier request; the tag is in the body", body = Representation),
    (status = 201, description = "Created; the tag is in the body", body = Representation, headers(("Location"))),
    (status = 400, description = "The key is none, the body is no JSON, or a header is malformed"),
    (status = 404, description = "There is no such contact"),
    (status = 409, description = "Another contact has this email"),
    (status = 412, description = "The contact has another version, or exists already"),
    (status = 415, description = "The body does not say that it is JSON"),
    (status = 422, description = "A field is missing or does not fit"),
    (status = 428, description = "Neither If-Match nor If-None-Match: *"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn put(
    State(app): State<App>,
    Path(id): Path<Key>,
    preconditions: Preconditions,
    Json(body): Json<Body>,
) -> Result<Response, Refusal> {
    let contact = body.into_contact(id);
    let conn = &mut app.connection().await?;
    match (preconditions.if_match(), preconditions.if_none_match()) {
        (Some(if_match), None) => replace(contact, with_tags(if_match)?, conn).await,
        (None, Some(if_none_match)) if if_none_match.is_any() => {
            create_only(contact, if_none_match.into(), conn).await
        }
        (None, None) => Err(Problem::missing_precondition().into()),
        // RFC 9110 knows more conditions for a PUT, which no single statement checks.
        _ => Err(Refusal::Plain(
            StatusCode::BAD_REQUEST,
            "send either If-Match with a tag, or If-None-Match: *",
        )),
    }
}

async fn replace(
    mut contact: Contact,
    if_match: &IfMatch,
    conn: &mut Connection,
) -> Result<Response, Refusal> {
    let failure = match contact.save_if_match(if_match, conn).await {
        // The tag is in the body alone: RFC 9110 allows the header here only if the body was stored as it came.
        Ok(()) => return Ok(Json(Representation::from(contact)).into_response()),
        Err(failure) => failure,
    };
    let Some(current) = current(&failure, &contact.id, conn).await? else {
        return Err(failure.into());
    };
    // The client may repeat a request whose answer was lost: its change is in the row already, and nothing else. RFC 9110
    // allows a success then, with the whole representation. Each handler has to decide that: it is right for a PUT, which
    // says what the contact shall be, and wrong for a change that adds something.
    if already_stored(&contact, if_match, &current) {
        return Ok(Json(Representation::from(current)).into_response());
    }
    Err(refused(&failure, &contact, current))
}

async fn create_only(
    mut contact: Contact,
    precondition: Precondition,
    conn: &mut Connection,
) -> Result<Response, Refusal> {
    let failure = match contact.upsert_checked(conn).await {
        Ok(_) => {
            let location = [(LOCATION, location(&contact))];
            let body = Json(Representation::from(contact));
            return Ok((StatusCode::CREATED, location, body).into_response());
        }
        Err(error) => Failure::new(error, precondition),
    };
    match current(&failure, &contact.id, conn).await? {
        Some(current) => Err(refused(&failure, &contact, current)),
        None => Err(failure.into()),
    }
}

/// PATCH /contacts/{id}
#[utoipa::path(patch, path = "/contacts/{id}", request_body = Changes, params(
    ("id" = inline(Key), Path), ("If-Match" = String, Header),
), responses(
    (status = 200, description = "Saved", body = Representation, headers(("ETag"))),
    (status = 400, description = "The key is none, the body is no JSON, or a header is malformed"),
    (status = 404, description = "There is no such contact"),
    (status = 409, description = "Another contact has this email"),
    (status = 412, description = "The contact has another version; also if the body has no field"),
    (status = 415, description = "The body does not say that it is JSON"),
    (status = 422, description = "A field does not fit, or there is no such field"),
    (status = 428, description = "No If-Match"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn patch(
    State(app): State<App>,
    Path(id): Path<Key>,
    if_match: IfMatch,
    Json(changes): Json<Changes>,
) -> Result<TaggedWrite<Json<Representation>>, Refusal> {
    let if_match = with_tags(&if_match)?;
    let conn = &mut app.connection().await?;
    let contact = patched(changes.edit(&id), &id, if_match, conn).await?;
    Ok(Tagged::patch(
        contact.etag(),
        Json(Representation::from(contact)),
    ))
}

/// Saves an edit, and loads the row. A batch does this for each entry.
pub(crate) async fn patched(
    mut edit: Edit,
    id: &Key,
    if_match: &IfMatch,
    conn: &mut Connection,
) -> Result<Contact, Refusal> {
    // A PATCH without fields is checked too: this reads the version then.
    if let Err(failure) = edit.save_if_match(if_match, conn).await {
        return Err(match current(&failure, &id.0, conn).await? {
            Some(current) => refused(&failure, &edit.applied_to(&current), current),
            None => failure.into(),
        });
    }
    // What it left alone. Another client may have saved since, and then it is that client's version, with its contents.
    Ok(load(id, conn).await?)
}

/// DELETE /contacts/{id}
#[utoipa::path(delete, path = "/contacts/{id}", params(
    ("id" = inline(Key), Path), ("If-Match" = String, Header),
), responses(
    (status = 204, description = "Deleted"),
    (status = 400, description = "The key is none, or a header is malformed"),
    (status = 404, description = "There is no such contact"),
    (status = 412, description = "The contact has another version"),
    (status = 428, description = "No If-Match"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn delete(
    State(app): State<App>,
    Path(id): Path<Key>,
    if_match: IfMatch,
) -> Result<StatusCode, Refusal> {
    let if_match = with_tags(&if_match)?;
    let conn = &mut app.connection().await?;
    let edit = Changes::default().edit(&id); // the key is enough
    let Err(failure) = edit.delete_if_match(if_match, conn).await else {
        return Ok(StatusCode::NO_CONTENT);
    };
    match current(&failure, &id.0, conn).await? {
        Some(current) => Err(refused(&failure, &current.clone(), current)),
        None => Err(failure.into()),
    }
}

pub(crate) async fn load(id: &Key, conn: &mut Connection) -> QueryResult<Contact> {
    let row = contacts::table.find(&id.0).select(Contact::as_select());
    row.first(conn).await
}

/// The row as it is now, for the answer to a request that did not get through.
async fn current(
    failure: &Failure,
    id: &str,
    conn: &mut Connection,
) -> QueryResult<Option<Contact>> {
    if failure.status() != StatusCode::PRECONDITION_FAILED {
        return Ok(None);
    }
    let row = contacts::table.find(id).select(Contact::as_select());
    row.first(conn).await.optional()
}

/// A 412 with what its user needs to decide: the fields that differ, and the contact as it is now, with its tag.
fn refused(failure: &Failure, mine: &Contact, current: Contact) -> Refusal {
    let problem = failure.problem().changes_with_values(&mine.diff(&current));
    let problem = problem.instance(format!("/contacts/{}", current.id));
    problem
        .current(&Representation::from(current))
        .map_or_else(Refusal::from, Refusal::from)
}

fn location(contact: &Contact) -> String {
    format!("/contacts/{}", contact.id)
}

/// Refuses `If-Match: *`: a client that overwrites whatever is there overwrites what nobody has looked at.
pub(crate) fn with_tags(if_match: &IfMatch) -> Result<&IfMatch, Refusal> {
    if if_match.is_any() {
        Err(Problem::missing_precondition().into())
    } else {
        Ok(if_match)
    }
}

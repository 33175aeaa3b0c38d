//! `/contacts/{id}/lease`: who edits a contact, and until when.
//!
//! The lease warns the second person before they have typed anything. It replaces no If-Match: this service writes by
//! version alone, and who does not ask for the lease is kept away by the tag. (`save_leased` would check both.)

use crate::App;
use crate::contacts::{load, with_tags};
use crate::database::Connection;
use crate::input::{Key, Line};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::http::{Failure, IfMatch};
use optlock::lease::{Lease, LeaseStatus};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// From one renewal to the next. A client renews at a third of it.
const TIME: Duration = Duration::from_secs(60);

/// The header that has the token of the lease. Whoever has the token has the lease: it is a secret, as a session's cookie.
pub(crate) const TOKEN: &str = "lease-token";

/// Who wants to edit. A service with a login takes it from the session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[schema(inline)]
    owner: Line<60>,
}

/// Who edits a contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct Editing {
    owner: String,
    /// For how many more seconds.
    remaining: u64,
}

impl From<LeaseStatus> for Editing {
    fn from(status: LeaseStatus) -> Self {
        Self {
            owner: status.owner,
            remaining: status.remaining.as_secs(),
        }
    }
}

/// A lease, for its owner alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    /// For the header Lease-Token.
    token: String,
    owner: String,
    /// For how many more seconds.
    remaining: u64,
}

impl From<Lease> for Held {
    fn from(lease: Lease) -> Self {
        Self {
            token: lease.token(),
            owner: lease.owner().to_owned(),
            remaining: lease.remaining().as_secs(),
        }
    }
}

/// GET /contacts/{id}/lease
#[utoipa::path(get, path = "/contacts/{id}/lease", params(("id" = inline(Key), Path)), responses(
    (status = 200, description = "Who edits the contact, or null", body = Option<Editing>),
    (status = 400, description = "The key is none"),
    (status = 404, description = "There is no such contact"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn show(
    State(app): State<App>,
    Path(id): Path<Key>,
) -> Result<Json<Option<Editing>>, Refusal> {
    let conn = &mut app.connection().await?;
    let status = load(&id, conn).await?.lease_status(conn).await?;
    Ok(Json(status.lease.map(Editing::from)))
}

/// POST /contacts/{id}/lease: a person begins to edit the version that their page shows.
#[utoipa::path(post, path = "/contacts/{id}/lease", request_body = Wanted, params(
    ("id" = inline(Key), Path), ("If-Match" = String, Header),
), responses(
    (status = 201, description = "The lease is theirs", body = Held),
    (status = 400, description = "The key is none, the body is no JSON, or the header is malformed"),
    (status = 404, description = "There is no such contact"),
    (status = 412, description = "The page is out of date: the contact has another version"),
    (status = 415, description = "The body does not say that it is JSON"),
    (status = 422, description = "The owner is missing or does not fit"),
    (status = 423, description = "Another person edits the contact", headers(("Retry-After"))),
    (status = 428, description = "No If-Match"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn acquire(
    State(app): State<App>,
    Path(id): Path<Key>,
    if_match: IfMatch,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Held>), Refusal> {
    let if_match = with_tags(&if_match)?;
    let conn = &mut app.connection().await?;
    let mut contact = load(&id, conn).await?;
    let failed = |error| Failure::new(error, if_match);
    contact.require(if_match).map_err(failed)?; // the version of the page, which may be older than the one just loaded
    // Each page has a holder of its own, by which the same person's other page is told.
    let holder = Uuid::new_v4().to_string();
    let lease = Lease::acquire_checked(&contact, &wanted.owner.0, &holder, TIME, conn).await;
    Ok((StatusCode::CREATED, Json(lease.map_err(failed)?.into())))
}

/// PUT /contacts/{id}/lease: the page is still open.
#[utoipa::path(put, path = "/contacts/{id}/lease", params(
    ("id" = inline(Key), Path), ("Lease-Token" = String, Header),
), responses(
    (status = 200, description = "The lease lasts as long again", body = Held),
    (status = 400, description = "The key is none, or the token is none"),
    (status = 404, description = "There is no such contact"),
    (status = 409, description = "The lease is lost"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn renew(
    State(app): State<App>,
    Path(id): Path<Key>,
    headers: HeaderMap,
) -> Result<Json<Held>, Refusal> {
    let conn = &mut app.connection().await?;
    let mut lease = resume(&id, &headers, conn).await?;
    lease.renew(conn).await?.into_result(&lease)?; // 409, if it was lost since
    Ok(Json(lease.into()))
}

/// DELETE /contacts/{id}/lease: the page is closed.
#[utoipa::path(delete, path = "/contacts/{id}/lease", params(
    ("id" = inline(Key), Path), ("Lease-Token" = String, Header),
), responses(
    (status = 204, description = "Another person can edit"),
    (status = 400, description = "The key is none, or the token is none"),
    (status = 404, description = "There is no such contact"),
    (status = 409, description = "The lease is lost"),
    (status = 503, description = "Other requests were in the way", headers(("Retry-After"))),
))]
pub async fn release(
    State(app): State<App>,
    Path(id): Path<Key>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let conn = &mut app.connection().await?;
    let mut lease = resume(&id, &headers, conn).await?;
    let _done_or_lost = lease.release(conn).await?; // it is theirs no more, one way or the other
    Ok(StatusCode::NO_CONTENT)
}

async fn resume(id: &Key, headers: &HeaderMap, conn: &mut Connection) -> Result<Lease, Refusal> {
    let token = headers.get(TOKEN).and_then(|token| token.to_str().ok());
    let contact = load(id, conn).await?;
    match Lease::resume(&contact, token.unwrap_or_default(), TIME, conn).await {
        Err(Error::LeaseToken) => Err(Refusal::Plain(
            StatusCode::BAD_REQUEST,
            "send the token of the lease in the header Lease-Token",
        )),
        lease => Ok(lease?),
    }
}

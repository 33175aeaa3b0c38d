//! `PATCH /contacts`: many contacts in one request.

use crate::App;
use crate::contact::Changes;
use crate::contacts::patched;
use crate::input::Key;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use optlock::diesel_async::prelude::*;
use optlock::http::{ETag, IfMatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// So that one request does not keep its connection for minutes.
const MOST: usize = 100;

/// A contact to change. One request has one header If-Match, so that each entry has its own tag.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    #[schema(inline)]
    id: Key,
    #[schema(value_type = String)]
    etag: ETag,
    changes: Changes,
}

/// What became of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    id: String,
    /// What a PATCH of this contact alone would have answered.
    status: u16,
    /// The new tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    etag: Option<ETag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Value>,
}

/// PATCH /contacts
///
/// Each contact for itself, with a status of its own: an entry that is refused keeps no other from being saved. So it is no
/// transaction. Where all or none are to be saved, give the values their versions by `require`, and take
/// `save_all_checked`, which is one statement on PostgreSQL.
#[utoipa::path(patch, path = "/contacts", request_body = [Entry], responses(
    (status = 207, description = "The outcome of each entry, in their order", body = [Outcome]),
    (status = 400, description = "The body is no JSON"),
    (status = 415, description = "The body does not say that it is JSON"),
    (status = 422, description = "An entry does not fit, or there are more than 100"),
    (status = 503, description = "No connection to the database was free", headers(("Retry-After"))),
))]
pub async fn patch(
    State(app): State<App>,
    Json(entries): Json<Vec<Entry>>,
) -> Result<(StatusCode, Json<Vec<Outcome>>), Refusal> {
    if entries.len() > MOST {
        let why = "a batch has at most 100 entries";
        return Err(Refusal::Plain(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let conn = &mut app.connection().await?;
    let mut outcomes = Vec::with_capacity(entries.len());
    // One by one as `save_each_checked` does, but with what a PATCH has: an entry without fields is checked too.
    for Entry { id, etag, changes } in entries {
        let saved = patched(changes.edit(&id), &id, &IfMatch::from(etag), conn).await;
        outcomes.push(match saved {
            Ok(contact) => Outcome {
                id: id.0,
                status: StatusCode::OK.as_u16(),
                etag: Some(contact.etag()),
                problem: None,
            },
            Err(refusal) => Outcome {
                id: id.0,
                status: refusal.status().as_u16(),
                etag: None,
                problem: Some(refusal.to_json()?),
            },
        });
    }
    // Not 200: a client has to look at each status.
    Ok((StatusCode::MULTI_STATUS, Json(outcomes)))
}

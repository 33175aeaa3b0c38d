//! The description of the routes for programs, at `/openapi.json`.

use crate::contact::{Body, Changes, Representation};
use crate::{batch, contacts, lease};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Contacts",
        description = "Each contact has a tag, which a client sends back in If-Match with what it changes. \
            A body of 404, 409, 412, 423, 428, 500 or 503 is a problem by RFC 9457."
    ),
    paths(
        contacts::list,
        contacts::create,
        batch::patch,
        contacts::show,
        contacts::put,
        contacts::patch,
        contacts::delete,
        lease::show,
        lease::acquire,
        lease::renew,
        lease::release,
    ),
    components(schemas(
        Body,
        Changes,
        Representation,
        batch::Entry,
        batch::Outcome,
        lease::Wanted,
        lease::Editing,
        lease::Held,
    ))
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

//! What the address of a request says.

use crate::failed::Failed;
use axum::extract::{self, FromRequestParts};
use axum::http::request::Parts;
use maud::{Markup, html};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// axum's `Path`, with a page where it refuses.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        match extract::Path::from_request_parts(parts, state).await {
            Ok(extract::Path(path)) => Ok(Self(path)),
            Err(refused) => Err(Failed::Refused(refused.status(), UNREADABLE)),
        }
    }
}

/// axum's `Query`, with a page where it refuses.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        match extract::Query::from_request_parts(parts, state).await {
            Ok(extract::Query(query)) => Ok(Self(query)),
            Err(refused) => Err(Failed::Refused(refused.status(), UNREADABLE)),
        }
    }
}

const UNREADABLE: &str = "No page has a link to this address.";

/// What was done on the page before.
#[derive(Debug, Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

impl Done {
    pub(crate) fn is(&self, what: &str) -> bool {
        self.done.as_deref() == Some(what)
    }

    pub(crate) fn notice(&self) -> Markup {
        let text = match self.done.as_deref() {
            Some("saved") => "Saved.",
            Some("merged") => "Saved: merged from both changes.",
            Some("deleted") => "Deleted.",
            _ => return html! {},
        };
        html! { p.notice.good role="status" { (text) } }
    }
}

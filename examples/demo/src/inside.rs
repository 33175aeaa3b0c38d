//! What happened behind the pages: the last requests, and what each asked of the database.

use crate::failed::Failed;
use crate::layout::{Page, sql};
use crate::people::Visit;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use maud::html;

/// GET /inside
pub(crate) async fn show(visit: Visit) -> Result<Response, Failed> {
    let entries = visit.app.journal.entries();
    let body = html! {
        h1 { "Behind the pages" }
        p.lead {
            "The last requests of everybody, the newest one first, each with its statements. Look for an "
            code { "UPDATE" } " that ends in " code { "AND version = .." } ": it writes only if nobody wrote before. "
            "You see the values of your own requests only."
        }
        @for entry in entries.iter().filter(|entry| entry.status.get().is_some()) {
            @let statements = entry.statements_for(&visit.me);
            details.request open[!statements.is_empty() && entry.method != Method::GET] {
                summary {
                    code { (entry.method) " " (entry.path) }
                    @if let Some(status) = entry.status.get() { " " span.badge { (status.as_u16()) } }
                    @if let Some(who) = entry.who.get() { " " span.hint { (who.name) } }
                }
                (sql(&statements))
            }
        }
    };
    Ok(Page::of(&visit, "Behind the pages")
        .show(body)
        .into_response())
}

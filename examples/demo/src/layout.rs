//! What all pages have around them.

use crate::people::Visit;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use maud::{DOCTYPE, Markup, html};

const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/script.js");

/// A page, for whoever sees it.
pub(crate) struct Page<'v> {
    visit: Option<&'v Visit>,
    title: String,
}

impl<'v> Page<'v> {
    pub(crate) fn of(visit: &'v Visit, title: impl Into<String>) -> Self {
        Self {
            visit: Some(visit),
            title: title.into(),
        }
    }

    /// Before somebody has signed in, and after an error.
    pub(crate) fn of_nobody(title: impl Into<String>) -> Self {
        Self {
            visit: None,
            title: title.into(),
        }
    }

    pub(crate) fn show(self, body: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · optlock demo" }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href={ "/style.css?" (hash(STYLE)) };
                    script src={ "/script.js?" (hash(SCRIPT)) } defer {}
                }
                body {
                    a.skip href="#main" { "To the content" }
                    header {
                        a.brand href="/" { "optlock demo" }
                        @if let Some(visit) = self.visit {
                            nav aria-label="Pages" {
                                @for (path, name) in PAGES { a href=(path) { (name) } }
                            }
                            form.who method="post" action="/sign-out" {
                                span { (visit.me.name) @if visit.me.is_admin { " (administrator)" } }
                                button.plain type="submit" { "Sign out" }
                            }
                        }
                    }
                    main id="main" { (body) }
                    @if let Some(visit) = self.visit { (statements(visit)) }
                }
            }
        }
    }
}

const PAGES: [(&str, &str); 6] = [
    ("/contacts", "Contacts"),
    ("/orders", "Orders"),
    ("/products", "Products"),
    ("/hours", "Hours"),
    ("/json", "JSON"),
    ("/inside", "Behind the pages"),
];

/// What this request has asked of the database so far.
fn statements(visit: &Visit) -> Markup {
    let statements = visit.entry.statements();
    html! {
        @if !statements.is_empty() {
            footer {
                details.sql {
                    summary { "What this page asked of the database (" (statements.len()) ")" }
                    (sql(&statements))
                }
            }
        }
    }
}

pub(crate) fn sql(statements: &[crate::journal::Statement]) -> Markup {
    html! {
        ol.sql {
            @for statement in statements {
                li {
                    code { (statement.sql) @if let Some(binds) = &statement.binds { " -- binds: " (binds) } }
                    @if let Some(error) = &statement.error { span.error { (error) } }
                }
            }
        }
    }
}

/// The head of a table.
pub(crate) fn head(columns: &[&str]) -> Markup {
    html! { thead { tr { @for column in columns { th scope="col" { (column) } } } } }
}

/// A page that says one thing, with a way back.
pub(crate) fn message(status: StatusCode, what: &str, why: &str) -> impl IntoResponse + use<> {
    let body = html! {
        h1 { (what) }
        p.lead { (why) }
        p.buttons { a.button.primary href="/contacts" { "To the contacts" } a.button href="/" { "To the start" } }
    };
    (status, Page::of_nobody(what).show(body))
}

/// The button that makes everything as it was at first.
pub(crate) fn reset_form() -> Markup {
    html! {
        form.reset method="post" action="/reset" {
            button.plain type="submit" { "Reset the demo" }
            span.hint { "It makes everybody's rows as they were at first." }
        }
    }
}

/// A time, as people say it; its exact text is there too.
pub(crate) fn time(at: NaiveDateTime) -> Markup {
    html! {
        time datetime={ (at.format("%FT%T%.6fZ")) } title={ (at.format("%F %T UTC")) } {
            (ago(at, Utc::now().naive_utc()))
        }
    }
}

fn ago(at: NaiveDateTime, now: NaiveDateTime) -> String {
    let passed = now.signed_duration_since(at);
    let some = |count: i64, unit: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{s} ago")
    };
    if passed < TimeDelta::seconds(2) {
        "just now".to_owned()
    } else if passed < TimeDelta::minutes(1) {
        some(passed.num_seconds(), "second")
    } else if passed < TimeDelta::hours(1) {
        some(passed.num_minutes(), "minute")
    } else if passed < TimeDelta::days(1) {
        some(passed.num_hours(), "hour")
    } else {
        at.format("%F").to_string()
    }
}

/// So that a browser that has the file asks for no other until it changes.
const fn hash(text: &str) -> u64 {
    let (bytes, mut hash, mut index) = (text.as_bytes(), 0xcbf2_9ce4_8422_2325_u64, 0);
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

const FOR_EVER: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=31536000, immutable");

/// GET /style.css
pub(crate) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), FOR_EVER], STYLE).into_response()
}

/// GET /script.js
pub(crate) async fn script() -> Response {
    (
        [(CONTENT_TYPE, "text/javascript; charset=utf-8"), FOR_EVER],
        SCRIPT,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_as_people_say_it() {
        let now = chrono::DateTime::from_timestamp(1_000_000, 0)
            .unwrap()
            .naive_utc();
        for (seconds, text) in [
            (-5, "just now"),
            (1, "just now"),
            (2, "2 seconds ago"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (3_599, "59 minutes ago"),
            (3_600, "1 hour ago"),
            (86_399, "23 hours ago"),
            (86_400, "1970-01-11"),
        ] {
            assert_eq!(ago(now - TimeDelta::seconds(seconds), now), text);
        }
    }
}

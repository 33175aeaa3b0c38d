//! The same over JSON: what clients of the REST service send and get, and what each request asks of the database.
//!
//! The routes are those of `examples/rest_api`, on the contacts of this demo. The page sends the requests itself, so that they
//! can be read without a program that sends them.

use crate::failed::Failed;
use crate::journal::{Entry, Statement};
use crate::layout::{Page, sql};
use crate::people::Visit;
use crate::posted::Posted;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{
    CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use axum::http::{Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use optlock_rest_api as rest_api;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// What the answers may be long: far more than they are.
const MOST: usize = 1 << 20;

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Conflict,
    Deleted,
    Lease,
    Tags,
}

const FLOWS: [(Flow, &str, &str); 4] = [
    (Flow::Conflict, "conflict", "Two clients change one contact"),
    (
        Flow::Deleted,
        "deleted",
        "A contact is deleted while somebody changes it",
    ),
    (
        Flow::Lease,
        "lease",
        "A person edits, and another one is told",
    ),
    (
        Flow::Tags,
        "tags",
        "Without a tag, and with one that is still right",
    ),
];

/// GET /json
pub(crate) async fn show(visit: Visit) -> Response {
    page(&visit, None, &[]).into_response()
}

/// POST /json: sends the requests of a flow, and shows them.
pub(crate) async fn run(visit: Visit, posted: Posted) -> Result<Response, Failed> {
    let name = posted.get("flow").unwrap_or_default();
    let Some((flow, ..)) = FLOWS.into_iter().find(|(_, known, _)| *known == name) else {
        return Err(Failed::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "There is no such flow.",
        ));
    };
    let mut client = Client {
        routes: rest_api::routes(visit.app.rest_api.clone()),
        contact: format!("/contacts/{}", Uuid::new_v4()),
        first: String::new(),
        newest: String::new(),
        lease: String::new(),
        exchanges: Vec::new(),
    };
    for step in flow.steps() {
        client.send(step).await;
    }
    Ok(page(&visit, Some(flow), &client.exchanges).into_response())
}

/// A request of a flow.
struct Step {
    why: &'static str,
    method: Method,
    /// What follows the path of the contact.
    part: &'static str,
    header: Option<(HeaderName, Known)>,
    body: Option<Value>,
}

/// What a header has, of what the answers before have told.
enum Known {
    /// Whatever there is.
    Any,
    /// The tag of the contact as it was created.
    First,
    /// The tag that was told last.
    Newest,
    /// What the holder of the lease alone was told.
    Lease,
}

impl Step {
    fn of(why: &'static str, method: Method) -> Self {
        Self {
            why,
            method,
            part: "",
            header: None,
            body: None,
        }
    }

    fn at(self, part: &'static str) -> Self {
        Self { part, ..self }
    }

    fn with(self, name: HeaderName, known: Known) -> Self {
        let header = Some((name, known));
        Self { header, ..self }
    }

    fn body(self, body: Value) -> Self {
        let body = Some(body);
        Self { body, ..self }
    }
}

impl Flow {
    /// Its requests, about a contact of its own, which is gone at the end.
    fn steps(self) -> Vec<Step> {
        let create = "Somebody creates a contact. Its tag is in the body.";
        let new = json!({"name": "Made over JSON", "email": null, "calls": 0});
        let mut steps = vec![
            Step::of(create, Method::PUT)
                .with(IF_NONE_MATCH, Known::Any)
                .body(new),
        ];
        steps.extend(match self {
            Self::Conflict => conflict(),
            Self::Deleted => deleted(),
            Self::Lease => lease(),
            Self::Tags => tags(),
        });
        if self != Self::Deleted {
            steps.push(delete("It is deleted again.", Known::Newest));
        }
        steps
    }
}

fn call(why: &'static str, calls: u32) -> Step {
    Step::of(why, Method::PATCH).body(json!({"calls": calls}))
}

fn delete(why: &'static str, tag: Known) -> Step {
    Step::of(why, Method::DELETE).with(IF_MATCH, tag)
}

fn conflict() -> Vec<Step> {
    vec![
        call("Ann changes it, with the tag that she was shown.", 1).with(IF_MATCH, Known::First),
        call(
            "Bob was shown the same tag. He is refused, and told what it is now.",
            5,
        )
        .with(IF_MATCH, Known::First),
        call(
            "Bob has looked at it, and sends his change with the new tag.",
            6,
        )
        .with(IF_MATCH, Known::Newest),
    ]
}

fn deleted() -> Vec<Step> {
    vec![
        delete("Ann deletes it.", Known::First),
        call(
            "Bob changes what is no more. Nothing is created by that.",
            1,
        )
        .with(IF_MATCH, Known::First),
    ]
}

fn lease() -> Vec<Step> {
    let acquire = |why, owner: &str| {
        Step::of(why, Method::POST)
            .at("/lease")
            .with(IF_MATCH, Known::First)
            .body(json!({"owner": owner}))
    };
    vec![
        acquire("Ann begins to edit.", "Ann"),
        acquire("So does Bob. He is told for how long it is hers.", "Bob"),
        Step::of("Ann closes her page.", Method::DELETE)
            .at("/lease")
            .with(HeaderName::from_static("lease-token"), Known::Lease),
    ]
}

fn tags() -> Vec<Step> {
    vec![
        call("A change without a tag says not what it was made on.", 1),
        Step::of(
            "A reader who has the newest version is sent nothing.",
            Method::GET,
        )
        .with(IF_NONE_MATCH, Known::First),
    ]
}

/// Sends requests to the routes themselves.
struct Client {
    routes: Router,
    contact: String,
    first: String,
    newest: String,
    lease: String,
    exchanges: Vec<Exchange>,
}

/// A request and its answer.
struct Exchange {
    why: &'static str,
    request: String,
    body: Option<Value>,
    status: StatusCode,
    headers: Vec<String>,
    answer: String,
    statements: Vec<Statement>,
}

/// The headers of an answer that are of interest here.
const TOLD: [HeaderName; 4] = [ETAG, CONTENT_TYPE, LOCATION, RETRY_AFTER];

impl Client {
    async fn send(&mut self, step: Step) {
        let Step { why, method, .. } = step;
        let path = format!("{}{}", self.contact, step.part);
        let mut shown = format!("{method} /api{path}");
        let mut request = Request::builder().method(method.clone()).uri(&path);
        if let Some((name, known)) = step.header {
            let value = match known {
                Known::Any => "*",
                Known::First => &self.first,
                Known::Newest => &self.newest,
                Known::Lease => &self.lease,
            };
            shown.push_str(&format!("\n{name}: {value}"));
            request = request.header(name, value);
        }
        let content = step.body.as_ref().map(Value::to_string);
        if content.is_some() {
            shown.push_str("\ncontent-type: application/json");
            request = request.header(CONTENT_TYPE, "application/json");
        }
        // As a request of its own, so that its statements are.
        let entry = Entry::new(method, path);
        let answer = match request.body(content.map_or_else(Body::empty, Body::from)) {
            Ok(request) => entry
                .record(self.routes.clone().oneshot(request))
                .await
                .into_response(),
            Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        };
        let (parts, content) = answer.into_parts();
        let content = to_bytes(content, MOST).await.unwrap_or_default();
        let value = serde_json::from_slice(&content).unwrap_or(Value::Null);
        self.learn(&value);
        let told = TOLD.iter().filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some(format!("{name}: {value}"))
        });
        self.exchanges.push(Exchange {
            why,
            request: shown,
            body: step.body,
            status: parts.status,
            headers: told.collect(),
            answer: pretty(&value, &content),
            statements: entry.statements(),
        });
    }

    /// Keeps what later requests need of an answer. A refusal has the contact as it is now.
    fn learn(&mut self, answer: &Value) {
        let tag = answer["etag"]
            .as_str()
            .or(answer["current"]["etag"].as_str());
        if let Some(tag) = tag {
            tag.clone_into(&mut self.newest);
            if self.first.is_empty() {
                tag.clone_into(&mut self.first);
            }
        }
        if let Some(token) = answer["token"].as_str() {
            token.clone_into(&mut self.lease);
        }
    }
}

fn pretty(value: &Value, content: &[u8]) -> String {
    match value {
        Value::Null => String::from_utf8_lossy(content).into_owned(),
        value => format!("{value:#}"),
    }
}

fn page(visit: &Visit, flow: Option<Flow>, exchanges: &[Exchange]) -> Markup {
    let body = html! {
        h1 { "The same over JSON" }
        p.lead {
            "A program sends the tag of what it was shown back in the header " code { "If-Match" } ". The routes at "
            code { "/api" } " are on the contacts of this demo: what a program changes there, the open pages are told. "
            a href="/api/openapi.json" { "All routes" } "."
        }
        div.ways {
            @for (known, name, label) in FLOWS {
                form method="post" action="/json" {
                    input type="hidden" name="flow" value=(name);
                    button.primary[flow == Some(known)] type="submit" { (label) }
                }
            }
        }
        ol.exchanges {
            @for exchange in exchanges {
                li.card {
                    p { strong { (exchange.why) } }
                    pre tabindex="0" {
                        (exchange.request)
                        @if let Some(body) = &exchange.body { "\n\n" (format!("{body:#}")) }
                    }
                    p { span.badge.status { (exchange.status) } }
                    @if !exchange.headers.is_empty() || !exchange.answer.is_empty() {
                        pre tabindex="0" {
                            (exchange.headers.join("\n"))
                            @if !exchange.answer.is_empty() { "\n\n" (exchange.answer) }
                        }
                    }
                    details.sql {
                        summary { "What it asked of the database (" (exchange.statements.len()) ")" }
                        (sql(&exchange.statements))
                    }
                }
            }
        }
    };
    Page::of(visit, "The same over JSON").show(body)
}

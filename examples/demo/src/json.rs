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
        exchanges: Vec::new(),
    };
    // A contact of its own, which is gone at the end.
    let path = format!("/contacts/{}", Uuid::new_v4());
    client.run(flow, &path).await;
    Ok(page(&visit, Some(flow), &client.exchanges).into_response())
}

struct Client {
    routes: Router,
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
    async fn run(&mut self, flow: Flow, path: &str) {
        let new = json!({"name": "Made over JSON", "email": null, "calls": 0});
        let only_new = (IF_NONE_MATCH, "*");
        let made = self
            .send(
                "Somebody creates a contact. Its tag is in the body.",
                Method::PUT,
                path,
                &[only_new],
                Some(new),
            )
            .await;
        let mut tag = tag_of(&made);
        match flow {
            Flow::Conflict => {
                let call = |calls: u32| Some(json!({"calls": calls}));
                self.send(
                    "Ann changes it, with the tag that she was shown.",
                    Method::PATCH,
                    path,
                    &[(IF_MATCH, &tag)],
                    call(1),
                )
                .await;
                let refused = self
                    .send(
                        "Bob was shown the same tag. He is refused, and told what it is now.",
                        Method::PATCH,
                        path,
                        &[(IF_MATCH, &tag)],
                        call(5),
                    )
                    .await;
                tag = tag_of(&refused["current"]);
                let saved = self
                    .send(
                        "Bob has looked at it, and sends his change with the new tag.",
                        Method::PATCH,
                        path,
                        &[(IF_MATCH, &tag)],
                        call(6),
                    )
                    .await;
                tag = tag_of(&saved);
            }
            Flow::Deleted => {
                self.send(
                    "Ann deletes it.",
                    Method::DELETE,
                    path,
                    &[(IF_MATCH, &tag)],
                    None,
                )
                .await;
                self.send(
                    "Bob changes what is no more. Nothing is created by that.",
                    Method::PATCH,
                    path,
                    &[(IF_MATCH, &tag)],
                    Some(json!({"calls": 1})),
                )
                .await;
                return;
            }
            Flow::Lease => {
                let lease = format!("{path}/lease");
                let owner = |name: &str| Some(json!({"owner": name}));
                let held = self
                    .send(
                        "Ann begins to edit.",
                        Method::POST,
                        &lease,
                        &[(IF_MATCH, &tag)],
                        owner("Ann"),
                    )
                    .await;
                self.send(
                    "So does Bob. He is told for how long it is hers.",
                    Method::POST,
                    &lease,
                    &[(IF_MATCH, &tag)],
                    owner("Bob"),
                )
                .await;
                let token = held["token"].as_str().unwrap_or_default();
                let token = (HeaderName::from_static("lease-token"), token);
                self.send(
                    "Ann closes her page.",
                    Method::DELETE,
                    &lease,
                    &[token],
                    None,
                )
                .await;
            }
            Flow::Tags => {
                self.send(
                    "A change without a tag says not what it was made on.",
                    Method::PATCH,
                    path,
                    &[],
                    Some(json!({"calls": 1})),
                )
                .await;
                self.send(
                    "A reader who has the newest version is sent nothing.",
                    Method::GET,
                    path,
                    &[(IF_NONE_MATCH, &tag)],
                    None,
                )
                .await;
            }
        }
        self.send(
            "It is deleted again.",
            Method::DELETE,
            path,
            &[(IF_MATCH, &tag)],
            None,
        )
        .await;
    }

    /// Sends a request to the routes themselves, and returns what the answer has in its body.
    async fn send(
        &mut self,
        why: &'static str,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: Option<Value>,
    ) -> Value {
        let mut request = format!("{method} /api{path}");
        let mut builder = Request::builder().method(method.clone()).uri(path);
        for (name, value) in headers {
            request.push_str(&format!("\n{name}: {value}"));
            builder = builder.header(name, *value);
        }
        let content = body.as_ref().map(Value::to_string);
        if content.is_some() {
            request.push_str("\ncontent-type: application/json");
            builder = builder.header(CONTENT_TYPE, "application/json");
        }
        // As a request of its own, so that its statements are.
        let entry = Entry::new(method, path.to_owned());
        let answer = match builder.body(content.map_or_else(Body::empty, Body::from)) {
            Ok(request) => entry
                .record(self.routes.clone().oneshot(request))
                .await
                .into_response(),
            Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        };
        let (parts, content) = answer.into_parts();
        let content = to_bytes(content, MOST).await.unwrap_or_default();
        let value = serde_json::from_slice(&content).unwrap_or(Value::Null);
        let told = TOLD.iter().filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some(format!("{name}: {value}"))
        });
        self.exchanges.push(Exchange {
            why,
            request,
            body,
            status: parts.status,
            headers: told.collect(),
            answer: pretty(&value, &content),
            statements: entry.statements(),
        });
        value
    }
}

fn tag_of(contact: &Value) -> String {
    contact["etag"].as_str().unwrap_or_default().to_owned()
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

//! An application to click: contacts, products and orders that two people edit at once, and every way out of a conflict.
//!
//! A file is a resource: `contacts`, `orders`, `lines`, `products`, `hours`, `json`. What a row on a page does is written once
//! for all of them, in `card`. Around them are who is there (`people`), what was asked of the database (`journal`), the
//! [`database`], and the `layout`.

mod address;
mod card;
mod contacts;
pub mod database;
mod failed;
mod hours;
mod inside;
mod journal;
mod json;
mod layout;
mod lines;
mod orders;
mod people;
mod posted;
mod products;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use card::handlers;
use card::leased::Rule;
use contacts::Contact;
use database::{Connections, Settings};
use failed::Failed;
use journal::Journal;
use optlock::seal::{Keys, Seal};
use optlock_rest_api as rest_api;
use orders::Order;
use people::{People, Person};
use products::Product;
use std::error::Error;
use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::set_header::SetResponseHeaderLayer;
use uuid::Uuid;

/// After that a form is refused: one that was left open on a shared computer is of no use next week.
const FORM_TIME: Duration = Duration::from_secs(12 * 3600);

/// How the application is.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often an open page asks for news.
    pub poll: Duration,
    /// How long others are told that a page edits, unless it asks again. An order is kept from them for as long.
    pub lease: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            lease: Duration::from_secs(60),
        }
    }
}

/// What all handlers share.
#[derive(Clone)]
pub struct App(Arc<Shared>);

pub struct Shared {
    connections: Connections,
    /// What forms are signed with. They are new with each start: the pages of before are refused, and what was typed is kept.
    pub keys: Keys,
    options: Options,
    people: People,
    journal: Journal,
    rule: Mutex<Rule>,
    rest_api: rest_api::App,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Opens the database, and makes and fills its tables if they are missing.
    pub async fn open(settings: &Settings, options: Options) -> Result<Self, Box<dyn Error>> {
        let connections = database::open(settings)?;
        database::create(&mut *connections.get().await?).await?;
        let secret = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes);
        Ok(Self(Arc::new(Shared {
            rest_api: rest_api::App::on(connections.clone()),
            connections,
            keys: Keys::new(secret.concat())?,
            options,
            people: People::default(),
            journal: Journal::default(),
            rule: Mutex::default(),
        })))
    }

    /// Waits for the requests of browsers that have hung up. axum has waited for all others.
    pub async fn finish(&self) {
        self.rest_api.finish().await;
    }

    /// What forms are signed with: for one purpose, and for this person, whatever session it is.
    fn seal<'s>(&'s self, purpose: &'s str, person: &Person) -> Result<Seal<'s>, optlock::Error> {
        let seal = self.keys.purpose(purpose).session(&person.name)?;
        Ok(seal.expires_in(FORM_TIME))
    }

    /// What happens to the second person who opens an order.
    fn rule(&self) -> Rule {
        *lock(&self.rule)
    }

    fn set_rule(&self, rule: Rule) {
        *lock(&self.rule) = rule;
    }

    /// The pool.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }
}

/// Locks what all requests share. Nothing panics while it is locked.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves until `stop`, and then ends the requests that are under way.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(app.clone()))
        .with_graceful_shutdown(stop)
        .await?;
    app.finish().await;
    Ok(())
}

/// The routes.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .route("/", get(people::home))
        .route(
            "/contacts",
            get(contacts::list).post(handlers::create::<Contact>),
        )
        .merge(card::<Contact>("/contacts/{id}"))
        .route("/orders", get(orders::list))
        .route("/orders/rule", post(orders::set_rule))
        .merge(card::<Order>("/orders/{id}"))
        .route("/orders/{id}/lines", get(lines::show).post(lines::post))
        .route("/products", get(products::list))
        .merge(card::<Product>("/products/{id}"))
        // Not below `/contacts`, where `new` and `rows` are keys as any others.
        .route("/new/contact", get(handlers::blank::<Contact>))
        .route("/rows/contacts", get(contacts::rows))
        .route("/rows/orders", get(orders::rows))
        .route("/hours", get(hours::show).post(hours::post))
        .route("/json", get(json::show).post(json::run))
        .route("/inside", get(inside::show))
        .route("/reset", post(people::reset))
        .route("/sign-out", post(people::sign_out))
        .route_layer(middleware::from_fn_with_state(
            app.clone(),
            people::identify,
        ));
    let all = pages
        .route("/sign-in", get(people::page).post(people::sign_in))
        .route("/style.css", get(layout::style))
        .route("/script.js", get(layout::script))
        .fallback(async || Failed::Refused(StatusCode::NOT_FOUND, "There is no such page."))
        .method_not_allowed_fallback(async || {
            Failed::Refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "This page cannot be asked for in that way.",
            )
        })
        .with_state(app.clone())
        .layer(CatchPanicLayer::custom(failed::panicked))
        .nest("/api", rest_api::routes(app.rest_api.clone()))
        .layer(CsrfLayer::new().with_rejection_response(of_another_site))
        .layer(middleware::from_fn_with_state(
            app.journal.clone(),
            journal::note,
        ));
    // No page is kept by the browser, so that "back" asks again; files have said otherwise.
    let headers = [
        ("cache-control", "no-store"),
        ("content-security-policy", POLICY),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
    ];
    let all = headers.into_iter().fold(all, |all, (name, value)| {
        let (name, value) = (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        all.layer(SetResponseHeaderLayer::if_not_present(name, value))
    });
    rest_api::in_tasks(&app.rest_api, all)
}

/// What is on the page is the page's own, and nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn card<C: card::Card>(path: &'static str) -> Router<App> {
    let part = |name| format!("{path}/{name}");
    Router::new()
        .route(path, get(handlers::show::<C>).post(handlers::post::<C>))
        .route(&part("live"), post(handlers::live::<C>))
        .route(&part("leave"), post(handlers::leave::<C>))
        .route(&part("somebody"), post(handlers::change_somehow::<C>))
}

/// A form that another site has sent in the name of whoever is signed in here.
fn of_another_site(_: ProtectionError) -> Response {
    Failed::Refused(
        StatusCode::FORBIDDEN,
        "The form came from another site, so nothing was done.",
    )
    .into_response()
}

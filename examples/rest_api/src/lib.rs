//! Contacts as a REST service that loses no update. The README says how to start it; `tests/` talks HTTP to it.
//!
//! A file is a resource ([`contacts`], [`batch`], [`lease`]). What they share: the [model](contact), what a client may
//! [send](input), what it gets [instead of a result](refusal), the [database], and [the task of a request](own_task).

pub mod batch;
pub mod contact;
pub mod contacts;
pub mod database;
pub mod examples;
pub mod input;
pub mod lease;
pub mod openapi;
pub mod own_task;
pub mod refusal;

use axum::routing::get;
use axum::{Json, Router, middleware};
use contact::{Contact, never_stored};
use database::{Connections, Pooled, Settings};
use optlock::diesel_async::prelude::*;
use refusal::Refusal;
use std::error::Error;
use std::io;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

/// What all handlers share.
#[derive(Clone)]
pub struct App {
    connections: Connections,
    /// The requests that are under way, also those whose client has hung up.
    requests: TaskTracker,
}

impl App {
    /// Opens the database, and makes its tables if they are missing.
    pub async fn open(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let connections = database::open(settings)?;
        database::create_tables(&mut *connections.get().await?).await?;
        Ok(Self::on(connections))
    }

    /// On a pool that another program has opened, whose tables are there.
    pub fn on(connections: Connections) -> Self {
        Self {
            connections,
            requests: TaskTracker::new(),
        }
    }

    /// A connection for one request.
    pub async fn connection(&self) -> Result<Pooled, Refusal> {
        Ok(self.connections.get().await?)
    }

    /// The pool.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Waits for the requests of clients that have hung up. axum has waited for all others.
    pub async fn finish(&self) {
        self.requests.close();
        self.requests.wait().await;
    }
}

/// The routes, each request in a task of its own.
pub fn router(app: App) -> Router {
    in_tasks(&app, routes(app.clone()))
}

/// Runs each request in [a task of its own](own_task), for which [`App::finish`] waits.
pub fn in_tasks(app: &App, router: Router) -> Router {
    router.layer(middleware::from_fn_with_state(
        app.requests.clone(),
        own_task::in_its_own_task,
    ))
}

/// The routes, for a program that has others beside them, and puts all of them [in tasks](in_tasks). `openapi.rs` describes
/// them, and a test compares the two.
pub fn routes(app: App) -> Router {
    Router::new()
        .route(
            "/contacts",
            get(contacts::list)
                .post(contacts::create)
                .patch(batch::patch),
        )
        .route(
            "/contacts/{id}",
            get(contacts::show)
                .put(contacts::put)
                .patch(contacts::patch)
                .delete(contacts::delete),
        )
        .route(
            "/contacts/{id}/lease",
            get(lease::show)
                .post(lease::acquire)
                .put(lease::renew)
                .delete(lease::release),
        )
        .route("/openapi.json", get(|| async { Json(openapi::document()) }))
        .with_state(app)
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

/// Makes the contact that the examples are about, unless it is there.
pub async fn seed(app: &App) -> Result<(), Box<dyn Error>> {
    let mut ann = Contact {
        id: "ann".into(),
        name: "Ann".into(),
        email: Some("ann@example.org".into()),
        calls: 0,
        version: never_stored(),
    };
    match ann.upsert_checked(&mut app.connections.get().await?).await {
        Err(error) if !error.is_conflict() => Err(error.into()),
        _ => Ok(()),
    }
}

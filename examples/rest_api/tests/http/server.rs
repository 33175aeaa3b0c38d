//! A running service.

use crate::client::{Client, Request};
use crate::scratch::Scratch;
use axum::extract::State;
use axum::middleware::{self, Next};
use axum::response::Response;
use diesel_async::SimpleAsyncConnection;
use optlock_rest_api::database::{Connection, NAME, Settings};
use optlock_rest_api::{App, router};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

/// Of the pool.
pub(crate) const CONNECTIONS: usize = 4;

/// For a test in which nothing is locked for long.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    pub(crate) app: App,
    address: SocketAddr,
    url: String,
    events: Mutex<UnboundedReceiver<Event>>,
    stop: Arc<Notify>,
    running: Mutex<Option<JoinHandle<()>>>,
}

/// What axum does with a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Event {
    Received,
    Answered,
    /// The client has hung up, and axum has dropped the future that was to answer.
    Cut,
}

/// Runs a test with a service of its own, whose requests wait as long as that for a lock or a connection.
pub(crate) fn with_server(wait: Duration, test: impl AsyncFnOnce(&Server)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(Scratch::create());
    let tested = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let server = Server::start(&database.url, wait).await;
            test(&server).await;
            server.stop().await;
        });
    }));
    runtime.shutdown_background(); // what a panic has left
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(database.remove());
    if let Err(panic) = tested {
        resume_unwind(panic);
    }
}

impl Server {
    async fn start(url: &str, wait: Duration) -> Self {
        let mut settings = Settings::from_url(Some(url.to_owned())).unwrap();
        settings.max_connections = CONNECTIONS;
        settings.wait = wait;
        if NAME == "SQLite" {
            settings.on_connect = "PRAGMA synchronous = OFF".into(); // no test pulls the plug
        }
        let app = App::open(&settings).await.unwrap();
        let (sender, events) = unbounded_channel();
        let watched = router(app.clone()).layer(middleware::from_fn_with_state(sender, watch));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(Notify::new());
        let (stopped, serving) = (Arc::clone(&stop), app.clone());
        let running = tokio::spawn(async move {
            let server = axum::serve(listener, watched);
            let server = server.with_graceful_shutdown(async move { stopped.notified().await });
            server.await.unwrap();
            serving.finish().await;
        });
        Self {
            app,
            address,
            url: url.to_owned(),
            events: Mutex::new(events),
            stop,
            running: Mutex::new(Some(running)),
        }
    }

    /// As Ctrl-C does. Returns when all requests have ended.
    pub(crate) async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            self.stop.notify_one();
            running.await.unwrap();
            self.app.connections().close();
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Sends a request that waits for a lock of this contact, and hangs up. Returns when axum has dropped the future that was to
    /// answer, and the lock is free.
    pub(crate) async fn cut_while_locked(&self, id: &str, request: &Request) {
        let mut lock = self.lock(id).await;
        let mut events = self.events.lock().await;
        while events.try_recv().is_ok() {} // of earlier requests
        let mut client = self.client();
        client.write(request).await;
        // axum forgets a request whose client has hung up before the handler began.
        assert_eq!(events.recv().await, Some(Event::Received));
        drop(client);
        assert_eq!(events.recv().await, Some(Event::Cut));
        lock.batch_execute("ROLLBACK").await.unwrap();
    }

    /// Another client of the database, which asks no service.
    pub(crate) async fn connection(&self) -> Connection {
        Scratch::connect(&self.url).await
    }

    /// Locks a contact, or on SQLite the database, until the connection is dropped or rolls back.
    pub(crate) async fn lock(&self, id: &str) -> Connection {
        let mut conn = self.connection().await;
        let lock = if NAME == "SQLite" {
            "BEGIN IMMEDIATE".to_owned()
        } else {
            format!("BEGIN; SELECT id FROM contacts WHERE id = '{id}' FOR UPDATE")
        };
        conn.batch_execute(&lock).await.unwrap();
        conn
    }

    /// Creates a contact, and returns its tag.
    pub(crate) async fn contact(&self, id: &str) -> String {
        let mut client = self.client();
        let created = client.put(id, &[("If-None-Match", "*")], &body(id)).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.tag()
    }
}

/// The body of a PUT.
pub(crate) fn body(name: &str) -> Value {
    json!({"name": name, "email": null, "calls": 0})
}

async fn watch(
    State(events): State<UnboundedSender<Event>>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let mut ending = Ending {
        events,
        how: Event::Cut,
    };
    ending.send(Event::Received);
    let response = next.run(request).await;
    ending.how = Event::Answered;
    response
}

struct Ending {
    events: UnboundedSender<Event>,
    how: Event,
}

impl Ending {
    fn send(&self, event: Event) {
        let _nobody_listens_after_a_test = self.events.send(event);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.send(self.how);
    }
}

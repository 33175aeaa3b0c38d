//! What each request has asked of the database: for the panel at the end of each page, and for `/inside`.
//!
//! Diesel reports each statement to the instrumentation of its connection. A connection belongs to one request at a time, so
//! the pool's hooks give it a [`Recorder`] for the request that takes it.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How many requests are kept.
const KEPT: usize = 60;

tokio::task_local! {
    static OF_THIS_REQUEST: Arc<Entry>;
}

/// A request and its statements.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Who sent it, if they have signed in.
    pub(crate) who: OnceLock<String>,
    pub(crate) status: OnceLock<StatusCode>,
    statements: Mutex<Vec<Statement>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) error: Option<String>,
}

impl Entry {
    pub(crate) fn new(method: Method, path: String) -> Arc<Self> {
        Arc::new(Self {
            method,
            path,
            who: OnceLock::new(),
            status: OnceLock::new(),
            statements: Mutex::default(),
        })
    }

    /// The statements so far.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        lock(&self.statements).clone()
    }

    /// Runs a future whose statements are this request's.
    pub(crate) async fn record<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        OF_THIS_REQUEST.scope(Arc::clone(self), future).await
    }
}

/// The last requests, the newest one first. Not those that a page sends by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<VecDeque<Arc<Entry>>>>);

impl Journal {
    pub(crate) fn entries(&self) -> Vec<Arc<Entry>> {
        lock(&self.0).iter().cloned().collect()
    }

    fn add(&self, entry: Arc<Entry>) {
        let mut entries = lock(&self.0);
        entries.push_front(entry);
        entries.truncate(KEPT);
    }
}

/// Notes a request. A layer does it for all routes.
pub(crate) async fn note(
    State(journal): State<Journal>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let entry = Entry::new(request.method().clone(), path.to_owned());
    let by_itself = ["/live", "/rows", "/leave", ".css", ".js"];
    if !by_itself.iter().any(|end| path.ends_with(end)) {
        journal.add(Arc::clone(&entry));
    }
    request.extensions_mut().insert(Arc::clone(&entry));
    let answer = entry.record(next.run(request)).await;
    let _only_once = entry.status.set(answer.status());
    answer
}

/// Writes the statements of a connection into the request that has it.
pub(crate) struct Recorder(Option<Arc<Entry>>);

impl Recorder {
    pub(crate) fn of_this_request() -> Self {
        Self(OF_THIS_REQUEST.try_with(Arc::clone).ok())
    }
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let (Some(entry), InstrumentationEvent::FinishQuery { query, error, .. }) =
            (&self.0, event)
        {
            lock(&entry.statements).push(Statement {
                sql: query.to_string(),
                error: error.map(ToString::to_string),
            });
        }
    }
}

/// Nothing panics while one of these is locked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

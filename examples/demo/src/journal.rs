//! What each request has asked of the database: for the panel at the end of each page, and for `/inside`.
//!
//! Diesel reports each statement to the instrumentation of its connection. A connection belongs to one request at a time, so
//! the pool's hooks give it a [`Recorder`] for the request that takes it.

use crate::lock;
use crate::people::Person;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

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
    pub(crate) who: OnceLock<Person>,
    pub(crate) status: OnceLock<StatusCode>,
    statements: Mutex<Vec<Statement>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// The values, as Diesel prints them.
    pub(crate) binds: Option<String>,
    pub(crate) error: Option<String>,
}

impl Statement {
    /// A statement as Diesel prints it: the values are behind the SQL, which has no comments of its own here.
    fn of(query: &str, error: Option<String>) -> Self {
        let (sql, binds) = match query.split_once(" -- binds: ") {
            Some((sql, binds)) => (sql, Some(binds.to_owned())),
            None => (query, None),
        };
        Self {
            sql: sql.to_owned(),
            binds,
            error,
        }
    }

    fn without_values(self) -> Self {
        Self {
            sql: self.sql,
            binds: None,
            // Databases quote values in their errors.
            error: self.error.map(|_| "It failed.".to_owned()),
        }
    }
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

    /// The statements so far, with their values.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        lock(&self.statements).clone()
    }

    /// The statements as this person may see them. The values are for who has sent the request alone: they are of rows that
    /// other shops do not see, and of leases, whose tokens let others write.
    pub(crate) fn statements_for(&self, me: &Person) -> Vec<Statement> {
        let statements = self.statements();
        let who = self.who.get();
        if who.is_some_and(|who| (&who.name, &who.shop) == (&me.name, &me.shop)) {
            return statements;
        }
        statements
            .into_iter()
            .map(Statement::without_values)
            .collect()
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
    let by_itself = ["/live", "/leave", ".css", ".js"];
    if !path.starts_with("/rows/") && !by_itself.iter().any(|end| path.ends_with(end)) {
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
            let error = error.map(ToString::to_string);
            lock(&entry.statements).push(Statement::of(&query.to_string(), error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_the_sql_whatever_is_in_them() {
        for (query, sql, binds) in [
            ("COMMIT", "COMMIT", None),
            ("SELECT ? -- binds: [1]", "SELECT ?", Some("[1]")),
            (
                r#"SELECT ? -- binds: ["a -- binds: b"]"#,
                "SELECT ?",
                Some(r#"["a -- binds: b"]"#),
            ),
        ] {
            let statement = Statement::of(query, None);
            assert_eq!(
                (statement.sql.as_str(), statement.binds.as_deref()),
                (sql, binds)
            );
        }
    }

    #[test]
    fn only_who_has_sent_a_request_sees_its_values() {
        let person = |name: &str, shop: &str| Person {
            name: name.into(),
            shop: shop.into(),
            is_admin: false,
        };
        let entry = Entry::new(Method::POST, "/orders/1003".into());
        let statement = Statement::of(
            "UPDATE orders -- binds: [\"Ann\"]",
            Some("duplicate \"Ann\"".into()),
        );
        lock(&entry.statements).push(statement.clone());
        let hidden = [Statement {
            binds: None,
            error: Some("It failed.".into()),
            ..statement.clone()
        }];
        let ann = person("Ann", "Harbour");
        assert_eq!(entry.statements_for(&ann), hidden); // nobody has sent it
        entry.who.set(ann.clone()).unwrap();
        assert_eq!(entry.statements_for(&ann), [statement]);
        for other in [person("Bob", "Harbour"), person("Ann", "Mill Lane")] {
            assert_eq!(entry.statements_for(&other), hidden);
        }
    }
}

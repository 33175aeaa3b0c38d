//! The web handler of the README: contacts as JSON, in SQLite, with an `ETag` that the client sends back.
//!
//! ```sh
//! cargo run -p optlock-web-handler
//! curl -i http://127.0.0.1:3000/contacts/7 # its ETag is what If-Match takes
//! curl -X PUT http://127.0.0.1:3000/contacts/7 -H 'Content-Type: application/json' \
//!     -H 'If-Match: "..."' -d '{"name": "Ann B.", "email": null}' # again: 412
//! ```

// The handler itself. `build.rs` copies it from README.md, so that what the README shows is what runs.
include!(concat!(env!("OUT_DIR"), "/handler.rs"));

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{CustomizeConnection, Error as ConnectionError};
use optlock::http::Failure;
use std::path::Path as FilePath;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("contacts-{}.sqlite3", std::process::id()));
    let pool = open(&file, Duration::from_secs(5))?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 3000)).await?;
    eprintln!(
        "http://127.0.0.1:3000/contacts/7, stored in {}",
        file.display()
    );
    axum::serve(listener, app(pool)).await?;
    Ok(())
}

fn app(pool: Connections) -> Router {
    Router::new()
        .route("/contacts/{id}", get(show).put(save))
        .with_state(pool)
}

/// GET /contacts/{id}
async fn show(pool: State<Connections>, Path(id): Path<i32>) -> Response {
    let task = tokio::task::spawn_blocking(move || {
        let Ok(conn) = &mut pool.get() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let row = contacts::table.find(id).select(Contact::as_select());
        let row = row.first(conn).map_err(Failure::from);
        row.map(|contact: Contact| Tagged::get(contact.etag(), Json(contact)))
            .into_response()
    });
    task.await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Opens a database with one contact.
fn open(
    file: &FilePath,
    busy_timeout: Duration,
) -> Result<Connections, Box<dyn std::error::Error>> {
    let pool = Pool::builder()
        .connection_customizer(Box::new(BusyTimeout(busy_timeout)))
        .connection_timeout(busy_timeout)
        .build(ConnectionManager::new(file.to_string_lossy()))?;
    pool.get()?.batch_execute(
        "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, version BIGINT NOT NULL DEFAULT 1);
         INSERT INTO contacts (id, name, email) VALUES (7, 'Ann', 'ann@example.org');",
    )?;
    Ok(pool)
}

/// Without a timeout, SQLite reports a lock of another connection at once.
#[derive(Debug)]
struct BusyTimeout(Duration);

impl CustomizeConnection<SqliteConnection, ConnectionError> for BusyTimeout {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), ConnectionError> {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", self.0.as_millis()))
            .map_err(ConnectionError::QueryError)
    }
}

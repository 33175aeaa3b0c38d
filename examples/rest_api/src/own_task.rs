//! The task that a request runs in.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use optlock::http::Failure;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Runs a request in a task of its own, so that a client that hangs up does not cut it off: the server drops the future of
/// the handler then, in the middle of whatever it waits for.
///
/// No update would be lost without this, whatever is cut off. But
///
/// - **a batch would end in its middle**, and who sends it again would meet their own changes as conflicts;
/// - **on MySQL and MariaDB** a statement that is dropped leaves its answer on the connection. optlock gives the connection
///   up after one of its own, which costs a new one, but it does not see a query that a handler sends by Diesel: the next
///   request would get its answer. So reads run in the task too.
///
/// A layer does it for all routes, so that no handler can forget it. The time of a request is bounded all the same: by the
/// time-outs of the pool and of the locks, see [`Settings`](crate::database::Settings).
pub async fn in_its_own_task(
    State(requests): State<TaskTracker>,
    request: Request,
    next: Next,
) -> Response {
    let answer = requests.spawn(next.run(request)).await;
    // A panic was printed when it happened, and its connection is none of the pool's any more.
    let answer = answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    // For the log: the client gets none of the database's words.
    if let Some(failure) = answer.extensions().get::<Arc<Failure>>() {
        if answer.status().is_server_error() {
            eprintln!("{failure}");
        }
    }
    answer
}

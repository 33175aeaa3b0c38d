//! What an async operation returns.

use std::future::Future;
use std::pin::Pin;

/// The future of an operation, which can be spawned. Nothing is sent before it is polled.
///
/// It is in a box for the sake of error messages: of an `impl Future` the compiler reports each bound that is
/// missing up to three times, and not in the words of optlock.
pub type Sending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

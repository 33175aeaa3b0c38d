//! The hooks of a policy: is another attempt worth it, a notice of each, and the wait before it.

use super::reason::is_retryable_on;
use crate::backend::Database;
use std::error::Error as StdError;
use std::fmt;
#[cfg(feature = "async")]
use std::future::Future;
use std::time::Duration;

/// Is another attempt worth it after an error `E` of the body? [`SourceChain`], or the closure of
/// [`Policy::when_source`](super::Policy::when_source) or [`Policy::when`](super::Policy::when).
#[diagnostic::on_unimplemented(
    message = "a retry cannot see a conflict in `{E}`",
    label = "which of these errors is worth another attempt?",
    note = "show optlock's error in it: `Policy::new().when_source(|error: &{E}| ..)`; or decide: `.when(|error: &{E}| ..)`",
    note = "without either it is found by `std::error::Error::source`, which the error then has to implement"
)]
pub trait When<E> {
    /// Is another attempt worth it, on a connection to that database?
    fn is_retryable(&self, error: &E, database: Option<Database>) -> bool;

    /// The error in whose chain of sources a conflict is found, so that the next attempt can
    /// [lock its row](crate::retry()). `None` if that is not known, and then no row is locked.
    fn source_chain<'e>(&self, _error: &'e E) -> Option<&'e (dyn StdError + 'static)> {
        None
    }
}

/// A notice of each new attempt: [`Quiet`], or the closure of
/// [`Policy::notify`](super::Policy::notify).
#[diagnostic::on_unimplemented(
    message = "this `notify` is not told of errors `{E}`",
    label = "for another type of error",
    note = "its closure begins with `|attempts, error: &{E}, delay|`"
)]
pub trait Notify<E> {
    /// There will be another attempt after `delay`.
    fn notify(&self, attempts: u32, error: &E, delay: Duration);
}

/// The first error of optlock or of Diesel in the chain of `source()`s decides:
/// [`is_retryable`](super::is_retryable).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceChain;

/// Like [`SourceChain`], in what the closure of [`Policy::when_source`](super::Policy::when_source) returns.
#[derive(Clone, Copy)]
pub struct SourceOf<F>(pub(super) F);

impl<F> fmt::Debug for SourceOf<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceOf").finish_non_exhaustive()
    }
}

/// No notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet;

#[diagnostic::do_not_recommend]
impl<E: StdError + 'static> When<E> for SourceChain {
    fn is_retryable(&self, error: &E, database: Option<Database>) -> bool {
        is_retryable_on(error, database)
    }

    fn source_chain<'e>(&self, error: &'e E) -> Option<&'e (dyn StdError + 'static)> {
        Some(error)
    }
}

#[diagnostic::do_not_recommend]
impl<E, F> When<E> for SourceOf<F>
where
    F: for<'e> Fn(&'e E) -> Option<&'e (dyn StdError + 'static)>,
{
    fn is_retryable(&self, error: &E, database: Option<Database>) -> bool {
        self.source_chain(error)
            .is_some_and(|source| is_retryable_on(source, database))
    }

    fn source_chain<'e>(&self, error: &'e E) -> Option<&'e (dyn StdError + 'static)> {
        (self.0)(error)
    }
}

#[diagnostic::do_not_recommend]
impl<E, F: Fn(&E) -> bool> When<E> for F {
    fn is_retryable(&self, error: &E, _database: Option<Database>) -> bool {
        self(error)
    }
}

impl<E> Notify<E> for Quiet {
    fn notify(&self, _attempts: u32, _error: &E, _delay: Duration) {}
}

#[diagnostic::do_not_recommend]
impl<E, F: Fn(u32, &E, Duration)> Notify<E> for F {
    fn notify(&self, attempts: u32, error: &E, delay: Duration) {
        self(attempts, error, delay);
    }
}

/// How a retry on a blocking connection waits before the next attempt: [`DefaultSleep`], or the closure of
/// [`Policy::sleep`](super::Policy::sleep).
#[diagnostic::on_unimplemented(
    message = "this `sleep` does not wait on a blocking connection",
    label = "needs a closure `|delay: Duration|` that returns nothing"
)]
pub trait Sleep {
    /// Waits that long.
    fn sleep(&self, delay: Duration);
}

/// Waits by [`std::thread::sleep`]; on an async connection by tokio's `sleep`, if optlock's feature `tokio` is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultSleep;

impl Sleep for DefaultSleep {
    fn sleep(&self, delay: Duration) {
        std::thread::sleep(delay);
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fn(Duration)> Sleep for F {
    fn sleep(&self, delay: Duration) {
        self(delay);
    }
}

/// How a retry on an async connection waits before the next attempt: [`DefaultSleep`], with optlock's feature
/// `tokio`, or the closure of [`Policy::sleep`](super::Policy::sleep).
#[cfg(feature = "async")]
#[diagnostic::on_unimplemented(
    message = "this policy has no way to wait on an async connection",
    label = "how does it wait before the next attempt?",
    note = "turn on optlock's feature `tokio`, and the default waits by `tokio::time::sleep`",
    note = "or say how: `.sleep(|delay| my_sleep(delay))`, a closure that returns a future"
)]
pub trait AsyncSleep {
    /// Waits that long.
    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> + Send;
}

#[cfg(all(feature = "async", feature = "tokio"))]
impl AsyncSleep for DefaultSleep {
    async fn sleep(&self, delay: Duration) {
        tokio::time::sleep(delay).await;
    }
}

#[cfg(feature = "async")]
#[diagnostic::do_not_recommend]
impl<F, Fut> AsyncSleep for F
where
    F: Fn(Duration) -> Fut,
    Fut: Future<Output = ()> + Send,
{
    fn sleep(&self, delay: Duration) -> impl Future<Output = ()> + Send {
        self(delay)
    }
}

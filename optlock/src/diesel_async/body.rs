//! The body of an async transaction.

use std::future::Future;

/// An async closure, whose future has a name: so that a transaction can ask it to be `Send`.
///
/// Implemented for each `async |conn, values| ..` that captures by shared reference.
pub trait Body<C, V, R>: AsyncFn(C, V) -> R + Fn(C, V) -> <Self as Body<C, V, R>>::Fut {
    /// The future.
    type Fut: Future<Output = R> + Send;
}

#[diagnostic::do_not_recommend]
impl<F, C, V, R, Fut> Body<C, V, R> for F
where
    F: AsyncFn(C, V) -> R + Fn(C, V) -> Fut,
    Fut: Future<Output = R> + Send,
{
    type Fut = Fut;
}

/// Like [`Body`], of a retry that changes no values: `async |conn| ..`.
pub trait RetryBody<C, R>: AsyncFn(C) -> R + Fn(C) -> <Self as RetryBody<C, R>>::Fut {
    /// The future.
    type Fut: Future<Output = R> + Send;
}

#[diagnostic::do_not_recommend]
impl<F, C, R, Fut> RetryBody<C, R> for F
where
    F: AsyncFn(C) -> R + Fn(C) -> Fut,
    Fut: Future<Output = R> + Send,
{
    type Fut = Fut;
}

//! The body of an async transaction.

use std::future::Future;

/// An async closure, whose future has a name: so that a transaction can ask it to be `Send`.
///
/// Implemented for each `async |conn, values| ..` that captures by shared reference.
#[diagnostic::on_unimplemented(
    message = "the body of an async transaction only borrows what it captures, by `&`",
    label = "changes what it captures, or owns it (`async move`)",
    note = "what the body changes is passed to it: `transaction(conn, &mut ann, async |conn, ann| ann.save_checked(conn).await)`",
    note = "what it owns it can borrow: `async |..|` in the place of `async move |..|`",
    note = "all that it holds over an `.await` has to be `Send`"
)]
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
#[diagnostic::on_unimplemented(
    message = "the body of an async retry only borrows what it captures, by `&`",
    label = "changes what it captures, or owns it (`async move`)",
    note = "what the body changes is passed to it: `policy.run(conn, &mut ann, async |conn, ann| ann.save_checked(conn).await)`",
    note = "what it owns it can borrow: `async |..|` in the place of `async move |..|`",
    note = "all that it holds over an `.await` has to be `Send`"
)]
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

/// Like [`Body`], of what makes a page again before a `save_if_unchanged`: `async |conn, page, row| ..`.
#[cfg(feature = "fingerprint")]
#[diagnostic::on_unimplemented(
    message = "what makes a page again only borrows what it captures, by `&`",
    label = "changes what it captures, or owns it (`async move`)",
    note = "it is `async |conn, page, row| Ok(page.value(\"open orders\", &count(row.id, conn).await?))`",
    note = "what it owns it can borrow: `async |..|` in the place of `async move |..|`",
    note = "all that it holds over an `.await` has to be `Send`"
)]
pub trait PageBody<C, P, M, R>:
    AsyncFn(C, P, M) -> R + Fn(C, P, M) -> <Self as PageBody<C, P, M, R>>::Fut
{
    /// The future.
    type Fut: Future<Output = R> + Send;
}

#[cfg(feature = "fingerprint")]
#[diagnostic::do_not_recommend]
impl<F, C, P, M, R, Fut> PageBody<C, P, M, R> for F
where
    F: AsyncFn(C, P, M) -> R + Fn(C, P, M) -> Fut,
    Fut: Future<Output = R> + Send,
{
    type Fut = Fut;
}

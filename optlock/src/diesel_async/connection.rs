//! Which async connections optlock runs on.

#[cfg(feature = "lease")]
use crate::backend::LeaseBackend;
use crate::backend::{CatalogueBackend, Dialect};
use crate::batch::{BatchDialect, DeleteMany, SaveMany};
use crate::versioned::Versioned;
use diesel_async::{AsyncConnection, AsyncConnectionCore};

/// A connection that the async operations, transactions and retries run on: each [`AsyncConnection`] to a
/// [`Dialect`], which are diesel-async's own, and those from its pools.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async connection that optlock knows",
    label = "expected a connection of diesel-async",
    note = "from a pool, take a connection first: `let conn = &mut pool.get().await?;`",
    note = "`&mut conn` of a `conn` that is a `&mut` already is one `&mut` too many: pass `conn`",
    note = "for a blocking connection, such as Diesel's `PgConnection`, import `optlock::prelude::*` instead of `optlock::diesel_async::prelude::*`, and call `optlock::transaction` or `optlock::retry`",
    note = "optlock's feature for the database (`sqlite`, `postgres`, `mysql`) must be on"
)]
pub trait AsyncTransactionConnection: AsyncConnection<Backend: Dialect> + 'static {}

#[diagnostic::do_not_recommend]
impl<C: AsyncConnection<Backend: Dialect> + 'static> AsyncTransactionConnection for C {}

/// A connection through which many `M` are saved at once. A projection, `C::Backend`, has no place in a where clause
/// of an operation: of what is no connection the compiler would report it first, in diesel-async's words.
pub trait SavesMany<M: Versioned>:
    AsyncConnection<
    Backend: BatchDialect<Strategy: SaveMany<M, <Self as AsyncConnectionCore>::Backend>>,
>
{
}

impl<M: Versioned, C> SavesMany<M> for C where
    C: AsyncConnection<Backend: BatchDialect<Strategy: SaveMany<M, C::Backend>>>
{
}

/// A connection through which many `M` are deleted at once.
pub trait DeletesMany<M: Versioned>:
    AsyncConnection<
    Backend: BatchDialect<Strategy: DeleteMany<M, <Self as AsyncConnectionCore>::Backend>>,
>
{
}

impl<M: Versioned, C> DeletesMany<M> for C where
    C: AsyncConnection<Backend: BatchDialect<Strategy: DeleteMany<M, C::Backend>>>
{
}

/// A connection through which leases are acquired and asked for: each one that the other operations run on.
#[cfg(feature = "lease")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async connection that leases are kept through",
    label = "expected a connection of diesel-async",
    note = "from a pool, take a connection first: `let conn = &mut pool.get().await?;`",
    note = "for a blocking connection, such as Diesel's `PgConnection`, import `optlock::prelude::*` instead of `optlock::diesel_async::prelude::*`, and call the functions of `optlock::lease`"
)]
pub trait AsyncLeaseConnection: AsyncConnection<Backend: LeaseBackend> + 'static {}

#[cfg(feature = "lease")]
#[diagnostic::do_not_recommend]
impl<C: AsyncConnection<Backend: LeaseBackend> + 'static> AsyncLeaseConnection for C {}

/// A connection through which a table is verified: each one that the other operations run on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async connection that a table is verified through",
    label = "expected a connection of diesel-async",
    note = "from a pool, take a connection first: `let conn = &mut pool.get().await?;`",
    note = "for a blocking connection, such as Diesel's `PgConnection`, call `optlock::verify`"
)]
pub trait AsyncCatalogueConnection: AsyncConnection<Backend: CatalogueBackend> + 'static {}

#[diagnostic::do_not_recommend]
impl<C: AsyncConnection<Backend: CatalogueBackend> + 'static> AsyncCatalogueConnection for C {}

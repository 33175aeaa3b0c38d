//! Which async connections optlock runs on.

use crate::backend::Dialect;
use diesel_async::AsyncConnection;

/// A connection that the async operations run on: each [`AsyncConnection`], which are diesel-async's own, and
/// those from its pools.
///
/// Whether optlock knows its database is asked separately, and has the message of [`Dialect`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection of diesel-async",
    label = "expected an async connection",
    note = "from a pool, take a connection first: `let conn = &mut pool.get().await?;`",
    note = "`&mut conn` of a `conn` that is a `&mut` already is one `&mut` too many: pass `conn`",
    note = "for a blocking connection, such as Diesel's `PgConnection`, import `optlock::prelude::*` instead of `optlock::diesel_async::prelude::*`"
)]
pub trait AsyncDieselConnection: AsyncConnection + 'static {}

#[diagnostic::do_not_recommend]
impl<C: AsyncConnection + 'static> AsyncDieselConnection for C {}

/// A connection that an async transaction or retry runs on: each [`AsyncConnection`] to a [`Dialect`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async connection that optlock knows",
    label = "expected a connection of diesel-async",
    note = "from a pool, take a connection first: `let conn = &mut pool.get().await?;`",
    note = "`&mut conn` of a `conn` that is a `&mut` already is one `&mut` too many: pass `conn`",
    note = "for a blocking connection, such as Diesel's `PgConnection`, call `optlock::transaction` or `optlock::retry`, and for `run` import `optlock::prelude::*` instead of `optlock::diesel_async::prelude::*`",
    note = "optlock's feature for the database (`sqlite`, `postgres`, `mysql`) must be on"
)]
pub trait AsyncTransactionConnection: AsyncConnection<Backend: Dialect> + 'static {}

#[diagnostic::do_not_recommend]
impl<C: AsyncConnection<Backend: Dialect> + 'static> AsyncTransactionConnection for C {}

//! Which connections optlock runs on: two names for what Diesel has, with messages of our own.

use super::Dialect;
use diesel::connection::{Connection, LoadConnection};

/// A connection that the operations run on: each [`LoadConnection`], which are Diesel's own, those
/// from r2d2's pool, and the enum of `#[derive(MultiConnection)]`.
///
/// Whether optlock knows its database is asked separately, and has the message of [`Dialect`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection of Diesel",
    label = "expected a connection",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "`&mut conn` of a `conn` that is a `&mut` already is one `&mut` too many: pass `conn`",
    note = "for an async connection, such as diesel-async's `AsyncPgConnection`, import `optlock::diesel_async::prelude::*` instead of `optlock::prelude::*`, with optlock's feature `async`"
)]
pub trait DieselConnection: LoadConnection {}

#[diagnostic::do_not_recommend]
impl<C: LoadConnection> DieselConnection for C {}

/// A connection that a transaction or a retry runs on: each [`Connection`] to a [`Dialect`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that optlock knows",
    label = "expected a connection of Diesel",
    note = "from a pool, take a connection first: `let conn = &mut pool.get()?;`",
    note = "`&mut conn` of a `conn` that is a `&mut` already is one `&mut` too many: pass `conn`",
    note = "for an async connection, such as diesel-async's `AsyncPgConnection`, call `optlock::diesel_async::transaction` or `optlock::diesel_async::retry`, and for `run` import `optlock::diesel_async::prelude::*` instead of `optlock::prelude::*`, with optlock's feature `async`",
    note = "for the enum of `#[derive(MultiConnection)]`, write `optlock::multi_connection!(MultiBackend);` beside it",
    note = "optlock's feature for the database (`sqlite`, `postgres`, `mysql`) must be on"
)]
pub trait TransactionConnection: Connection<Backend: Dialect> {}

#[diagnostic::do_not_recommend]
impl<C: Connection<Backend: Dialect>> TransactionConnection for C {}

//! What differs between the databases where many rows are written.

use super::strategy::{DeleteMany, SaveMany};
use crate::backend::Dialect;
use crate::versioned::Versioned;
use diesel::connection::Connection;

/// A database on which optlock knows how to write many rows.
#[diagnostic::on_unimplemented(
    message = "optlock does not know how to write many rows on the database `{Self}`",
    label = "unknown to optlock",
    note = "enable optlock's feature `sqlite`, `postgres` or `mysql`",
    note = "for the enum of `#[derive(MultiConnection)]`, write `optlock::multi_connection!(MultiBackend);` beside it"
)]
pub trait BatchDialect: Dialect {
    /// The statements of a batch: [`OneByOne`](super::OneByOne), or the database's own.
    type Strategy;
}

#[cfg(feature = "sqlite")]
impl BatchDialect for diesel::sqlite::Sqlite {
    // A statement for many rows gains little where no network is in between.
    type Strategy = super::OneByOne;
}

#[cfg(feature = "postgres")]
impl BatchDialect for diesel::pg::Pg {
    type Strategy = super::Arrays;
}

#[cfg(feature = "mysql")]
impl BatchDialect for diesel::mysql::Mysql {
    type Strategy = super::Cases;
}

/// A connection through which many `M` are saved at once.
pub trait SavesMany<M: Versioned>:
    Connection<Backend: BatchDialect<Strategy: SaveMany<M, <Self as Connection>::Backend>>>
{
}

impl<M: Versioned, C> SavesMany<M> for C where
    C: Connection<Backend: BatchDialect<Strategy: SaveMany<M, C::Backend>>>
{
}

/// A connection through which many `M` are deleted at once.
pub trait DeletesMany<M: Versioned>:
    Connection<Backend: BatchDialect<Strategy: DeleteMany<M, <Self as Connection>::Backend>>>
{
}

impl<M: Versioned, C> DeletesMany<M> for C where
    C: Connection<Backend: BatchDialect<Strategy: DeleteMany<M, C::Backend>>>
{
}

//! Clients that write contacts: optlock, and others by hand, on blocking and on async connections.

mod by_hand;
mod diesel;
mod diesel_versioning;
mod faces;
mod fragment;
mod mysql_async;
mod optlock;
mod raw;
mod save_changes;
mod sea_orm;
mod sqlx;
mod tokio_postgres;

pub(crate) use self::diesel::Diesel;
pub(crate) use self::diesel_versioning::DieselVersioning;
pub(crate) use self::fragment::Fragment;
pub(crate) use self::mysql_async::MysqlAsync;
pub(crate) use self::optlock::{Optlock, Transactions};
pub(crate) use self::raw::Raw;
pub(crate) use self::save_changes::SaveChanges;
pub(crate) use self::sea_orm::SeaOrm;
pub(crate) use self::sqlx::{mysql as sqlx_mysql, postgres as sqlx_postgres};
pub(crate) use self::tokio_postgres::TokioPostgres;

use crate::contacts::Contact;
use std::pin::Pin;

/// What a client does with contacts. It is one box for many statements, and so costs nothing. On a blocking
/// connection it is done when it has been polled once.
pub(crate) type Work<'a, R = ()> = Pin<Box<dyn Future<Output = R> + 'a>>;

/// The kinds of work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Save,
    Conflict,
    Delete,
    Transaction,
    Batch,
}

/// Writes contacts through a connection of its own. An answer that is not expected is a panic, so that no time of
/// something else is taken.
pub(crate) trait Client {
    /// Whether the client has a way to do this.
    fn does(&self, kind: Kind) -> bool;

    /// Whether a batch has a round trip for each row.
    fn loops(&self) -> bool;

    /// Saves each by a statement of its own.
    fn save<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Fails to save each at the version before that of its row, and learns which version the row has.
    fn conflict<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Deletes each by a statement of its own.
    fn delete<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Saves each in a transaction of its own.
    fn transactions<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Saves all of them: all, or none.
    fn save_all<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Saves the contact, and returns whether the save was refused, so that the caller learns that it is stale.
    fn is_refused<'a>(&'a mut self, contact: &'a mut Contact) -> Work<'a, bool>;
}

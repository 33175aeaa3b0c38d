//! Clients that write contacts on async connections: optlock, and others by hand.

mod by_hand;
mod diesel;
mod kept;
mod mysql_async;
mod optlock;
mod sqlx;
mod tokio_postgres;

pub(crate) use self::kept::Kept;
pub(crate) use self::mysql_async::MysqlAsync;
pub(crate) use self::optlock::Optlock;
pub(crate) use self::sqlx::{mysql as sqlx_mysql, postgres as sqlx_postgres};
pub(crate) use self::tokio_postgres::TokioPostgres;

use crate::contacts::Contact;
use std::pin::Pin;

/// What a client does with contacts. It is one box for many statements, and so costs nothing.
pub(crate) type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Writes contacts through a connection of its own. An answer that is not expected is a panic, so that no time of
/// something else is taken.
pub(crate) trait Client {
    /// Saves each by a statement of its own.
    fn save<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Fails to save each at the version before that of its row, and learns which version the row has.
    fn conflict<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;

    /// Saves all of them at once: all, or none.
    fn save_all<'a>(&'a mut self, contacts: &'a mut [Contact]) -> Work<'a>;
}

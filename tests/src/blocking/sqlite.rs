//! SQLite by diesel-async, which runs Diesel's connection on other threads.

use super::prelude::*;
use super::{Blocking, Over, over_async};
use crate::capabilities::Capabilities;
use crate::capabilities::Capability::Lacks;
use crate::sqlite::Folder;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use optlock::TransactionOptions;
use std::cell::RefCell;

pub use crate::sqlite::{CONTACTS_KEY, SQL, Zoned, kept, lookout};

pub type Conn = Blocking<SyncConnectionWrapper<SqliteConnection>>;
/// Of the same type, so that cases that are skipped compile.
pub type AnyConnection = Conn;
pub type Scratch = crate::scratch::Scratch<Over<SyncConnectionWrapper<SqliteConnection>, Folder>>;

pub const CAPABILITIES: Capabilities = Capabilities {
    panics_where_it_is_sent: Lacks(
        "a statement runs on another thread, whose panic is an error of the connection",
    ),
    ..over_async(crate::sqlite::CAPABILITIES)
};

/// [`sqlite::immediate`](crate::sqlite::immediate), which diesel-async has for the connection inside only.
pub fn immediate(
    conn: &mut Conn,
    body: &mut dyn FnMut(&mut Conn) -> QueryResult<()>,
) -> QueryResult<()> {
    let body = RefCell::new(body);
    let options = TransactionOptions::new().immediate();
    options.run(conn, (), |conn, ()| body.borrow_mut()(conn))
}

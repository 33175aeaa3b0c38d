//! PostgreSQL by diesel-async.

use super::{Blocking, Over, over_async};
use crate::capabilities::Capabilities;
use crate::postgres::Schema;
use diesel_async::AsyncPgConnection;

pub use crate::postgres::{
    CONTACTS_KEY, SQL, UNENCRYPTED, Zoned, connection_id, is_connected, kept, kill, lookout,
    wait_until_blocked,
};

pub type Conn = Blocking<AsyncPgConnection>;
/// Of the same type, so that cases that are skipped compile.
pub type AnyConnection = Conn;
pub type Scratch = crate::scratch::Scratch<Over<AsyncPgConnection, Schema>>;

pub const CAPABILITIES: Capabilities = over_async(crate::postgres::CAPABILITIES);

impl Scratch {
    pub fn schema(&self) -> &str {
        self.place.place.name()
    }
}

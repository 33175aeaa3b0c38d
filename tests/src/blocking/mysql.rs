//! MariaDB or MySQL by diesel-async.

use super::{Blocking, Over, over_async};
use crate::capabilities::Capabilities;
use crate::mysql::Database;
use diesel_async::AsyncMysqlConnection;

pub use crate::mysql::{
    CONTACTS_KEY, SNAPSHOT_ISOLATION, SQL, connection_id, is_connected, kept, kill, lookout,
    wait_until_blocked,
};

/// A proxy can read what a connection of such a URL sends. By default mysql_async moves to the server's Unix socket,
/// past the proxy.
pub const UNENCRYPTED: &str = "prefer_socket=false";

pub type Conn = Blocking<AsyncMysqlConnection>;
/// Of the same type, so that cases that are skipped compile.
pub type AnyConnection = Conn;
pub type Scratch = crate::scratch::Scratch<Over<AsyncMysqlConnection, Database>>;

pub const CAPABILITIES: Capabilities = over_async(crate::mysql::CAPABILITIES);

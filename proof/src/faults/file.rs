//! Faults of a file of SQLite.

use super::{World, millis};
use crate::servers::Failure;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rand_chacha::ChaCha8Rng;
use std::thread::sleep;

/// Another connection keeps the whole file, for longer than clients wait.
pub(super) fn lock(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let duration = millis(rng, 50..1_000);
    let mut conn = connect(world)?;
    conn.batch_execute("BEGIN EXCLUSIVE")?;
    sleep(duration);
    conn.batch_execute("ROLLBACK")?;
    Ok(format!("locked the file for {duration:?}"))
}

/// Pages that clients may have: `max_page_count` is a limit of each connection.
pub const PAGES: u32 = 6_000;

/// The file is larger than clients may make it, so that each write that needs a page fails. (Each update does,
/// because it leaves something in the table `ballast`.)
pub(super) fn fill(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let duration = millis(rng, 100..700);
    let mut conn = connect(world)?;
    conn.batch_execute(&format!(
        "CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob({}))",
        PAGES * 4_096
    ))?;
    sleep(duration);
    conn.batch_execute("DROP TABLE filler; DELETE FROM ballast")?;
    Ok(format!("the disk was full for {duration:?}"))
}

/// A connection without limits, which waits until the clients let it in.
fn connect(world: &World) -> Result<SqliteConnection, Failure> {
    let mut conn = SqliteConnection::establish(&world.server.url(None))?;
    conn.batch_execute("PRAGMA busy_timeout = 30000")?;
    Ok(conn)
}

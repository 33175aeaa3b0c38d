//! The database of one test.

use crate::schema::{ANN_AND_BOB, TABLES};
use diesel::QueryResult;
use diesel::connection::{Connection, SimpleConnection};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The place of one test's tables: a file of SQLite, a schema of PostgreSQL, a database of MariaDB.
pub trait Place: Sized {
    type Conn: Connection + SimpleConnection;

    /// Makes the place, without tables.
    fn create() -> Self;

    /// The URL of the server, or of the file.
    fn url(&self) -> String;

    /// What a connection to [`url`](Self::url) sends first, to be in this place.
    fn enter(&self) -> Option<String>;

    /// Makes what is to be in the place before the test begins.
    fn fill(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap();
    }

    fn connect(&self) -> Self::Conn {
        let mut conn = Self::Conn::establish(&self.url()).unwrap();
        if let Some(enter) = self.enter() {
            conn.batch_execute(&enter).unwrap();
        }
        conn
    }

    /// Removes the place and all that is in it. An error changes no result of the test.
    fn remove(&self);
}

/// A place with the tables of the suite, and with Ann and Bob. It is removed at the end of the test.
#[derive(Debug)]
pub struct Scratch<P: Place> {
    pub(crate) place: P,
}

impl<P: Place> Scratch<P> {
    pub fn new() -> Self {
        // From here on a panic removes the place.
        let scratch = Self { place: P::create() };
        scratch
            .place
            .fill(&[TABLES, &[ANN_AND_BOB]].concat().join(";"));
        scratch
    }

    /// Where connections are made; they find the tables after [`enter`](Self::enter).
    pub fn url(&self) -> String {
        self.place.url()
    }

    /// A new connection.
    pub fn connect(&self) -> P::Conn {
        self.place.connect()
    }

    /// What a connection that was made by [`url`](Self::url) sends first.
    pub fn entering(&self) -> String {
        self.place.enter().unwrap_or_default()
    }

    /// Sets up a connection that was made by [`url`](Self::url), a pool's for example.
    pub fn enter(&self, conn: &mut impl SimpleConnection) {
        if let Some(enter) = self.place.enter() {
            conn.batch_execute(&enter).unwrap();
        }
    }
}

impl<P: Place> Default for Scratch<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Place> Drop for Scratch<P> {
    fn drop(&mut self) {
        self.place.remove();
    }
}

/// Connections that make places and remove them. A server needs longer for a new connection than for the tables.
pub(crate) struct Makers<C>(Mutex<Vec<C>>);

impl<C: SimpleConnection> Makers<C> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Sends `sql` by one that no other test uses at this time, or by a new one.
    pub(crate) fn send(&self, sql: &str, connect: fn() -> C) -> QueryResult<()> {
        let idle = self.lock().pop();
        let mut conn = idle.unwrap_or_else(connect);
        conn.batch_execute(sql)?;
        self.lock().push(conn);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name that no other test and no other run uses.
pub(crate) fn unique_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{SystemTime, UNIX_EPOCH};

    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    format!(
        "optlock_{}_{}_{}",
        std::process::id(),
        nanos,
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

//! Scratch databases on SQLite.

use crate::models::Contact;
use crate::schema::{TABLES, contacts};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::path::PathBuf;

pub type Conn = SqliteConnection;

/// A database of one test, in a file of its own, so that two connections meet.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// With the tables of the suite, and with Ann and Bob.
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(crate::unique_name());
        std::fs::create_dir(&folder).unwrap();
        let scratch = Self { folder };
        let mut conn = scratch.connect();
        conn.batch_execute(&TABLES.join(";")).unwrap();
        diesel::insert_into(contacts::table)
            .values([Contact::ann(), Contact::bob()])
            .execute(&mut conn)
            .unwrap();
        scratch
    }

    pub fn url(&self) -> String {
        self.folder
            .join("scratch.sqlite")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A new connection that waits for others up to a minute.
    pub fn connect(&self) -> Conn {
        let mut conn = Conn::establish(&self.url()).unwrap();
        self.enter(&mut conn);
        conn
    }

    /// Sets up a connection that somebody else made, a pool for example.
    pub fn enter(&self, conn: &mut impl SimpleConnection) {
        // No power fails during a test.
        conn.batch_execute(
            "PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON",
        )
        .unwrap();
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

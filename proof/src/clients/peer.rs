//! Clients of another crate, `diesel_versioning`: whether the checker finds what it loses.
//!
//! After a refused save of that crate the version in memory is one ahead of the one that was loaded. It is
//! then the version that the other client's save has made, so that the same save, sent again, overwrites it unseen.

use super::tables::KEYS;
use crate::history::{Contents, Face, Makes, Requires, Row, Stamp, Version};
use crate::recorder::{Answered, Part, Recorder};
use diesel::prelude::*;
use diesel::{MysqlConnection, PgConnection, SqliteConnection};
use diesel_versioning::Versioned;
use rand::Rng;
use std::time::Duration;

diesel::table! {
    peers {
        id -> Integer,
        left_stamp -> BigInt,
        right_stamp -> BigInt,
        version -> Integer,
    }
}

const TABLE: &str = "peers";

/// The peer has versions of 32 bits only.
pub fn create_peers() -> String {
    format!(
        "CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, left_stamp BIGINT NOT NULL, \
         right_stamp BIGINT NOT NULL, version INTEGER NOT NULL)"
    )
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = peers)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg, diesel::mysql::Mysql))]
struct Peer {
    id: i32,
    left_stamp: i64,
    right_stamp: i64,
    #[version]
    version: i32,
}

impl Peer {
    fn contents(&self) -> Contents {
        Contents {
            version: Version::Number(self.version.into()),
            left: Stamp(self.left_stamp as u64),
            right: Stamp(self.right_stamp as u64),
        }
    }
}

fn row(key: i32) -> Row {
    Row {
        table: TABLE,
        key: key.into(),
    }
}

/// A connection of a client of the peer.
pub trait PeerConnection {
    /// Inserts the rows that the clients save.
    fn insert_peers(&mut self) -> QueryResult<()>;

    /// The rows.
    fn read_peers(&mut self) -> QueryResult<Vec<(Row, Contents)>>;

    /// Loads a row, and saves it until that succeeds, as a program does that takes a refusal for a reason to try again.
    fn save_peer(
        &mut self,
        session: u32,
        recorder: &Recorder,
        rng: &mut impl Rng,
    ) -> QueryResult<()>;
}

macro_rules! peer_connection {
    ($($Conn:ty)*) => {$(
        impl PeerConnection for $Conn {
            fn insert_peers(&mut self) -> QueryResult<()> {
                for key in 1..=KEYS {
                    let none = (peers::left_stamp.eq(0), peers::right_stamp.eq(0));
                    diesel::insert_into(peers::table)
                        .values((peers::id.eq(key), none, peers::version.eq(1)))
                        .execute(self)?;
                }
                Ok(())
            }

            fn read_peers(&mut self) -> QueryResult<Vec<(Row, Contents)>> {
                let rows: Vec<Peer> = peers::table.select(Peer::as_select()).load(self)?;
                Ok(rows.iter().map(|peer| (row(peer.id), peer.contents())).collect())
            }

            fn save_peer(
                &mut self,
                session: u32,
                recorder: &Recorder,
                rng: &mut impl Rng,
            ) -> QueryResult<()> {
                let key = rng.random_range(1..=KEYS);
                let open = recorder.begin(session, Face::Blocking, "load", Answered::default());
                let mut peer: Peer = peers::table.find(key).select(Peer::as_select()).first(self)?;
                let loaded = peer.contents();
                recorder.end(&open, Part::read(row(key), Some(loaded.clone())).into());
                std::thread::sleep(Duration::from_micros(rng.random_range(0..500)));
                let stamp = recorder.stamp();
                peer.left_stamp = stamp.0 as i64;
                for _ in 0..3 {
                    let written = |version: i32| {
                        // All that the client has seen of the row is what it has loaded.
                        Part::wrote(row(key), Requires::Contents(loaded.clone()), Makes::Change {
                            version: Some(Version::Number(version.into())),
                            left: Some(stamp),
                            right: None,
                        })
                    };
                    let open = recorder.begin(
                        session,
                        Face::Blocking,
                        "update_versioned",
                        written(peer.version + 1).into(),
                    );
                    if peer.update_versioned(self).is_ok() {
                        recorder.end(&open, written(peer.version).into());
                        recorder.answered("done");
                        return Ok(());
                    }
                    recorder.end(&open, Answered::default());
                    recorder.answered("refused");
                }
                Ok(())
            }
        }
    )*};
}

peer_connection!(SqliteConnection PgConnection MysqlConnection);

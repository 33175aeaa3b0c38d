//! A checked write meets another writer on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::prelude::*;
use optlock_tests::sqlite::{CAPABILITIES, Conn, SQL, Scratch, lookout};
use races::{Settings, transaction};

#[macro_use]
#[path = "../races/mod.rs"]
mod races;

#[path = "../races/sqlite.rs"]
mod sqlite;

fn immediate(
    conn: &mut Conn,
    body: &mut dyn FnMut(&mut Conn) -> QueryResult<()>,
) -> QueryResult<()> {
    conn.immediate_transaction(body)
}

#[rustfmt::skip]
const SETTINGS: &[(&str, Settings)] = &[
    ("journal_autocommit", Settings { sql: "PRAGMA journal_mode = DELETE", transaction: None }),
    ("journal_immediate",  Settings { sql: "PRAGMA journal_mode = DELETE", transaction: Some(immediate) }),
    ("journal_deferred",   Settings { sql: "PRAGMA journal_mode = DELETE", transaction: Some(transaction) }),
    ("wal_autocommit",     Settings { sql: "PRAGMA journal_mode = WAL", transaction: None }),
    ("wal_immediate",      Settings { sql: "PRAGMA journal_mode = WAL", transaction: Some(immediate) }),
    ("wal_deferred",       Settings { sql: "PRAGMA journal_mode = WAL", transaction: Some(transaction) }),
];

// An immediate transaction has the write lock before it reads, so that nobody changes what it has
// read. In a rollback journal nobody can commit while a deferred one has read (`sqlite.rs`), and
// who has read never waits for the write lock, but gives up at once.
race_table! {
                                             [journal_autocommit journal_immediate journal_deferred wal_autocommit wal_immediate wal_deferred]
    changed_before                           [Modified           Modified          Modified         Modified       Modified      Modified    ]
    changed_since_our_snapshot               [-                  -                 -                -              -             Busy        ]
    changes_while_we_wait                    [Modified           Modified          Modified         Modified       Modified      Modified    ]
    changes_while_we_wait_with_a_snapshot    [-                  -                 -                -              -             -           ]
    deleted_before                           [Missing            Missing           Missing          Missing        Missing       Missing     ]
    deleted_since_our_snapshot               [-                  -                 -                -              -             Busy        ]
    deletes_while_we_wait                    [Missing            Missing           Missing          Missing        Missing       Missing     ]
    deletes_while_we_wait_with_a_snapshot    [-                  -                 -                -              -             -           ]
    rolls_back_while_we_wait                 [Lands              Lands             Lands            Lands          Lands         Lands       ]
    rolls_back_while_we_wait_with_a_snapshot [-                  -                 -                -              -             -           ]
    changes_after_we_gave_up                 [Busy               BusyAtBegin       Busy             Busy           BusyAtBegin   Busy        ]
    changes_after_we_gave_up_with_a_snapshot [-                  -                 Busy             -              -             Busy        ]
}

#[test]
fn the_table_is_complete() {
    races::assert_complete(TABLE);
}

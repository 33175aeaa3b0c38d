//! A checked write meets another writer on MariaDB.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::mysql::{
    CAPABILITIES, Conn, SQL, Scratch, connection_id, lookout, wait_until_blocked,
};
use races::{Settings, transaction};

#[macro_use]
#[path = "../races/mod.rs"]
mod races;

#[path = "../races/mysql.rs"]
mod mysql;

// `strict`: newer versions of MariaDB (11.8) have innodb_snapshot_isolation ON by default.
#[rustfmt::skip]
const SETTINGS: &[(&str, Settings)] = &[
    ("autocommit",               Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction: None }),
    ("read_uncommitted",         Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", transaction: Some(transaction) }),
    ("read_committed",           Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", transaction: Some(transaction) }),
    ("repeatable_read",          Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction: Some(transaction) }),
    ("serializable",             Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", transaction: Some(transaction) }),
    ("read_committed_strict",    Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET innodb_snapshot_isolation = ON", transaction: Some(transaction) }),
    ("repeatable_read_strict",   Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET innodb_snapshot_isolation = ON", transaction: Some(transaction) }),
    ("serializable_strict",      Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET innodb_snapshot_isolation = ON", transaction: Some(transaction) }),
];

// Autocommit has no snapshot that could be older; nor has READ UNCOMMITTED while the other one's
// write is not committed, because it shows that. At SERIALIZABLE a read locks, so that the two meet
// otherwise (`mysql.rs`).
race_table! {
                                             [autocommit read_uncommitted read_committed repeatable_read serializable read_committed_strict repeatable_read_strict serializable_strict]
    changed_before                           [Modified   Modified         Modified       Modified        Modified     Modified              Modified               Modified           ]
    changed_since_our_snapshot               [-          Modified         Modified       ModifiedUnseen  -            Modified              Aborted                -                  ]
    changes_while_we_wait                    [Modified   Modified         Modified       Modified        Modified     Modified              Modified               Aborted            ]
    changes_while_we_wait_with_a_snapshot    [-          -                Modified       ModifiedUnseen  -            Modified              Aborted                -                  ]
    deleted_before                           [Missing    Missing          Missing        Missing         Missing      Missing               Missing                Missing            ]
    deleted_since_our_snapshot               [-          Missing          Missing        MissingUnseen   -            Missing               Aborted                -                  ]
    deletes_while_we_wait                    [Missing    Missing          Missing        Missing         Missing      Missing               Missing                Aborted            ]
    deletes_while_we_wait_with_a_snapshot    [-          -                Missing        MissingUnseen   -            Missing               Aborted                -                  ]
    rolls_back_while_we_wait                 [Lands      Lands            Lands          Lands           Lands        Lands                 Lands                  Lands              ]
    rolls_back_while_we_wait_with_a_snapshot [-          -                Lands          Lands           -            Lands                 Lands                  -                  ]
    changes_after_we_gave_up                 [Busy       Busy             Busy           Busy            Busy         Busy                  Busy                   Busy               ]
    changes_after_we_gave_up_with_a_snapshot [-          -                Busy           Busy            -            Busy                  Busy                   -                  ]
}

#[test]
fn the_table_is_complete() {
    races::assert_complete(TABLE);
}

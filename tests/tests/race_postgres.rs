//! A checked write meets another writer on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use optlock_tests::postgres::{
    CAPABILITIES, Conn, SQL, Scratch, connection_id, lookout, wait_until_blocked,
};
use races::{Settings, transaction};

#[macro_use]
#[path = "../races/mod.rs"]
mod races;

#[path = "../races/postgres.rs"]
mod postgres;

#[rustfmt::skip]
const SETTINGS: &[(&str, Settings)] = &[
    ("autocommit",      Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED", transaction: None }),
    ("read_committed",  Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED", transaction: Some(transaction) }),
    ("repeatable_read", Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction: Some(transaction) }),
    ("serializable",    Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", transaction: Some(transaction) }),
];

// Autocommit has no snapshot that could be older.
race_table! {
                                             [autocommit read_committed repeatable_read serializable]
    changed_before                           [Modified   Modified       Modified        Modified    ]
    changed_since_our_snapshot               [-          Modified       Aborted         Aborted     ]
    changes_while_we_wait                    [Modified   Modified       Aborted         Aborted     ]
    changes_while_we_wait_with_a_snapshot    [-          Modified       Aborted         Aborted     ]
    deleted_before                           [Missing    Missing        Missing         Missing     ]
    deleted_since_our_snapshot               [-          Missing        Aborted         Aborted     ]
    deletes_while_we_wait                    [Missing    Missing        Aborted         Aborted     ]
    deletes_while_we_wait_with_a_snapshot    [-          Missing        Aborted         Aborted     ]
    rolls_back_while_we_wait                 [Lands      Lands          Lands           Lands       ]
    rolls_back_while_we_wait_with_a_snapshot [-          Lands          Lands           Lands       ]
    changes_after_we_gave_up                 [Busy       Busy           Busy            Busy        ]
    changes_after_we_gave_up_with_a_snapshot [-          Busy           Busy            Busy        ]
}

#[test]
fn the_table_is_complete() {
    races::assert_complete(TABLE);
}

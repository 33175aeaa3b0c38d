//! A checked write meets another writer on SQLite.

use super::race::{self, Settings, assert_complete, assert_transient, plain, stored};
use super::{Conn, Scratch, immediate};
use crate::prelude::*;
use optlock::Error;
use optlock_tests::cause;
use optlock_tests::models::Contact;

#[rustfmt::skip]
pub(super) const SETTINGS: &[(&str, Settings)] = &[
    ("journal_autocommit", Settings { sql: "PRAGMA journal_mode = DELETE", transaction: None }),
    ("journal_immediate",  Settings { sql: "PRAGMA journal_mode = DELETE", transaction: Some(immediate) }),
    ("journal_deferred",   Settings { sql: "PRAGMA journal_mode = DELETE", transaction: Some(plain) }),
    ("wal_autocommit",     Settings { sql: "PRAGMA journal_mode = WAL", transaction: None }),
    ("wal_immediate",      Settings { sql: "PRAGMA journal_mode = WAL", transaction: Some(immediate) }),
    ("wal_deferred",       Settings { sql: "PRAGMA journal_mode = WAL", transaction: Some(plain) }),
];

// An immediate transaction has the write lock before it reads, so that nobody changes what it has
// read. In a rollback journal nobody can commit while a deferred one has read (below), and
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
    assert_complete(TABLE, module_path!());
}

/// A value that was never stored meets another client.
#[test]
fn an_insert_meets_another_client() {
    use super::race::insert::Gets::{Busy, Exists, Inserted, Never};
    super::race::insert::check(&[
        // another insert: before, after our snapshot, while we wait, with a snapshot, rolled back; a delete: while we wait, rolled back
        (
            "journal_autocommit",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "journal_immediate",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "journal_deferred",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "wal_autocommit",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "wal_immediate",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "wal_deferred",
            [Exists, Busy, Exists, Never, Inserted, Inserted, Exists],
        ),
    ]);
}

#[test]
fn in_a_rollback_journal_who_has_read_keeps_others_from_committing() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    // The wait would be for us.
    theirs.batch_execute("PRAGMA busy_timeout = 0").unwrap();
    let (mut their_ann, mut our_ann) = (Contact::ann(), Contact::ann());
    ours.transaction(|ours| {
        stored(ours);
        assert_transient(&their_ann.save_checked(&mut theirs).unwrap_err());
        our_ann.save_checked(ours)
    })
    .unwrap();
    assert_eq!(their_ann, Contact::ann());
    assert_eq!(stored(&mut theirs), Some(our_ann));
}

/// SQLITE_BUSY_SNAPSHOT
#[test]
fn an_old_snapshot_refuses_each_retry_inside_its_transaction() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    theirs.batch_execute("PRAGMA journal_mode = WAL").unwrap();
    let mut ann = Contact::ann();
    let given_up = ours.transaction(|ours| {
        stored(ours);
        Contact::ann().save_checked(&mut theirs)?;
        assert_transient(&ann.save_checked(ours).unwrap_err());
        ann.save_checked(ours)
    });
    assert_transient(&given_up.unwrap_err());
    assert_eq!(ann, Contact::ann());
    assert!(ann.save_checked(&mut ours).unwrap_err().is_conflict());
}

/// SQLITE_LOCKED: in a shared cache nobody waits, and even a read is refused.
#[test]
fn a_shared_cache_refuses_at_once() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| {
        let shared = format!("file:{}?cache=shared", scratch.url());
        Conn::establish(&shared).unwrap()
    });
    let mut ann = Contact::ann();
    theirs
        .transaction(|theirs| {
            Contact::ann().save_checked(theirs)?;
            for error in [
                ann.save_checked(&mut ours).unwrap_err(),
                ann.load_current(&mut ours).unwrap_err(),
            ] {
                assert_transient(&error);
                assert!(cause(&error).contains("table is locked"), "{error:?}");
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(ann, Contact::ann());
    assert!(ann.save_checked(&mut ours).unwrap_err().is_conflict());
}

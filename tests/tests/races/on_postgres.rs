//! A checked write meets another writer on PostgreSQL.

use super::race::run::run_on;
use super::race::{self, Expect, Settings, assert_complete, assert_transient, plain, stored};
use super::{Conn, Scratch, connection_id, wait_until_blocked};
use crate::prelude::*;
use diesel::result::Error::RollbackTransaction;
use optlock::{Error, Found};
use optlock_tests::cause;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::cell::{Cell, RefCell};

#[rustfmt::skip]
pub(super) const SETTINGS: &[(&str, Settings)] = &[
    ("autocommit",      Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED", transaction: None }),
    ("read_committed",  Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED", transaction: Some(plain) }),
    ("repeatable_read", Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction: Some(plain) }),
    ("serializable",    Settings { sql: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", transaction: Some(plain) }),
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
    assert_complete(TABLE, module_path!());
}

/// A value that was never stored meets another client.
#[test]
fn an_insert_meets_another_client() {
    use super::race::insert::Gets::{Aborted, Exists, Inserted, Never};
    super::race::insert::check(&[
        // another insert: before, after our snapshot, while we wait, with a snapshot, rolled back; a delete: while we wait, rolled back
        (
            "autocommit",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "read_committed",
            [Exists, Exists, Exists, Exists, Inserted, Inserted, Exists],
        ),
        (
            "repeatable_read",
            [
                Exists, Aborted, Aborted, Aborted, Inserted, Inserted, Exists,
            ],
        ),
        (
            "serializable",
            [
                Exists, Aborted, Aborted, Aborted, Inserted, Inserted, Exists,
            ],
        ),
    ]);
}

/// 40001 even at READ COMMITTED: "tuple to be locked was already moved to another partition".
#[test]
fn a_row_that_moves_to_another_partition_while_we_wait_is_a_conflict() {
    let scratch = Scratch::new();
    scratch
        .connect()
        .batch_execute(
            "DROP TABLE contacts;
             CREATE TABLE contacts (id INTEGER NOT NULL, name TEXT NOT NULL, phone TEXT, version BIGINT NOT NULL) PARTITION BY LIST (name);
             CREATE TABLE anns PARTITION OF contacts FOR VALUES IN ('Ann');
             CREATE TABLE others PARTITION OF contacts DEFAULT;",
        )
        .unwrap();
    run_on(
        &scratch,
        "changes_while_we_wait",
        "read_committed",
        Expect::Aborted,
    );
}

fn ann_at(version: i64) -> Contact {
    Contact {
        version,
        ..Contact::ann()
    }
}

fn found(result: Result<(), Error>) -> Found {
    match result {
        Err(Error::ConcurrentModification(conflict)) => conflict.found().clone(),
        other => panic!("{other:?}"),
    }
}

fn at_repeatable_read(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    )
    .unwrap();
    conn
}

/// Saves Ann as a form carries her that knows more than our snapshot, which is older than `theirs`.
fn save_from_an_old_snapshot(mut ann: Contact, theirs: impl FnOnce(&mut Conn)) -> Found {
    let scratch = Scratch::new();
    let conn = &mut at_repeatable_read(&scratch);
    conn.transaction(|conn| {
        contacts::table.count().get_result::<i64>(conn)?;
        theirs(&mut scratch.connect());
        QueryResult::Ok(found(ann.save_checked(conn)))
    })
    .unwrap()
}

#[test]
fn the_newest_version_is_not_found_in_an_old_snapshot() {
    let old = Found::Older { version: 1.into() };
    let saved = save_from_an_old_snapshot(ann_at(2), |theirs| {
        Contact::ann().save_checked(theirs).unwrap();
    });
    assert_eq!(saved, old);
    let deleted = save_from_an_old_snapshot(ann_at(2), |theirs| {
        Contact::ann().delete_checked(theirs).unwrap();
    });
    assert_eq!(deleted, old);
}

#[test]
fn a_row_that_is_newer_than_the_snapshot_is_missing_in_it() {
    let cid = Contact {
        id: 3,
        ..Contact::ann()
    };
    let found = save_from_an_old_snapshot(cid.clone(), |theirs| {
        diesel::insert_into(contacts::table)
            .values(cid)
            .execute(theirs)
            .unwrap();
    });
    assert_eq!(found, Found::Missing);
}

#[test]
fn a_third_writer_does_not_make_the_loser_wait() {
    let scratch = Scratch::new();
    Contact::ann().save_checked(&mut scratch.connect()).unwrap();
    let third = &mut scratch.connect();
    third
        .transaction(|third| {
            ann_at(2).save_checked(third)?;
            let conn = &mut scratch.connect();
            // A wait would be for ever.
            conn.batch_execute("SET lock_timeout = 1")?;
            let lost = conn.transaction(|conn| Contact::ann().save_checked(conn));
            let committed = Found::Modified { version: 2.into() };
            assert_eq!(found(lost), committed);
            Err::<(), _>(Error::from(RollbackTransaction))
        })
        .unwrap_err();
}

/// After 40001 a savepoint can still be rolled back, unlike after MariaDB's errors.
#[test]
fn a_transaction_goes_on_after_a_serialization_failure_in_a_savepoint() {
    let scratch = Scratch::new();
    let conn = &mut at_repeatable_read(&scratch);
    let (mut ann, mut bob) = (Contact::ann(), Contact::bob());
    conn.transaction(|conn| {
        bob.save_checked(conn)?;
        Contact::ann().save_checked(&mut scratch.connect())?;
        let inner = transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn));
        assert_eq!(found(inner), Found::TransactionAborted);
        let inner = conn.transaction(|conn| ann.save_checked(conn));
        assert_eq!(found(inner), Found::TransactionAborted);
        bob.save_checked(conn)
    })
    .unwrap();
    assert_eq!(ann, Contact::ann());
    assert_eq!(bob.version, 3);
    assert_eq!(bob.load_current(conn).unwrap(), Some(bob));
}

/// 40P01
#[test]
fn a_deadlock_is_transient() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    // Who first looks for a deadlock is its victim.
    theirs
        .batch_execute("SET deadlock_timeout = '10min'")
        .unwrap();
    ours.batch_execute("SET deadlock_timeout = 1").unwrap();
    let id = connection_id(&mut theirs);
    let mut ann = Contact::ann();
    let theirs = Cell::new(Some(theirs));
    std::thread::scope(|scope| {
        let lost = transaction(&mut ours, &mut ann, |ours, ann| {
            ann.save_checked(ours)?;
            let mut theirs = theirs.take().unwrap();
            scope.spawn(move || {
                theirs
                    .transaction(|theirs| {
                        Contact::bob().save_checked(theirs)?;
                        Contact::ann().save_checked(theirs)
                    })
                    .unwrap();
            });
            wait_until_blocked(id);
            Contact::bob().save_checked(ours)
        });
        let error = lost.unwrap_err();
        assert_transient(&error);
        assert_eq!(cause(&error), "deadlock detected");
    });
    assert_eq!(ann, Contact::ann());
    assert_eq!(stored(&mut ours), Some(ann_at(2)));
}

/// 55P03, with the words of NOWAIT.
#[test]
fn a_lock_that_was_not_to_be_waited_for_is_transient() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    theirs
        .transaction(|theirs| {
            Contact::ann().save_checked(theirs)?;
            let locked = contacts::table
                .find(1)
                .select(contacts::id)
                .for_update()
                .no_wait()
                .first::<i32>(&mut ours);
            assert_transient(&locked.unwrap_err().into());
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// Each reads what the other one writes: 40001, but not before COMMIT.
#[test]
fn a_write_skew_is_a_conflict_that_the_commit_reports() {
    let scratch = Scratch::new();
    let [theirs, mut ours] = [(); 2].map(|()| {
        let mut conn = scratch.connect();
        conn.batch_execute(
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        )
        .unwrap();
        conn
    });
    let mut bob = Contact::bob();
    let theirs = RefCell::new(theirs);
    let lost = transaction(&mut ours, &mut bob, |ours, bob| {
        stored(ours);
        theirs.borrow_mut().transaction(|theirs| {
            bob.load_current(theirs)?;
            Contact::ann().save_checked(theirs)?;
            bob.save_checked(ours)
        })
    });
    let error: Error = lost.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(error.is_conflict() && error.is_transient(), "{error:?}");
    assert_eq!(bob, Contact::bob());
    assert_eq!(stored(&mut ours), Some(ann_at(2)));
    assert_eq!(bob.load_current(&mut ours).unwrap(), Some(Contact::bob()));
}

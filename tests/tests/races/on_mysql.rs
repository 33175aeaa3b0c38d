//! A checked write meets another writer on MariaDB.

use super::race::{self, Settings, assert_complete, assert_transient, plain, stored};
use super::{Conn, Scratch, connection_id, wait_until_blocked};
use crate::prelude::*;
use diesel::result::Error::RollbackTransaction;
use optlock::{Error, Found};
use optlock_tests::cause;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;
use std::cell::Cell;

// `strict`: newer versions of MariaDB (11.8) have innodb_snapshot_isolation ON by default.
#[rustfmt::skip]
pub(super) const SETTINGS: &[(&str, Settings)] = &[
    ("autocommit",               Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction: None }),
    ("read_uncommitted",         Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", transaction: Some(plain) }),
    ("read_committed",           Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", transaction: Some(plain) }),
    ("repeatable_read",          Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction: Some(plain) }),
    ("serializable",             Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", transaction: Some(plain) }),
    ("read_committed_strict",    Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET innodb_snapshot_isolation = ON", transaction: Some(plain) }),
    ("repeatable_read_strict",   Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET innodb_snapshot_isolation = ON", transaction: Some(plain) }),
    ("serializable_strict",      Settings { sql: "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET innodb_snapshot_isolation = ON", transaction: Some(plain) }),
];

// Autocommit has no snapshot that could be older; nor has READ UNCOMMITTED while the other one's
// write is not committed, because it shows that. At SERIALIZABLE a read locks, so that the two meet
// otherwise (below).
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
            "read_uncommitted",
            [Exists, Exists, Exists, Exists, Inserted, Inserted, Exists],
        ),
        (
            "read_committed",
            [Exists, Exists, Exists, Exists, Inserted, Inserted, Exists],
        ),
        (
            "repeatable_read",
            [Exists, Exists, Exists, Exists, Inserted, Inserted, Exists],
        ),
        (
            "serializable",
            [Exists, Never, Exists, Never, Inserted, Inserted, Exists],
        ),
        (
            "read_committed_strict",
            [Exists, Exists, Exists, Exists, Inserted, Inserted, Exists],
        ),
        (
            "repeatable_read_strict",
            [Exists, Aborted, Exists, Aborted, Inserted, Inserted, Exists],
        ),
        (
            "serializable_strict",
            [Exists, Never, Aborted, Never, Inserted, Aborted, Exists],
        ),
    ]);
}

fn ann_at(version: i64) -> Contact {
    Contact {
        version,
        ..Contact::ann()
    }
}

fn modified(version: i64) -> Found {
    Found::Modified {
        version: version.into(),
    }
}

fn found(result: Result<(), Error>) -> Found {
    match result {
        Err(Error::ConcurrentModification(conflict)) => conflict.found().clone(),
        other => panic!("{other:?}"),
    }
}

/// At REPEATABLE READ an UPDATE meets the newest row, whatever the snapshot shows.
#[test]
fn the_newest_version_is_saved_from_an_old_snapshot() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann_at(2);
    conn.transaction(|conn| {
        stored(conn);
        Contact::ann().save_checked(&mut scratch.connect())?;
        assert_eq!(stored(conn), Some(Contact::ann()));
        ann.save_checked(conn)
    })
    .unwrap();
    assert_eq!(ann, ann_at(3));
    assert_eq!(stored(conn), Some(ann));
}

/// The snapshot shows no row, and yet there is one.
#[test]
fn a_row_that_was_inserted_since_our_snapshot_is_found() {
    let scratch = Scratch::new();
    let theirs = &mut scratch.connect();
    Contact::ann().delete_checked(theirs).unwrap();
    scratch
        .connect()
        .transaction(|conn| {
            assert_eq!(stored(conn), None);
            diesel::insert_into(contacts::table)
                .values(ann_at(2))
                .execute(theirs)?;
            assert_eq!(found(Contact::ann().save_checked(conn)), modified(2));
            assert_eq!(found(Contact::ann().delete_checked(conn)), modified(2));
            assert_eq!(stored(conn), None);
            QueryResult::Ok(())
        })
        .unwrap();
}

/// Diesel does not know of this transaction, but the expected version in what hit no row tells that
/// the read was old.
#[test]
fn an_old_snapshot_in_a_raw_transaction_is_seen_through() {
    let scratch = Scratch::new();
    let theirs = &mut scratch.connect();
    let conn = &mut scratch.connect();
    conn.batch_execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        .unwrap();
    Contact::ann().save_checked(theirs).unwrap();
    Contact::bob().delete_checked(theirs).unwrap();
    let watch = Watch::on(conn);
    assert_eq!(found(Contact::ann().save_checked(conn)), modified(2));
    assert_eq!(found(Contact::bob().save_checked(conn)), Found::Missing);
    assert_eq!(stored(conn), Some(Contact::ann()));
    let sent = watch.take_sent();
    let locking = sent.iter().map(|sql| sql.contains("LOCK IN SHARE MODE"));
    // UPDATE, plain read, locking read: twice. Then our own.
    assert_eq!(
        locking.collect::<Vec<_>>(),
        [false, false, true, false, false, true, false]
    );
}

#[test]
fn a_row_is_behind_an_uncommitted_version_that_is_rolled_back() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    ours.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        .unwrap();
    let id = connection_id(&mut ours);
    std::thread::scope(|scope| {
        let (ours, waiting) = (Cell::new(Some(ours)), Cell::new(None));
        transaction(&mut theirs, (), |theirs, ()| {
            Contact::ann().save_checked(theirs)?;
            let mut ours = ours.take().unwrap();
            waiting.set(Some(scope.spawn(move || {
                let mut ann = stored(&mut ours).unwrap();
                assert_eq!(ann, ann_at(2));
                (found(ann.save_checked(&mut ours)), ann)
            })));
            wait_until_blocked(id);
            Err::<(), _>(Error::from(RollbackTransaction))
        })
        .unwrap_err();
        let lost = waiting.into_inner().unwrap().join().unwrap();
        let version = 1.into();
        assert_eq!(lost, (Found::Older { version }, ann_at(2)));
    });
}

/// A locking read is needed inside a transaction, and it waits for whoever holds the row.
#[test]
fn a_third_writer_makes_the_loser_wait() {
    let scratch = Scratch::new();
    Contact::ann().save_checked(&mut scratch.connect()).unwrap();
    let [mut third, mut ours] = [(); 2].map(|()| scratch.connect());
    ours.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        .unwrap();
    let id = connection_id(&mut ours);
    std::thread::scope(|scope| {
        let ours = Cell::new(Some(ours));
        let waiting = transaction(&mut third, (), |third, ()| {
            ann_at(2).save_checked(third)?;
            let mut ours = ours.take().unwrap();
            let waiting = scope
                .spawn(move || found(ours.transaction(|ours| Contact::ann().save_checked(ours))));
            wait_until_blocked(id);
            Ok::<_, Error>(waiting)
        });
        assert_eq!(waiting.unwrap().join().unwrap(), modified(3));
    });
}

/// 1205, with the words of NOWAIT.
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

/// Reads Ann and saves her in one transaction. Also says how many statements the save sent.
fn read_and_save(conn: &mut Conn, between: impl FnOnce()) -> (Result<(), Error>, usize) {
    conn.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        .unwrap();
    let watch = Watch::on(conn);
    let mut sent = 0;
    let saved = conn.transaction(|conn| {
        let mut ann = stored(conn).unwrap();
        between();
        watch.take_sent();
        let saved = ann.save_checked(conn);
        sent = watch.take_sent().len();
        assert_eq!(ann.version, if saved.is_ok() { 2 } else { 1 });
        saved
    });
    (saved, sent)
}

/// 1213: at SERIALIZABLE a read locks, so that neither can write. The server chooses one.
#[test]
fn of_two_who_have_read_at_serializable_one_wins() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    let id = connection_id(&mut theirs);
    let saves = std::thread::scope(|scope| {
        let mut waiting = None;
        let ours = read_and_save(&mut ours, || {
            waiting = Some(scope.spawn(move || read_and_save(&mut theirs, || {})));
            wait_until_blocked(id);
        });
        [ours, waiting.unwrap().join().unwrap()]
    });
    let (won, lost): (Vec<_>, Vec<_>) = saves.into_iter().partition(|(saved, _)| saved.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 1), "{won:?} {lost:?}");
    for (saved, sent) in lost {
        assert_eq!(found(saved), Found::TransactionAborted);
        assert_eq!(sent, 1);
    }
    assert_eq!(stored(&mut ours), Some(ann_at(2)));
}

/// A connection for which 1020 stands in for all errors by which MariaDB ends a transaction.
fn strict(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute("SET innodb_snapshot_isolation = ON")
        .unwrap();
    conn
}

/// Loses Ann to somebody else after our transaction has read.
fn lose_ann(conn: &mut Conn, scratch: &Scratch) {
    stored(conn);
    Contact::ann().save_checked(&mut scratch.connect()).unwrap();
}

/// Why optlock sends nothing after 1020 and 1213, and `guide::transactions` says that nothing should be sent.
#[test]
fn a_statement_after_the_server_ended_the_transaction_commits_by_itself() {
    let scratch = Scratch::new();
    let conn = &mut strict(&scratch);
    conn.transaction(|conn| {
        let mut bob = Contact::bob();
        bob.save_checked(conn)?;
        lose_ann(conn, &scratch);
        let lost = Contact::ann().save_checked(conn);
        assert_eq!(found(lost), Found::TransactionAborted);
        diesel::delete(contacts::table.find(1)).execute(conn)?;
        Err::<(), _>(Error::from(RollbackTransaction))
    })
    .unwrap_err();
    assert_eq!(stored(conn), None);
    let bob = Contact::bob().load_current(conn).unwrap();
    assert_eq!(bob, Some(Contact::bob()));
}

/// The savepoint is gone with the transaction: Diesel reports that, and the conflict is lost.
#[test]
fn a_conflict_that_ends_the_transaction_is_told_by_a_nested_one_too() {
    let scratch = Scratch::new();
    let conn = &mut strict(&scratch);
    let (mut ann, mut bob) = (Contact::ann(), Contact::bob());
    let outer = transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        bob.save_checked(conn)?;
        lose_ann(conn, &scratch);
        transaction(conn, ann, |conn, ann| ann.save_checked(conn))
    });
    assert_eq!(found(outer), Found::TransactionAborted);
    assert_eq!((&ann, &bob), (&Contact::ann(), &Contact::bob()));
    assert_eq!(bob.load_current(conn).unwrap(), Some(bob));

    let mut ann = ann_at(2);
    let outer = conn.transaction(|conn| {
        stored(conn);
        ann_at(2).save_checked(&mut scratch.connect())?;
        conn.transaction(|conn| ann.save_checked(conn))
    });
    let replaced = cause(&outer.unwrap_err());
    assert!(replaced.contains("SAVEPOINT"), "{replaced}");
    // The connection is as good as new.
    assert_eq!(found(ann.save_checked(conn)), modified(3));
}

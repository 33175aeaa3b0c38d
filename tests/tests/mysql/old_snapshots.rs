//! A snapshot that is older than the rows that a write meets, also in a transaction that Diesel does not
//! know of.

use crate::helpers::expect::{self, ANN, BOB, Row};
use crate::helpers::legacy::legacy;
use crate::helpers::people::{delete, find, rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, Conn, Scratch};
use optlock::{Error, Found, Outcome};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;

/// At REPEATABLE READ a plain read shows the rows as they were at the transaction's first one. An
/// enum of connections knows only at run time that it is one where this matters.
#[test]
fn an_enum_of_connections_looks_past_an_old_snapshot() {
    let scratch = Scratch::new();
    let other = &mut scratch.connect();
    let conn = &mut AnyConnection::from(scratch.connect());
    conn.transaction::<_, Error, _>(|conn| {
        let mut ann = Contact::ann().load_current(conn)?.unwrap();
        let mut bob = Contact::bob().load_current(conn)?.unwrap();
        rename(1, "Anna", other);
        delete(2, other);
        // The snapshot is old indeed:
        assert_eq!(ann.load_current(conn)?, Some(Contact::ann()));
        assert_eq!(bob.load_current(conn)?, Some(Contact::bob()));

        expect::modified(ann.save_checked(conn), ANN, 1, 2);
        expect::modified(ann.delete_checked(conn), ANN, 1, 2);
        expect::missing(bob.save_checked(conn), BOB, 1);
        expect::missing(bob.delete_checked(conn), BOB, 1);
        let theirs = Contact {
            name: "Anna".into(),
            version: 2,
            ..Contact::ann()
        };
        assert_eq!(ann.save_or_load(conn)?, Outcome::Changed(theirs));
        assert_eq!(bob.save_or_load(conn)?, Outcome::Missing);
        Ok(())
    })
    .unwrap();
}

/// A transaction that began to read before the others wrote sees what they have written all the
/// same.
#[test]
fn in_an_old_snapshot_a_batch_finds_what_it_missed() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.transaction::<_, Error, _>(|conn| {
        let mut all = [stored(1, conn), stored(2, conn)];
        rename(1, "Anna", other);
        delete(2, other);
        assert_eq!(stored(1, conn), Contact::ann());
        let error = all.save_all_checked(conn).unwrap_err();
        let Error::BatchConflict(conflict) = error else {
            panic!("{error:?}")
        };
        let found: Vec<_> = conflict
            .conflicts()
            .iter()
            .map(|(index, conflict)| (*index, conflict.found().clone()))
            .collect();
        let version = 2.into();
        assert_eq!(
            found,
            [(0, Found::Modified { version }), (1, Found::Missing)]
        );
        Ok(())
    })
    .unwrap();
}

/// An update that changes nothing, because a trigger stores what stands there, writes no version of the
/// row that the transaction would see.
#[test]
fn without_a_version_what_was_saved_is_read_past_an_old_snapshot() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute("SET innodb_snapshot_isolation = OFF")
        .unwrap();
    other
        .batch_execute(
            "CREATE TRIGGER upper_case BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.name = UPPER(NEW.name)",
        )
        .unwrap();
    transaction(conn, (), |conn, ()| {
        assert_eq!(stored(1, conn).name, "Ann"); // begins the snapshot
        let other = &mut scratch.connect();
        rename(1, "Anna", other);
        let mut mine = legacy(1, other);
        mine.name = "anna".into();
        mine.save_unchanged(conn)?;
        assert_eq!(mine.name, "ANNA");
        mine.phone = None;
        mine.save_unchanged(conn).map(drop)
    })
    .unwrap();
}

/// The plain read of such a transaction shows an older row than the update has met.
#[test]
fn in_a_raw_transaction_no_merge_forgets_mine() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute("SET innodb_snapshot_isolation = OFF; BEGIN")
        .unwrap();
    assert_eq!(stored(1, conn), Contact::ann()); // begins the snapshot
    rename(1, "Anna", other);
    let base = stored(1, other);
    let mut theirs = base.clone();
    theirs.phone = None;
    theirs.save_checked(other).unwrap();
    let mut mine = Contact {
        name: "Ann".into(),
        ..base.clone()
    };
    let result = mine.save_merged(&base, conn);
    conn.batch_execute("COMMIT").unwrap();
    let row = stored(1, other);
    assert_eq!(result.unwrap()[0].name(), "phone");
    assert_eq!((row.name.as_str(), &row.phone), ("Ann", &None));
}

/// A connection whose transaction has a snapshot in which there is no row 3, and Diesel knows nothing of
/// that. Another client has inserted the row since, and changed it once.
fn before_an_insert(begin: &str, scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .unwrap();
    conn.batch_execute(begin).unwrap();
    stored(1, &mut conn); // begins the snapshot
    scratch
        .connect()
        .batch_execute("INSERT INTO contacts (id, name, version) VALUES (3, 'Carl', 2)")
        .unwrap();
    assert_eq!(find(3, &mut conn), None);
    conn
}

#[test]
fn in_a_raw_transaction_a_row_that_is_new_since_its_snapshot_is_not_missing() {
    const CARL: Row = ("contacts", "3");
    for begin in ["BEGIN", "SET autocommit = 0"] {
        let scratch = Scratch::new();
        let conn = &mut before_an_insert(begin, &scratch);
        let mut carl = Contact {
            id: 3,
            phone: None,
            ..Contact::ann()
        };
        let base = carl.clone();
        expect::modified(carl.save_checked(conn), CARL, 1, 2);
        expect::modified(carl.touch_checked(conn), CARL, 1, 2);
        expect::modified(carl.delete_checked(conn), CARL, 1, 2);
        let Outcome::Changed(theirs) = carl.save_or_load(conn).unwrap() else {
            panic!("not changed")
        };
        assert_eq!((theirs.name.as_str(), theirs.version), ("Carl", 2));
        carl.phone = Some("333".into());
        carl.save_merged(&base, conn).unwrap();
        assert_eq!((carl.name.as_str(), carl.version), ("Carl", 3));
    }
}

#[test]
fn in_a_raw_transaction_force_finds_a_row_that_is_new_since_its_snapshot() {
    let scratch = Scratch::new();
    let conn = &mut before_an_insert("BEGIN", &scratch);
    let mut carl = Contact {
        id: 3,
        ..Contact::ann()
    };
    carl.force_save(conn).unwrap();
    assert_eq!(carl.version, 3);
    assert!(carl.force_delete(conn).unwrap());

    // Gone for good: the newest version of the row says so, whatever the snapshot shows.
    let conn = &mut before_an_insert("BEGIN", &Scratch::new());
    let nobody = Contact {
        id: 9,
        ..Contact::ann()
    };
    assert!(!nobody.force_delete(conn).unwrap());
    expect::missing(nobody.delete_checked(conn), ("contacts", "9"), 1);
}

/// Only there, and only where the plain read shows no row.
#[test]
fn a_missing_row_takes_three_statements_outside_of_diesels_transactions() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    delete(1, conn);
    let watch = Watch::on(conn);
    expect::missing(ann.save_checked(conn), ANN, 1);
    assert_eq!(watch.take_sent().len(), 3);
    transaction(conn, &mut ann, |conn, ann| {
        watch.take_sent();
        expect::missing(ann.save_checked(conn), ANN, 1);
        assert_eq!(watch.take_sent().len(), 2);
        Ok::<_, Error>(())
    })
    .unwrap();
}

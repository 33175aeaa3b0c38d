//! What only MariaDB and MySQL have.

use crate::cases::ended::save_and_end;
use crate::cases::expect::{self, ANN, BOB, Row};
use crate::cases::people::{delete, find, rename, stored};
use crate::cases::unversioned::legacy;
use crate::{Conn, Scratch};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::retry::Policy;
use optlock::{Error, Found, Outcome, TransactionOptions};
use optlock_tests::any::AnyConnection;
use optlock_tests::models::Contact;
use optlock_tests::mysql::SNAPSHOT_ISOLATION;
use optlock_tests::prepared::Watch;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;

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

/// What `lock_checked` says of MySQL and MariaDB, where PostgreSQL lets the child in.
#[test]
fn a_locked_row_makes_a_new_row_that_refers_to_it_wait() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE notes (contact_id INTEGER NOT NULL REFERENCES contacts (id)) ENGINE = InnoDB",
    )
    .unwrap();
    optlock::transaction(conn, (), |conn, ()| {
        Contact::ann().lock_checked(conn)?;
        let other = &mut scratch.connect();
        other.batch_execute("SET innodb_lock_wait_timeout = 0")?;
        let insert = diesel::sql_query("INSERT INTO notes VALUES (1)").execute(other);
        let error = Error::from(insert.unwrap_err());
        assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
        diesel::sql_query("INSERT INTO notes VALUES (2)").execute(other)?;
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn in_a_serializable_transaction_each_read_locks() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let lock = || {
        diesel::sql_query("SELECT 1 FROM contacts WHERE id = 1 FOR UPDATE NOWAIT")
            .execute(&mut scratch.connect())
    };
    let options = TransactionOptions::new();
    for (options, is_locked) in [(options.serializable(), true), (options.immediate(), false)] {
        let locked = options.run(conn, (), |conn, ()| {
            stored(1, conn);
            Ok::<_, Error>(lock())
        });
        assert_eq!(locked.unwrap().is_err(), is_locked, "{options:?}");
    }
}

/// The conflict has ended the test transaction too. What another attempt writes would be committed.
#[test]
fn a_retry_ends_with_its_test_transaction() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute(SNAPSHOT_ISOLATION).unwrap();
    conn.begin_test_transaction().unwrap();
    stored(1, conn);
    rename(1, "Anna", other);
    let error = optlock::retry(Policy::new(), conn, |conn| {
        rename(2, "Bobby", conn);
        Contact::ann().save_checked(conn)
    })
    .unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(
        error.last().is_conflict() && error.last().is_transient(),
        "{error:?}"
    );
    assert_eq!(stored(2, other), Contact::bob());
}

#[test]
fn what_there_is_not_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut AnyConnection::from(scratch.connect());
    let options = TransactionOptions::new().deferrable();
    let error = options
        .run(conn, (), |_, ()| -> Result<(), Error> {
            panic!("this must not run")
        })
        .unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "MySQL or MariaDB has no deferrable transactions"
    );
}

/// With a shared lock each, the two who have lost to a third would wait for each other.
#[test]
fn two_losers_merge_one_after_the_other() {
    const ROUNDS: i64 = 40;
    let scratch = &Scratch::new();
    let barrier = &Barrier::new(2);
    for round in 0..ROUNDS {
        let base = &stored(1, &mut scratch.connect());
        rename(1, &base.name, &mut scratch.connect());
        std::thread::scope(|scope| {
            for is_first in [true, false] {
                scope.spawn(move || {
                    let conn = &mut scratch.connect();
                    conn.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
                        .unwrap();
                    let mut mine = base.clone();
                    if is_first {
                        mine.name = format!("name {round}");
                    } else {
                        mine.phone = Some(format!("phone {round}"));
                    }
                    barrier.wait();
                    optlock::transaction(conn, &mut mine, |conn, mine| {
                        mine.save_merged(base, conn)
                    })
                    .unwrap();
                });
            }
        });
        let both = stored(1, &mut scratch.connect());
        assert_eq!(both.name, format!("name {round}"));
        assert_eq!(both.phone, Some(format!("phone {round}")));
    }
}

/// Diesel does not know of the transaction, which the server has ended: what would be sent now would
/// commit by itself.
#[test]
fn in_a_raw_transaction_nothing_is_sent_after_the_server_has_ended_it() {
    type Save = fn(&mut Contact, &Contact, &mut Conn) -> Result<(), Error>;
    let saves: [Save; 4] = [
        |mine, _, conn| mine.save_checked(conn),
        |mine, _, conn| mine.save_or_load(conn).map(drop),
        |mine, base, conn| mine.save_merged(base, conn).map(drop),
        |mine, _, conn| mine.force_save(conn),
    ];
    for begin in ["BEGIN", "SET autocommit = 0"] {
        for save in saves {
            let scratch = Scratch::new();
            let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
            conn.batch_execute(&format!("{SNAPSHOT_ISOLATION}; {begin}"))
                .unwrap();
            let base = stored(1, conn);
            stored(2, conn).save_checked(conn).unwrap();
            rename(1, "Anna", other);
            let mut mine = Contact {
                phone: None,
                ..base.clone()
            };
            let error = save(&mut mine, &base, conn).unwrap_err();
            let Error::ConcurrentModification(conflict) = &error else {
                panic!("{error:?}")
            };
            assert_eq!(*conflict.found(), Found::TransactionAborted);
            conn.batch_execute("COMMIT").unwrap();
            assert_eq!(stored(1, other).phone, Contact::ann().phone);
            assert_eq!(stored(2, other).version, 1);
        }
    }
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
    optlock::transaction(conn, (), |conn, ()| {
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

/// What was sent after the server had ended the transaction has landed, so "all was rolled back" would
/// not be true.
#[test]
fn a_transaction_left_open_after_the_server_ended_it_is_lost() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(SNAPSHOT_ISOLATION).unwrap();
    let result = optlock::transaction(conn, (), |conn, ()| {
        let mut ann = stored(1, conn);
        rename(1, "Anna", &mut scratch.connect());
        assert!(ann.save_checked(conn).is_err());
        let inside = catch_unwind(AssertUnwindSafe(|| {
            let _ = conn.transaction::<(), Error, _>(|_| panic!("inside"));
        }));
        assert!(inside.is_err());
        Ok::<_, Error>(())
    });
    let error = result.unwrap_err();
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    stored(2, conn).save_checked(conn).unwrap();
}

/// Each of them commits, and so what was saved before has landed.
#[test]
fn after_ddl_in_a_transaction_its_outcome_is_unknown() {
    for statement in [
        "CREATE TABLE notes (id INTEGER)",
        "TRUNCATE counters",
        "ALTER TABLE counters COMMENT 'of things'",
        "COMMIT; BEGIN",
        "BEGIN",
    ] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut ann = save_and_end(|conn| conn.batch_execute(statement).unwrap(), conn);
        assert_eq!(stored(1, &mut scratch.connect()).version, 2, "{statement}");
        expect::modified(ann.save_checked(conn), ANN, 1, 2);
    }
}

#[test]
fn a_raw_rollback_is_seen_behind_a_new_beginning() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save_and_end(|conn| conn.batch_execute("ROLLBACK; BEGIN").unwrap(), conn);
    assert_eq!(stored(1, conn), Contact::ann());
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
    optlock::transaction(conn, &mut ann, |conn, ann| {
        watch.take_sent();
        expect::missing(ann.save_checked(conn), ANN, 1);
        assert_eq!(watch.take_sent().len(), 2);
        Ok::<_, Error>(())
    })
    .unwrap();
}

/// The rollback takes nothing back, so nothing says that it did. In memory the rows are as they were: to save
/// them again is a conflict, and overwrites nothing.
#[test]
fn without_transactions_a_batch_is_not_all_or_nothing() {
    for engine in ["Aria", "MyISAM"] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&format!(
            "ALTER TABLE contacts DROP CONSTRAINT named, ENGINE = {engine}"
        ))
        .unwrap();
        rename(2, "Bobby", conn);
        let mut both = [Contact::ann(), Contact::bob()];
        both[0].name = "Anna".into();
        let before = both.clone();
        let error = both.save_all_checked(conn).unwrap_err();
        let Error::BatchConflict(conflict) = &error else {
            panic!("{engine}: {error:?}")
        };
        assert!(conflict.conflicts().iter().any(|(index, _)| *index == 1));
        assert!(
            error
                .to_string()
                .contains("rows, so the batch was given up: "),
            "{error}"
        );
        assert_eq!(both, before);
        assert_eq!(
            (stored(1, conn).name.as_str(), stored(1, conn).version),
            ("Anna", 2)
        );
        assert_eq!(stored(2, conn).name, "Bobby");
        assert!(both[0].save_checked(conn).unwrap_err().is_conflict());
    }
}

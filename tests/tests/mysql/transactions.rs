//! What ends a transaction: the server (1020), DDL, and statements of the body.

use crate::helpers::ended::save_and_end;
use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, Conn, Scratch, UNENCRYPTED};
use optlock::retry::Policy;
use optlock::{Error, Found, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::mysql::SNAPSHOT_ISOLATION;
use optlock_tests::prepared::Watch;
use optlock_tests::proxy::Proxy;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

#[test]
fn the_commit_is_a_message_of_its_own_and_the_savepoint_is_not() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    transaction(conn, (), |conn, ()| Contact::ann().save_checked(conn)).unwrap();
    let mut sent = watch.take_sent();
    let save = sent.remove(1);
    assert!(save.starts_with("UPDATE"), "{save}");
    assert_eq!(
        sent,
        [
            "BEGIN; SAVEPOINT optlock",
            "RELEASE SAVEPOINT optlock",
            "COMMIT"
        ]
    );
}

#[test]
fn after_a_beginning_that_is_refused_no_transaction_is_open() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("XA START 'other'").unwrap();
    let mut ann = Contact::ann();
    let result = transaction(conn, &mut ann, |_, _| -> Result<(), Error> {
        panic!("this must not run")
    });
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    conn.batch_execute("XA END 'other'; XA ROLLBACK 'other'")
        .unwrap();
    transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn)).unwrap();
    assert_eq!(stored(1, &mut scratch.connect()), ann);
}

/// The server has executed the BEGIN, and refuses the SAVEPOINT in the same message. What is written next commits by itself.
#[test]
fn after_half_a_beginning_no_transaction_is_open() {
    let scratch = Scratch::new();
    let proxy = Proxy::to(&scratch.url());
    let conn = &mut Conn::establish(&format!("{}?{UNENCRYPTED}", proxy.url())).unwrap();
    scratch.enter(conn);
    proxy.garble("SAVEPOINT");
    let mut ann = Contact::ann();
    let result = transaction(conn, &mut ann, |_, _| -> Result<(), Error> {
        panic!("this must not run")
    });
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    ann.save_checked(conn).unwrap();
    assert_eq!(stored(1, &mut scratch.connect()), ann);
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
    let error = retry(Policy::new(), conn, |conn| {
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

/// What was sent after the server had ended the transaction has landed, so "all was rolled back" would
/// not be true.
#[test]
fn a_transaction_left_open_after_the_server_ended_it_is_lost() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(SNAPSHOT_ISOLATION).unwrap();
    let result = transaction(conn, (), |conn, ()| {
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

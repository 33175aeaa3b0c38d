//! Serialization failures (40001): in a transaction, at its COMMIT, and outside of one.

use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::retry::Policy;
use optlock::{Error, Found, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::postgres::{connection_id, wait_until_blocked};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU32, Ordering};

/// Two doctors on call: each goes home while the other one stays.
#[test]
fn a_serialization_failure_at_commit_is_met_by_another_attempt() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let serializable = TransactionOptions::new().serializable();
    let attempts = Cell::new(0);
    let told = AtomicU32::new(0);
    let policy = Policy::new()
        .transaction(serializable)
        .notify(|attempts, error: &Error, _| {
            assert!(
                error.is_conflict() && matches!(error, Error::Database(_)),
                "{error:?}"
            );
            told.store(attempts, Ordering::Relaxed);
        });
    let home = |stays: i32, goes: i32, conn: &mut Conn| {
        let stays = stored(stays, conn);
        let mut goes = stored(goes, conn);
        goes.phone = (stays.phone.as_deref() == Some("home")).then(|| "on call".to_owned());
        goes.phone.get_or_insert_with(|| "home".to_owned());
        goes.save_checked(conn)
    };
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        home(1, 2, conn)?;
        if attempts.get() == 1 {
            serializable.run(&mut scratch.connect(), (), |conn, ()| home(2, 1, conn))?;
        }
        // All statements have succeeded.
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!((attempts.get(), told.into_inner()), (2, 1));
    let phones = [1, 2].map(|id| stored(id, conn).phone.unwrap());
    assert_eq!(phones, ["home", "on call"]);
}

/// Each statement is a transaction of its own, and the database gives that up. The row can be read all
/// the same.
#[test]
fn outside_of_a_transaction_a_serialization_failure_is_a_conflict_like_any_other() {
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&format!(
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}"
        ))
        .unwrap();
        let mut ann = Contact {
            phone: None,
            ..stored(1, conn)
        };
        let before = ann.clone();
        let error = while_another_renames_ann(&scratch, conn, |conn| ann.save_checked(conn));
        expect::modified(error, ANN, 1, 2);
        assert_eq!(ann, before);

        let base = stored(1, conn);
        let mut mine = Contact {
            phone: None,
            ..base.clone()
        };
        let merged =
            while_another_renames_ann(&scratch, conn, |conn| mine.save_merged(&base, conn));
        assert_eq!(merged.unwrap()[0].name(), "name");
        assert_eq!(stored(1, conn), mine);
        assert_eq!((mine.version, &mine.phone), (4, &None));
    }
}

/// What the work waits for is committed then.
fn while_another_renames_ann<R: Send>(
    scratch: &Scratch,
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> R + Send,
) -> R {
    let id = connection_id(conn);
    let other = &mut scratch.connect();
    std::thread::scope(|scope| {
        let waiting = other
            .transaction::<_, Error, _>(|other| {
                let mut ann = stored(1, other);
                ann.name += "a";
                ann.save_checked(other)?;
                let waiting = scope.spawn(|| work(conn));
                wait_until_blocked(id);
                Ok(waiting)
            })
            .unwrap();
        waiting.join().unwrap()
    })
}

/// The row that a transaction sees is older than the base, which was loaded elsewhere: a change back to
/// what it shows is a change all the same.
#[test]
fn in_an_old_snapshot_no_merge_forgets_mine() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), RefCell::new(scratch.connect()));
    let options = TransactionOptions::new().repeatable_read();
    let result = options.run(conn, (), |conn, ()| {
        assert_eq!(stored(1, conn), Contact::ann()); // begins the snapshot
        let other = &mut *other.borrow_mut();
        rename(1, "Anna", other);
        let base = stored(1, other);
        let mut mine = Contact {
            name: "Ann".into(),
            ..base.clone()
        };
        mine.save_merged(&base, conn)
    });
    let Err(Error::ConcurrentModification(conflict)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(*conflict.found(), Found::Older { version: 1.into() });
    assert_eq!(stored(1, &mut other.into_inner()).name, "Anna");
}

//! Whom a locked row makes wait.

use crate::Scratch;
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;
use std::sync::Barrier;

/// What `lock_checked` says of MySQL and MariaDB, where PostgreSQL lets the child in.
#[test]
fn a_locked_row_makes_a_new_row_that_refers_to_it_wait() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE notes (contact_id INTEGER NOT NULL REFERENCES contacts (id)) ENGINE = InnoDB",
    )
    .unwrap();
    transaction(conn, (), |conn, ()| {
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
                    transaction(conn, &mut mine, |conn, mine| mine.save_merged(base, conn))
                        .unwrap();
                });
            }
        });
        let both = stored(1, &mut scratch.connect());
        assert_eq!(both.name, format!("name {round}"));
        assert_eq!(both.phone, Some(format!("phone {round}")));
    }
}

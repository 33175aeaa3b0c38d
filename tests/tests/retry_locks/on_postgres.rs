//! What PostgreSQL alone has.

use super::contact::{ANN_CHANGES, edited, find};
use super::prelude::*;
use super::third::{Others, policy, waits_for_the_row, while_another_holds};
use super::{Conn, Scratch, wait_until_blocked};
use optlock::retry::is_retryable;
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use std::cell::Cell;
use std::sync::Mutex;

/// On MariaDB a transaction that has read the row before names no row in the conflict of a batch, and sees no conflict
/// in a plain read.
#[test]
fn a_batch_and_a_check_wait_for_their_rows() {
    type Attempt = fn(&mut Conn, &Others<'_>) -> Result<(), Error>;
    let attempts: [Attempt; 3] = [
        |conn, others| {
            let mut both = [edited(others, conn)?, find(2, conn)?];
            both[1].phone = Some("2".into());
            both.save_all_checked(conn)
        },
        |conn, others| [edited(others, conn)?, find(2, conn)?].delete_all_checked(conn),
        |conn, others| edited(others, conn)?.check_current(conn),
    ];
    for attempt in attempts {
        waits_for_the_row(&Scratch::new(), ANN_CHANGES, attempt);
    }
}

diesel::table! {
    orders {
        id -> Uuid,
        total -> BigInt,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = orders)]
struct Order {
    id: uuid::Uuid,
    total: i64,
    version: i64,
}

#[test]
fn a_row_is_found_by_a_uuid() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE orders (id UUID NOT NULL PRIMARY KEY, total BIGINT NOT NULL, version BIGINT NOT NULL); \
         INSERT INTO orders VALUES (gen_random_uuid(), 0, 1)",
    )
    .unwrap();
    let change = "UPDATE orders SET version = version + 1";
    waits_for_the_row(&scratch, change, |conn, others| {
        let mut order: Order = orders::table.select(Order::as_select()).first(conn)?;
        others.come_first();
        order.total += 1;
        order.save_checked(conn)
    });
}

/// The statements of all attempts that lock a row, of a unit that loses four times.
fn locks_sent(
    options: TransactionOptions,
    body: impl Fn(&mut Conn, &Scratch, u32) -> Result<(), Error>,
) -> (Vec<String>, Vec<bool>) {
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let told = Mutex::new(Vec::new());
    let policy = policy()
        .transaction(options)
        .notify(|_, error: &Error, _| told.lock().unwrap().push(error.is_conflict()));
    let attempts = Cell::new(0);
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        body(conn, scratch, attempts.get())
    })
    .unwrap();
    assert_eq!(attempts.get(), 5);
    (locks_in(&watch), told.into_inner().unwrap())
}

/// The statements that lock a row.
fn locks_in(watch: &Watch) -> Vec<String> {
    let sent = watch.take_sent().into_iter();
    sent.filter(|sql| sql.contains(" FOR NO KEY UPDATE"))
        .collect()
}

/// Ann's row is lost twice, and then another one, to an insert.
fn lose_four_times(conn: &mut Conn, scratch: &Scratch, attempt: u32) -> Result<(), Error> {
    let mut ann = find(1, conn)?;
    match attempt {
        1 | 2 => scratch.connect().batch_execute(ANN_CHANGES)?,
        3 => scratch
            .connect()
            .batch_execute("INSERT INTO contacts VALUES (3, 'Cid', NULL, 1)")?,
        _ => {}
    }
    if let 3 | 4 = attempt {
        return Contact::unstored(3).upsert_checked(conn).map(drop);
    }
    ann.phone = None;
    ann.save_checked(conn)
}

const LOCK: &str =
    r#"SELECT 1 FROM "contacts" WHERE ("contacts"."id" = $1) FOR NO KEY UPDATE -- binds: "#;

/// The lock of the contact with these binds.
fn lock_of(binds: &str) -> String {
    format!("{LOCK}{binds}")
}

#[test]
fn each_row_is_locked_once_and_by_nothing_but_its_key() {
    let (locks, told) = locks_sent(TransactionOptions::new(), lose_four_times);
    assert_eq!(locks, ["[1]", "[1]", "[1]", "[3]"].map(lock_of));
    assert_eq!(told, [true; 4]);
}

/// The snapshot would be older than what the lock waits for.
#[test]
fn nothing_is_locked_where_the_lock_would_fix_the_snapshot() {
    let options = TransactionOptions::new();
    for options in [options.repeatable_read(), options.serializable()] {
        let (locks, told) = locks_sent(options, lose_four_times);
        assert_eq!(locks, [""; 0], "{options:?}");
        assert_eq!(told, [true; 4]);
    }
}

/// Nobody sees where `when` finds the conflict.
#[test]
fn a_policy_that_says_when_locks_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let policy = policy().when(|error: &Error| is_retryable(error));
    let attempts = Cell::new(0);
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        lose_four_times(conn, &scratch, attempts.get())
    })
    .unwrap();
    assert!(!watch.take_sent().iter().any(|sql| sql.contains(" FOR ")));
}

#[test]
fn a_policy_that_shows_the_source_locks_as_without() {
    struct Hidden(Error);

    impl From<diesel::result::Error> for Hidden {
        fn from(error: diesel::result::Error) -> Self {
            Self(error.into())
        }
    }

    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let policy = policy().when_source(|error: &Hidden| Some(&error.0));
    let attempts = Cell::new(0);
    let done = retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        lose_four_times(conn, &scratch, attempts.get()).map_err(Hidden)
    });
    assert!(done.is_ok());
    assert_eq!(locks_in(&watch), ["[1]", "[1]", "[1]", "[3]"].map(lock_of));
}

/// No policy lets the role update a row, so that the lock is that of no row. After the next conflict no attempt locks any more.
#[test]
fn a_row_that_may_be_deleted_and_not_updated_is_not_locked() {
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(&format!(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY all_may_delete ON contacts FOR DELETE USING (true);
         GRANT USAGE ON SCHEMA {} TO pg_monitor;
         GRANT SELECT, UPDATE, DELETE ON contacts TO pg_monitor;
         SET ROLE pg_monitor",
        scratch.schema()
    ))
    .unwrap();
    let watch = Watch::on(conn);
    let attempts = Cell::new(0);
    retry(policy(), conn, |conn| {
        attempts.set(attempts.get() + 1);
        let ann = find(1, conn)?;
        if attempts.get() <= 4 {
            scratch.connect().batch_execute(ANN_CHANGES)?;
        }
        ann.delete_checked(conn)
    })
    .unwrap();
    assert_eq!(attempts.get(), 5);
    assert_eq!(locks_in(&watch), [lock_of("[1]")]);
}

/// The session's own level is not known before the lock fails: with 40001, because it had to wait for a change.
#[test]
fn a_lock_that_is_refused_for_its_snapshot_is_the_last_one() {
    let attempts = while_another_holds(
        &Scratch::new(),
        ANN_CHANGES,
        |conn, others| {
            if others.attempt() == 1 {
                conn.batch_execute(
                    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                )?;
            }
            edited(others, conn)?.save_checked(conn)
        },
        |id, mut holder, _| {
            wait_until_blocked(id);
            holder.batch_execute("COMMIT").unwrap();
        },
    );
    // The fourth attempt is the third one whose body has run.
    assert_eq!(attempts.unwrap(), 3);
}

/// The lock comes before what the body says of the session: there is no such table for it. The next attempt does without;
/// and if there is none, the conflict is the error, and not that of the lock.
#[test]
fn a_lock_that_fails_costs_an_attempt_and_is_not_the_error() {
    for (attempts, expected) in [(3, Err(3)), (4, Ok(3))] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute("SET search_path TO pg_catalog").unwrap();
        let told = Mutex::new(Vec::new());
        let policy = policy()
            .attempts(attempts)
            .notify(|count, error: &Error, _| {
                told.lock().unwrap().push((count, error.is_conflict()));
            });
        let watch = Watch::on(conn);
        let bodies = Cell::new(0);
        let saved = retry(policy, conn, |conn| {
            bodies.set(bodies.get() + 1);
            conn.batch_execute(&format!("SET LOCAL search_path TO {}", scratch.schema()))?;
            let mut ann = find(1, conn)?;
            if bodies.get() <= 2 {
                scratch.connect().batch_execute(ANN_CHANGES)?;
            }
            ann.phone = None;
            ann.save_checked(conn)
        });
        match expected {
            Ok(ran) => {
                saved.unwrap();
                assert_eq!(bodies.get(), ran);
                assert_eq!(
                    told.into_inner().unwrap(),
                    [(1, true), (2, true), (3, false)]
                );
            }
            Err(count) => {
                let error = saved.unwrap_err();
                assert_eq!(error.attempts(), count);
                assert_eq!(
                    error.last().to_string(),
                    "contacts 1 was changed: expected version 2, found 3"
                );
                assert_eq!(told.into_inner().unwrap(), [(1, true), (2, true)]);
            }
        }
        let sent = watch.take_sent();
        let locks = sent.iter().filter(|sql| sql.starts_with(LOCK));
        assert_eq!(locks.count(), 1, "{sent:#?}");
    }
}

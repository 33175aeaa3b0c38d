//! What MySQL and MariaDB alone have: a look at what was lost waits for locks, and a lock reads the newest row at each
//! isolation level.

use super::contact::{ANN_CHANGES, find};
use super::prelude::*;
use super::third::policy;
use super::{AnyConnection, Conn, SQL, Scratch};
use diesel::connection::InstrumentationEvent::{self, StartQuery};
use optlock::{Error, Found, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;
use std::cell::Cell;
use std::sync::{Arc, Mutex};

/// When the connection looks at what it has lost, `winner` locks all rows. Returns the statements by which the connection
/// locks rows itself.
fn lock_when_it_looks(conn: &mut Conn, winner: Arc<Mutex<Conn>>) -> Arc<Mutex<Vec<String>>> {
    let locks = Arc::new(Mutex::new(Vec::new()));
    let seen = locks.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let StartQuery { query, .. } = event else {
            return;
        };
        let sql = query.to_string();
        if sql.contains("UNION ALL") {
            let mut winner = winner.lock().unwrap();
            winner
                .batch_execute("BEGIN; SELECT 1 FROM contacts FOR UPDATE")
                .unwrap();
        } else if sql.starts_with("SELECT 1 FROM") {
            seen.lock().unwrap().push(sql);
        }
    });
    locks
}

/// The joint look of a batch fails, because it does not wait.
#[test]
fn losers_that_cannot_be_read_are_locked() {
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    let winner = Arc::new(Mutex::new(scratch.connect()));
    let locks = lock_when_it_looks(conn, winner.clone());
    let policy = policy()
        // At REPEATABLE READ the write would keep the lock of a row that it has missed, and the winner could not lock it.
        .transaction(TransactionOptions::new().read_committed())
        .notify(|_, error: &Error, _| {
            let Error::BatchConflict(conflict) = error else {
                panic!("no conflict of a batch: {error:?}");
            };
            let found: Vec<_> = conflict
                .conflicts()
                .iter()
                .map(|(_, row)| row.found())
                .collect();
            assert_eq!(found, [&Found::Unknown; 2]);
            winner.lock().unwrap().batch_execute("ROLLBACK").unwrap();
        });
    let attempts = Cell::new(0);
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        let mut both = [find(1, conn)?, find(2, conn)?];
        if attempts.get() <= 2 {
            scratch
                .connect()
                .batch_execute("UPDATE contacts SET version = version + 1")?;
        }
        both[0].phone = None;
        both.save_all_checked(conn)
    })
    .unwrap();
    assert_eq!(attempts.get(), 3);
    let lock = "SELECT 1 FROM `contacts` WHERE (`contacts`.`id` = ?) FOR UPDATE -- binds: ";
    let expected = ["[1]", "[2]"].map(|key| format!("{lock}{key}"));
    assert_eq!(*locks.lock().unwrap(), expected);
}

/// Which database the enum holds is known before the first attempt: on PostgreSQL nothing would be locked.
#[test]
fn on_an_enum_of_connections_a_row_is_locked_at_repeatable_read() {
    let scratch = &Scratch::new();
    let conn = &mut AnyConnection::from(scratch.connect());
    let watch = Watch::on(conn);
    let policy = policy().transaction(TransactionOptions::new().repeatable_read());
    let attempts = Cell::new(0);
    retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        let row = contacts::table.find(1).select(Contact::as_select());
        let mut ann: Contact = row.first(conn)?;
        if attempts.get() <= 2 {
            scratch.connect().batch_execute(ANN_CHANGES)?;
        }
        ann.phone = None;
        ann.save_checked(conn)
    })
    .unwrap();
    let sent = watch.take_sent();
    let locks = sent.iter().filter(|sql| sql.contains(" FOR UPDATE"));
    assert_eq!(locks.count(), 1, "{sent:#?}");
}

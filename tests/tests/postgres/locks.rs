//! Whom a locked row makes wait.

use crate::Scratch;
use crate::prelude::*;
use optlock::Error;
use optlock::retry::Policy;
use optlock_tests::models::Contact;

/// `FOR UPDATE` would make it wait.
#[test]
fn a_new_row_that_refers_to_a_locked_row_does_not_wait() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE TABLE notes (contact_id INTEGER NOT NULL REFERENCES contacts (id))")
        .unwrap();
    transaction(conn, (), |conn, ()| {
        let mut ann = Contact::ann();
        ann.lock_checked(conn)?;
        let other = &mut scratch.connect();
        other.batch_execute("SET lock_timeout = 1")?;
        diesel::sql_query("INSERT INTO notes VALUES (1)").execute(other)?;
        // But who locks the row itself waits.
        let theirs = Contact::ann().save_checked(other).unwrap_err();
        assert!(theirs.is_transient() && !theirs.is_conflict(), "{theirs:?}");
        ann.save_checked(conn)
    })
    .unwrap();
}

#[test]
fn a_lock_that_is_not_waited_for_is_met_by_another_attempt() {
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    holder.begin_test_transaction().unwrap();
    conn.batch_execute("CREATE TABLE notes AS SELECT 1 AS id")
        .unwrap();
    holder
        .batch_execute("LOCK TABLE contacts; SELECT 1 FROM notes FOR UPDATE")
        .unwrap();
    let policy = || Policy::new().attempts(3).sleep(|_| slept());
    for lock in [
        "LOCK TABLE contacts NOWAIT",
        "SELECT 1 FROM notes FOR UPDATE NOWAIT",
    ] {
        let error = retry(policy(), conn, |conn| {
            conn.batch_execute(lock).map_err(Error::from)
        })
        .unwrap_err();
        assert_eq!(error.attempts(), 3, "{:?}", error.last());
        assert!(error.last().is_transient() && !error.last().is_conflict());
    }
}

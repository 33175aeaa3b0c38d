//! A constraint that is checked at COMMIT.

use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Scratch};
use diesel::result::DatabaseErrorKind::ForeignKeyViolation;
use diesel::result::Error::DatabaseError;
use optlock::Error;
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;

#[test]
fn a_commit_that_fails_puts_the_values_back() {
    let Some(()) = require(CAPABILITIES.deferred_constraints) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE notes (
             contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED
         )",
    )
    .unwrap();
    let mut ann = stored(1, conn);
    let error = transaction(conn, &mut ann, |conn, ann| {
        diesel::sql_query("INSERT INTO notes (contact_id) VALUES (9)").execute(conn)?;
        ann.name = "Ann B.".into();
        ann.save_checked(conn)
    })
    .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Database(DatabaseError(ForeignKeyViolation, _))
        ),
        "{error:?}"
    );
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    assert_eq!(ann, Contact::ann());
    assert_eq!(stored(1, conn), ann);

    // No transaction is left open.
    ann.save_checked(conn).unwrap();
    assert_eq!(stored(1, &mut scratch.connect()), ann);
}

//! What only SQLite has.

use crate::Scratch;
use crate::refusal::expect_ann_is_refused;
use crate::swallowed::expect_swallowed_error_puts_back;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

#[test]
fn a_trigger_that_ignores_a_write_refuses_it() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TRIGGER only_bob_is_changed BEFORE UPDATE ON contacts WHEN OLD.id <> 2
             BEGIN SELECT RAISE(IGNORE); END;
         CREATE TRIGGER only_bob_is_deleted BEFORE DELETE ON contacts WHEN OLD.id <> 2
             BEGIN SELECT RAISE(IGNORE); END",
    )
    .unwrap();
    expect_ann_is_refused(conn);
}

#[test]
fn a_swallowed_error_that_ended_the_transaction_puts_the_values_back() {
    let scratch = Scratch::new();
    let error = expect_swallowed_error_puts_back(&mut scratch.connect(), |conn| {
        let again = diesel::sql_query("INSERT OR ROLLBACK INTO contacts SELECT * FROM contacts");
        let error = again.execute(conn).unwrap_err();
        assert_eq!(error.to_string(), "UNIQUE constraint failed: contacts.id");
    });
    assert_eq!(
        error.to_string(),
        "cannot commit - no transaction is active"
    );
}

//! The messages by which a lost connection is known on MariaDB: each entry of the table in
//! optlock's `backend/mysql.rs` whose wording libmariadb and MariaDB have. ("MySQL server has gone
//! away" and "Lost connection to MySQL server" are libmysqlclient's words.)

use super::Scratch;
use super::loss::{assert_unknown, connect, stored};
use crate::prelude::*;
use optlock::Error;
use optlock_tests::models::Contact;

#[track_caller]
fn assert_says(error: &Error, message: &str) {
    assert_unknown(error);
    let Error::OutcomeUnknown(cause) = error else {
        panic!("{error:?}")
    };
    assert!(cause.to_string().contains(message), "{cause}");
}

#[test]
fn lost_connection_to_server_comes_first_and_from_then_on_the_server_has_gone_away() {
    let scratch = Scratch::new();
    let (proxy, mut conn, _) = connect(&scratch);
    proxy.lose_request("");
    let mut ann = Contact::ann();
    assert_says(
        &ann.save_checked(&mut conn).unwrap_err(),
        "Lost connection to server",
    );
    assert_says(
        &ann.save_checked(&mut conn).unwrap_err(),
        "Server has gone away",
    );
    assert_eq!(stored(&scratch), Some(ann));
}

#[test]
fn a_session_that_kills_itself_says_that_the_connection_was_killed() {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    conn.batch_execute(
        "CREATE TRIGGER hangs_up BEFORE UPDATE ON contacts FOR EACH ROW KILL CONNECTION_ID()",
    )
    .unwrap();
    let mut ann = Contact::ann();
    assert_says(
        &ann.save_checked(&mut conn).unwrap_err(),
        "Connection was killed",
    );
    assert_eq!(stored(&scratch), Some(ann));
}

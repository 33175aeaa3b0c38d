//! The two `DatabaseErrorKind`s by which Diesel names a lost connection on PostgreSQL.

use super::Scratch;
use super::loss::{connect, stored};
use crate::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use optlock::Error;
use optlock_tests::models::Contact;

fn kind(error: &DieselError) -> &DatabaseErrorKind {
    match error {
        DieselError::DatabaseError(kind, _) => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_loss_is_a_closed_connection_and_from_then_on_nothing_can_be_sent() {
    let scratch = Scratch::new();
    let (proxy, mut conn, _) = connect(&scratch);
    proxy.lose_request("");
    let mut ann = Contact::ann();
    let Err(Error::OutcomeUnknown(lost)) = ann.save_checked(&mut conn) else {
        panic!("the request was lost");
    };
    assert!(matches!(
        kind(lost.diesel()),
        DatabaseErrorKind::ClosedConnection
    ));
    // A statement of the user's own. Diesel has set the connection in error, so optlock sends nothing.
    let after = diesel::sql_query("SELECT 1")
        .execute(&mut conn)
        .unwrap_err();
    assert!(matches!(
        kind(&after),
        DatabaseErrorKind::UnableToSendCommand
    ));
    let refused = ann.save_checked(&mut conn).unwrap_err();
    assert!(matches!(refused, Error::ConnectionBroken), "{refused:?}");
    assert_eq!(stored(&scratch), Some(ann));
}

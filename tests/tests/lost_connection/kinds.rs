//! The two `DatabaseErrorKind`s by which Diesel names a lost connection on PostgreSQL.

use super::Scratch;
use super::loss::{connect, stored};
use crate::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use optlock::Error;
use optlock_tests::models::Contact;

fn kind(error: &Error) -> &DatabaseErrorKind {
    let Error::OutcomeUnknown(lost) = error else {
        panic!("{error:?}")
    };
    match lost.diesel() {
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
    let lost = ann.save_checked(&mut conn).unwrap_err();
    assert!(
        matches!(kind(&lost), DatabaseErrorKind::ClosedConnection),
        "{lost:?}"
    );
    let after = ann.save_checked(&mut conn).unwrap_err();
    assert!(
        matches!(kind(&after), DatabaseErrorKind::UnableToSendCommand),
        "{after:?}"
    );
    assert_eq!(stored(&scratch), Some(ann));
}

//! The database refuses a write without an error: the row is there with the expected version, and
//! no other client has won.

use super::expect::{self, ANN};
use super::legacy::legacy;
use super::people::stored;
use crate::Conn;
use crate::prelude::*;
use optlock::Error;
use optlock_tests::models::Contact;

pub(crate) fn expect_refused<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    expect::says(
        &error,
        ANN,
        "was not written although it still has version 1: \
         a policy or a trigger of the database refused it",
    );
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    let Error::Refused {
        table,
        key,
        version,
        ..
    } = error
    else {
        panic!("not refused: {error:?}");
    };
    assert_eq!(((table, key.as_str()), version), (ANN, Some(1.into())));
}

/// Ann cannot be written, but Bob can.
pub(crate) fn expect_ann_is_refused(conn: &mut Conn) {
    let mut ann = Contact {
        name: "Ann B.".into(),
        ..stored(1, conn)
    };
    let before = ann.clone();
    expect_refused(ann.save_checked(conn));
    expect_refused(ann.save_or_load(conn));
    expect_refused(ann.delete_checked(conn));
    expect_refused(ann.touch_checked(conn));
    expect_refused(ann.force_save(conn));
    expect_refused(ann.force_delete(conn));
    assert_eq!(ann, before);
    // Bob, who comes first, is not written either.
    let mut both = [stored(2, conn), ann];
    let before = both.clone();
    expect_refused(both.save_all_checked(conn));
    expect_refused(both.delete_all_checked(conn));
    assert_eq!(both, before);
    assert_eq!(stored(1, conn), Contact::ann());
    assert_eq!(stored(2, conn), Contact::bob());

    let mut ann = legacy(1, conn);
    ann.phone = None;
    let before = ann.clone();
    let error = ann.save_unchanged(conn).unwrap_err();
    let message = "was not written although nobody has changed it: a policy or a trigger of the database refused it";
    expect::says(&error, ANN, message);
    assert!(
        matches!(error, Error::Refused { version: None, .. }),
        "{error:?}"
    );
    assert_eq!(ann, before);

    let mut bob = Contact {
        name: "Bobby".into(),
        ..stored(2, conn)
    };
    bob.save_checked(conn).unwrap();
    assert_eq!(stored(2, conn), bob);
    bob.delete_checked(conn).unwrap();
}

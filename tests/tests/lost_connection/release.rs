//! MySQL and MariaDB: the savepoint of a transaction is released in a message of its own, before the COMMIT.

use super::Scratch;
use super::loss::{assert_nothing_landed, assert_unchanged, connect};
use crate::prelude::*;
use optlock_tests::models::Contact;

#[test]
fn a_transaction_that_is_lost_at_the_release_of_its_savepoint_has_not_landed() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    let mut ann = Contact {
        name: "Anna".into(),
        ..Contact::ann()
    };
    let before = ann.clone();
    proxy.lose_request("RELEASE");
    let error = transaction(&mut conn, &mut ann, |conn, ann| ann.save_checked(conn)).unwrap_err();
    assert_nothing_landed(&error);
    assert_eq!(ann, before);
    assert_unchanged(id, &scratch);
}

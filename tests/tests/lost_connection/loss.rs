//! A connection that can be lost, and what is left.

use super::{Conn, Scratch, UNENCRYPTED, connection_id, is_connected};
use crate::prelude::*;
use optlock::Error;
use optlock_tests::models::Contact;
use optlock_tests::proxy::Proxy;
use optlock_tests::schema::contacts;
use optlock_tests::wait_until;

/// A connection that can be lost, and its name on the server.
pub(super) fn connect(scratch: &Scratch) -> (Proxy, Conn, i64) {
    let proxy = Proxy::to(&scratch.url());
    let mut conn = Conn::establish(&format!("{}?{UNENCRYPTED}", proxy.url())).unwrap();
    scratch.enter(&mut conn);
    let id = connection_id(&mut conn);
    (proxy, conn, id)
}

/// Ann's row, seen by others.
pub(super) fn stored(scratch: &Scratch) -> Option<Contact> {
    contacts::table
        .find(1)
        .select(Contact::as_select())
        .first(&mut scratch.connect())
        .optional()
        .unwrap()
}

pub(super) fn wait_until_stored(expected: Option<Contact>, scratch: &Scratch) {
    wait_until("what was on its way should land", || {
        stored(scratch) == expected
    });
}

pub(super) fn wait_until_gone(id: i64) {
    wait_until("the server should end the connection", || !is_connected(id));
}

/// The row is as it was, now that the server is done with the connection.
pub(super) fn assert_unchanged(id: i64, scratch: &Scratch) {
    wait_until_gone(id);
    assert_eq!(stored(scratch), Some(Contact::ann()));
}

pub(super) fn assert_unknown(error: &Error) {
    assert!(error.outcome_unknown(), "{error:?}");
    assert!(!error.is_transient() && !error.is_conflict(), "{error:?}");
}

pub(super) fn assert_nothing_landed(error: &Error) {
    assert!(matches!(error, Error::ConnectionLost(_)), "{error:?}");
    assert!(
        !error.outcome_unknown() && !error.is_transient() && !error.is_conflict(),
        "{error:?}"
    );
}

/// Locks Ann's row.
pub(super) fn lock(holder: &mut Conn) {
    diesel::update(contacts::table.find(1))
        .set(contacts::phone.eq("999"))
        .execute(holder)
        .unwrap();
}

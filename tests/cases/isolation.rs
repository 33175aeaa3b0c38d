//! Isolation levels, as two connections see them.

use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::retry::Policy;
use optlock::{Error, TransactionOptions};
use optlock_tests::capabilities::require;
use optlock_tests::cause;
use optlock_tests::models::Contact;

const OPTIONS: TransactionOptions = TransactionOptions::new();

/// Ann's name before and after another user renames her, in one transaction.
fn names<C>(options: TransactionOptions, conn: &mut C, scratch: &Scratch, name: &str) -> [String; 2]
where
    C: TransactionConnection,
    Contact: methods::LoadCurrent<C>,
{
    let read = |conn: &mut C| {
        Contact::ann()
            .load_current(conn)
            .map(|ann| ann.unwrap().name)
    };
    options
        .run(conn, (), |conn, ()| {
            let before = read(conn)?;
            rename(1, name, &mut scratch.connect());
            Ok::<_, Error>([before, read(conn)?])
        })
        .unwrap()
}

fn story<C>(conn: &mut C, scratch: &Scratch)
where
    C: TransactionConnection,
    Contact: methods::Save<C> + methods::LoadCurrent<C>,
{
    // Each twice, the other way round: a level holds for its own transaction only.
    for (committed, repeatable) in [("A", "B"), ("C", "D")] {
        let seen = names(OPTIONS.read_committed(), conn, scratch, committed);
        assert_eq!(seen[1], committed);
        let seen = names(OPTIONS.repeatable_read(), conn, scratch, repeatable);
        assert_eq!(seen, [committed, committed]);
    }
    let mut bob = Contact::bob();
    let result = OPTIONS
        .read_only()
        .run(conn, &mut bob, |conn, bob| bob.save_checked(conn));
    expect_read_only(&result.unwrap_err());
    assert_eq!(bob, Contact::bob());
    // Each attempt of a retry too.
    let error = Policy::new()
        .transaction(OPTIONS.read_only())
        .run(conn, &mut bob, |conn, bob| bob.save_checked(conn))
        .unwrap_err();
    expect_read_only(error.last());
    assert_eq!((error.attempts(), &bob), (1, &Contact::bob()));

    bob.save_checked(conn).unwrap();
    assert_eq!(stored(2, &mut scratch.connect()), bob);
}

#[track_caller]
fn expect_read_only(error: &Error) {
    assert_eq!(error.to_string(), "the transaction is read-only");
    let text = cause(error).to_lowercase().replace('-', " ");
    assert!(text.ends_with("in a read only transaction"), "{error}");
    assert!(!error.is_transient(), "{error:?}");
}

#[test]
fn on_a_connection() {
    let Some(()) = require(CAPABILITIES.isolation_levels) else {
        return;
    };
    let scratch = Scratch::new();
    story(&mut scratch.connect(), &scratch);
}

#[test]
fn on_a_pooled_connection() {
    let Some(()) = require(CAPABILITIES.isolation_levels) else {
        return;
    };
    let scratch = Scratch::new();
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let mut conn = pool.get().unwrap();
    scratch.enter(&mut conn);
    story(&mut conn, &scratch);
}

#[test]
fn on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let Some(()) = require(CAPABILITIES.isolation_levels) else {
        return;
    };
    let scratch = Scratch::new();
    story(&mut AnyConnection::from(scratch.connect()), &scratch);
}

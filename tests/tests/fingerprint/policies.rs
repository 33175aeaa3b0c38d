//! A row-level policy of PostgreSQL lets a role read a row, and not lock it.

use super::prelude::*;
use super::{Conn, Scratch};
use crate::{editing, keys};
use optlock::{Error, Fingerprint, Found};
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::schema::contacts;
use std::fmt::Debug;

/// Superusers are above policies. This role is on every server.
const BE_ANOTHER_ROLE: &str = "SET ROLE pg_monitor";

/// Everybody reads Ann and Bob, and only Bob is written.
fn with_policies() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    let schema = scratch.schema();
    conn.batch_execute(&format!(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY only_bob_is_changed ON contacts FOR UPDATE USING (id = 2);
         GRANT USAGE ON SCHEMA {schema} TO pg_monitor;
         GRANT SELECT, UPDATE ON contacts TO pg_monitor"
    ))
    .unwrap();
    conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
    (scratch, conn)
}

#[track_caller]
fn refused<T: Debug>(result: Result<T, Error>, expected: Option<i64>) {
    match result.unwrap_err() {
        Error::Refused {
            table,
            key,
            version,
            ..
        } => {
            assert_eq!((table, &*key), ("contacts", "1"));
            assert_eq!(version, expected.map(Into::into));
        }
        error => panic!("it is there, and was not locked: {error:?}"),
    }
}

fn lock(contact: &Contact, conn: &mut Conn) -> Result<(), Error> {
    transaction(conn, (), |conn, ()| contact.lock_checked(conn))
}

#[test]
fn a_row_that_a_policy_does_not_let_be_locked_is_refused_and_not_gone() {
    let (_scratch, mut conn) = with_policies();
    refused(lock(&Contact::ann(), &mut conn), Some(1));
    lock(&Contact::bob(), &mut conn).unwrap();

    let stale = Contact {
        version: 7,
        ..Contact::ann()
    };
    let Error::ConcurrentModification(conflict) = lock(&stale, &mut conn).unwrap_err() else {
        panic!("the version is stale")
    };
    assert_eq!(*conflict.found(), Found::Older { version: 1.into() });
    let gone = Contact {
        id: 9,
        ..Contact::ann()
    };
    assert!(lock(&gone, &mut conn).unwrap_err().is_missing());
}

#[test]
fn a_page_is_refused_as_well() {
    let (keys, (_scratch, mut conn)) = (keys(), with_policies());
    let (conn, seal) = (&mut conn, editing(&keys));
    let page = Fingerprint::builder(&seal).row(&Contact::ann()).build();
    let edited = Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    };

    let mut ann = edited.clone();
    refused(
        ann.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)),
        Some(1),
    );
    assert_eq!(ann, edited);
    let mut ann = Tracked::with_base(Contact::ann(), edited.clone());
    refused(
        ann.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)),
        Some(1),
    );
    let ann = contacts::table.find(1).select(Legacy::as_select());
    let mut ann = Tracked::new(ann.first::<Legacy>(conn).unwrap());
    ann.name = "Ann B.".into();
    refused(
        ann.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page)),
        None,
    );

    let mut gone = Contact { id: 9, ..edited };
    let saved = gone.save_if_unchanged(page.as_str(), &seal, conn, |_, page, _| Ok(page));
    assert!(saved.unwrap_err().is_missing());
    let ann = contacts::table.find(1).select(Contact::as_select());
    assert_eq!(ann.first(conn), Ok(Contact::ann()));
}

//! Inserts by which SQLite would replace a row, or leave one out.

use crate::Scratch;
use crate::helpers::expect::{CID, exists};
use crate::helpers::people::find;
use crate::prelude::*;
use optlock::{Error, Upserted};
use optlock_tests::models::Contact;

/// By the key, and by another unique value.
#[test]
fn a_table_whose_constraints_replace_rows_loses_none() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "DROP TABLE contacts;
         CREATE TABLE contacts (id INTEGER NOT NULL PRIMARY KEY ON CONFLICT REPLACE, \
         name TEXT NOT NULL UNIQUE ON CONFLICT REPLACE, phone TEXT, version BIGINT NOT NULL);",
    )
    .unwrap();
    let mut mine = Contact::unstored(3);
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    let mut same_key = Contact {
        name: "Another".into(),
        ..Contact::unstored(3)
    };
    exists(same_key.upsert_checked(conn), CID, 1);
    let error = Contact::unstored(4).upsert_checked(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!((find(3, conn), find(4, conn)), (Some(mine), None));
}

#[test]
fn a_row_that_a_trigger_leaves_out_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TRIGGER leave_out BEFORE INSERT ON contacts BEGIN SELECT RAISE(IGNORE); END",
    )
    .unwrap();
    let mut cid = Contact::unstored(3);
    let error = cid.upsert_checked(conn).unwrap_err();
    assert!(
        matches!(&error, Error::Refused { key, version: None, .. } if key == "3"),
        "{error:?}"
    );
    assert_eq!((cid, find(3, conn)), (Contact::unstored(3), None));
}

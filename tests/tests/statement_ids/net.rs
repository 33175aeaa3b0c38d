//! The net of debug builds, under an impl by hand that claims a fixed text and has none.

use crate::prelude::*;
use diesel::query_builder::AsChangeset;
use optlock::VersionedChangeset;
use optlock::statement::{Fixed, FixedText};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use optlock_tests::sqlite::Scratch;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug, Clone, PartialEq, Eq, Identifiable, AsChangeset)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct Mistaken {
    id: i32,
    name: Option<String>,
    phone: Option<String>,
    version: i64,
}

impl FixedText for Mistaken {
    const FIXED: bool = true;
}

impl Versioned for Mistaken {
    type Table = contacts::table;
    type Key = i32;
    type VersionColumn = contacts::version;
    type Version = i64;
    type Scope = ();
    type Text = Fixed<Self>;
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id
    }

    fn version(&self) -> &i64 {
        &self.version
    }

    fn set_version(&mut self, version: i64) {
        self.version = version;
    }

    fn scope(&self) {}
}

impl<'a> VersionedChangeset<'a> for Mistaken {
    type Changeset = <&'a Self as AsChangeset>::Changeset;
    type StampChangeset = ();

    fn changeset(&'a self) -> Self::Changeset {
        self.as_changeset()
    }

    fn stamp_changeset(&'a self) {}
}

#[test]
fn a_text_that_differs_panics_before_it_is_sent() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut first = Mistaken {
        id: 2,
        name: Some("Bob B.".into()),
        phone: None,
        version: 1,
    };
    first.save_checked(conn).unwrap();

    let before = Mistaken {
        id: 1,
        name: None,
        phone: Some("222".into()),
        version: 1,
    };
    let mut other = before.clone();
    let panic = catch_unwind(AssertUnwindSafe(|| other.save_checked(conn))).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("two statements with different texts share the id"),
        "{message}"
    );
    assert!(message.contains("Mistaken"), "{message}");
    assert_eq!(other, before);
    let stored: Contact = contacts::table
        .find(1)
        .select(Contact::as_select())
        .first(conn)
        .unwrap();
    assert_eq!(stored, Contact::ann());
}

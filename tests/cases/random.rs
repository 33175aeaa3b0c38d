//! UUIDs as versions: nothing matches by accident, also where the database goes back.

use crate::Scratch;
use crate::helpers::paper::paper;
use crate::prelude::*;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

paper!(in_bytes: optlock::UuidBytes, Binary, crate::SQL.uuid_bytes);
paper!(in_text: optlock::UuidText, Text, "CHAR(36)");

/// Why a UUID: with an integer this story ends badly, and nobody is told.
#[test]
fn an_integer_matches_by_accident_after_a_restored_backup() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        name: "mine".into(),
        ..Contact::ann()
    };
    mine.save_checked(conn).unwrap();
    diesel::update(contacts::table.find(1))
        .set(Contact::ann())
        .execute(conn)
        .unwrap();
    let mut theirs = Contact {
        name: "theirs".into(),
        ..Contact::ann()
    };
    theirs.save_checked(conn).unwrap();
    mine.save_checked(conn).unwrap();
    let stored = mine.load_current(conn).unwrap().map(|row| row.name);
    assert_eq!(stored.as_deref(), Some("mine"));
}

//! Structs of a few columns, saved and deleted without loading the row first.

use crate::helpers::expect::{self, ANN, Row};
use crate::helpers::people::{find, rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock_tests::models::{Contact, Patch, Rename};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, wide};

/// No such contact.
const NOBODY: Row = ("contacts", "9");

#[test]
fn a_borrowed_struct_with_the_right_version_is_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let form = String::from("Ann B."); // not 'static
    let mut mine = Rename {
        id: 1,
        name: &form,
        version: 1,
    };
    mine.save_checked(conn).unwrap();
    assert_eq!(
        mine,
        Rename {
            id: 1,
            name: "Ann B.",
            version: 2
        }
    );
    assert_eq!(
        stored(1, conn),
        Contact {
            name: form,
            version: 2,
            ..Contact::ann()
        }
    );
}

#[test]
fn a_borrowed_struct_with_a_wrong_version_or_key_is_not_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let save = |id, version, conn: &mut Conn| {
        let mut mine = Rename {
            id,
            name: "Ann B.",
            version,
        };
        let result = mine.save_checked(conn);
        assert_eq!(
            mine,
            Rename {
                id,
                name: "Ann B.",
                version
            }
        );
        result
    };
    expect::modified(save(1, 1, conn), ANN, 1, 2);
    expect::older(save(1, 3, conn), ANN, 3, 2);
    expect::missing(save(9, 1, conn), NOBODY, 1);
    assert_eq!(
        stored(1, conn),
        Contact {
            name: "Anna".into(),
            version: 2,
            ..Contact::ann()
        }
    );
    assert_eq!(find(9, conn), None);
}

#[test]
fn a_borrowed_struct_with_the_right_version_is_deleted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    Rename {
        id: 1,
        name: "",
        version: 1,
    }
    .delete_checked(conn)
    .unwrap();
    assert_eq!(find(1, conn), None);
    assert_eq!(stored(2, conn), Contact::bob());
}

#[test]
fn a_borrowed_struct_with_a_wrong_version_or_key_is_not_deleted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let delete = |id, version, conn: &mut Conn| {
        Rename {
            id,
            name: "",
            version,
        }
        .delete_checked(conn)
    };
    expect::older(delete(1, 2, conn), ANN, 2, 1);
    expect::missing(delete(9, 1, conn), NOBODY, 1);
    assert_eq!(stored(1, conn), Contact::ann());
}

type WideRow = (Option<String>, Option<String>, Option<String>, i64);

fn stored_wide(conn: &mut Conn) -> WideRow {
    wide::table
        .find(1)
        .select((wide::a, wide::b, wide::j, wide::version))
        .first(conn)
        .unwrap()
}

fn insert_wide(conn: &mut Conn) {
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::a.eq("a"), wide::b.eq("b")))
        .execute(conn)
        .unwrap();
}

#[test]
fn a_patch_leaves_what_is_none_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert_wide(conn);
    let mut patch = Patch {
        id: 1,
        b: Some("B".into()),
        version: 1,
        ..Patch::default()
    };
    patch.save_checked(conn).unwrap();
    assert_eq!(patch.version, 2);
    assert_eq!(
        stored_wide(conn),
        (Some("a".into()), Some("B".into()), None, 2)
    );

    patch = Patch {
        id: 1,
        j: Some("J".into()),
        version: 2,
        ..Patch::default()
    };
    patch.save_checked(conn).unwrap();
    assert_eq!(
        stored_wide(conn),
        (Some("a".into()), Some("B".into()), Some("J".into()), 3)
    );
}

#[test]
fn a_stale_patch_is_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert_wide(conn);
    let mut mine = Patch {
        id: 1,
        a: Some("mine".into()),
        version: 1,
        ..Patch::default()
    };
    let mut theirs = Patch {
        id: 1,
        b: Some("theirs".into()),
        version: 1,
        ..Patch::default()
    };
    theirs.save_checked(conn).unwrap();
    expect::modified(mine.save_checked(conn), ("wide", "1"), 1, 2);
    assert_eq!(mine.version, 1);
    assert_eq!(
        stored_wide(conn),
        (Some("a".into()), Some("theirs".into()), None, 2)
    );
}

#[test]
fn an_empty_patch_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert_wide(conn);
    let watch = Watch::on(conn);
    let mut patch = Patch {
        id: 1,
        version: 1,
        ..Patch::default()
    };
    patch.save_checked(conn).unwrap();
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(patch.version, 1);
    assert_eq!(stored_wide(conn).3, 1);
}

#[derive(Debug, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct KeyAndVersion {
    id: i32,
    version: i64,
}

#[test]
fn a_struct_of_key_and_version_moves_the_version_on_and_deletes() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = KeyAndVersion { id: 1, version: 1 };
    let mut theirs = KeyAndVersion { id: 1, version: 1 };
    theirs.save_checked(conn).unwrap();
    assert_eq!(theirs, KeyAndVersion { id: 1, version: 2 });
    assert_eq!(
        stored(1, conn),
        Contact {
            version: 2,
            ..Contact::ann()
        }
    );
    expect::modified(mine.save_checked(conn), ANN, 1, 2);
    expect::modified(mine.delete_checked(conn), ANN, 1, 2);
    theirs.delete_checked(conn).unwrap();
    assert_eq!(find(1, conn), None);
}

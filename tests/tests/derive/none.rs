//! What the `None` of a field means.

use super::{CONFLICT, ann, contacts, row, save_twice};
use diesel::prelude::*;
use optlock::prelude::*;

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Model {
    id: i32,
    name: String,
    phone: Option<String>,
    version: i64,
}

#[test]
fn none_in_a_model_becomes_null() {
    let conn = &mut ann();
    let value = Model {
        id: 1,
        name: "Bea".into(),
        phone: None,
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), None, 2));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct Patch {
    id: i32,
    name: Option<String>,
    phone: Option<String>,
    version: i64,
}

#[test]
fn none_in_a_patch_leaves_the_column_alone() {
    let conn = &mut ann();
    let value = Patch {
        id: 1,
        name: Some("Bea".into()),
        phone: None,
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

#[test]
fn a_patch_of_nothing_sends_nothing() {
    let conn = &mut ann();
    let mut value = Patch {
        id: 1,
        name: None,
        phone: None,
        version: 1,
    };
    value.save_checked(conn).unwrap();
    assert_eq!(value.version, 1);
    assert_eq!(row(conn), (1, "Ann".into(), Some("111".into()), 1));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Mixed {
    id: i32,
    #[diesel(treat_none_as_null = false)]
    name: Option<String>,
    #[diesel(treat_none_as_null = true)]
    phone: Option<String>,
    version: i64,
}

#[test]
fn each_field_can_say_it_for_itself() {
    let conn = &mut ann();
    let value = Mixed {
        id: 1,
        name: None,
        phone: None,
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Ann".into(), None, 2));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Key {
    id: i32,
    version: i64,
}

#[test]
fn a_struct_of_key_and_version_moves_the_version_on() {
    let conn = &mut ann();
    assert_eq!(save_twice(Key { id: 1, version: 1 }, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Ann".into(), Some("111".into()), 2));
}

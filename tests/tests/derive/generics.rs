//! Generic structs, as far as Diesel's derives take them, and generic code.

use super::{CONFLICT, ann, contacts, row, save_twice};
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Error, methods};
use std::hash::Hash;
use std::marker::PhantomData;

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact<Id: Eq + Hash, Role> {
    id: Id,
    name: String,
    version: i64,
    #[diesel(skip_update)]
    role: PhantomData<Role>,
}

#[derive(Clone)]
struct Customer;

#[test]
fn a_struct_has_type_parameters() {
    let conn = &mut ann();
    let value = Contact {
        id: 1,
        name: "Bea".into(),
        version: 1,
        role: PhantomData::<Customer>,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Padded<const N: usize> {
    id: i32,
    name: String,
    version: i64,
    #[diesel(skip_update)]
    #[allow(dead_code)]
    padding: [u8; N],
}

#[test]
fn a_struct_has_const_parameters() {
    let conn = &mut ann();
    let value = Padded {
        id: 1,
        name: "Bea".into(),
        version: 1,
        padding: [0; 3],
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

/// As a user would write it.
fn save<M: methods::Save<C>, C>(model: &mut M, conn: &mut C) -> Result<(), Error> {
    model.save_checked(conn)
}

#[test]
fn generic_code_saves() {
    let conn = &mut ann();
    let mut value = Padded {
        id: 1,
        name: "Bea".into(),
        version: 1,
        padding: [],
    };
    save(&mut value, conn).unwrap();
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

//! Embedded structs.

use super::{CONFLICT, ann, contacts, row, save_twice};
use diesel::prelude::*;
use optlock::prelude::*;

#[derive(Clone, AsChangeset)]
#[diesel(table_name = contacts)]
struct Name {
    name: Option<String>,
}

#[derive(Clone, AsChangeset)]
#[diesel(table_name = contacts)]
struct Phone<'a> {
    phone: Option<&'a str>,
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Embedded<'a> {
    id: i32,
    #[diesel(embed)]
    name: Name,
    #[diesel(embed)]
    phone: Phone<'a>,
    version: i64,
}

#[test]
fn embedded_structs_are_written() {
    let conn = &mut ann();
    let phone = String::from("222");
    let value = Embedded {
        id: 1,
        name: Name {
            name: Some("Bea".into()),
        },
        phone: Phone {
            phone: Some(&phone),
        },
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("222".into()), 2));
}

#[test]
fn each_value_has_its_own_text() {
    let conn = &mut ann();
    let mut value = Embedded {
        id: 1,
        name: Name {
            name: Some("Bea".into()),
        },
        phone: Phone { phone: None },
        version: 1,
    };
    value.save_checked(conn).unwrap();
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));

    value.name.name = None;
    value.phone.phone = Some("222");
    value.save_checked(conn).unwrap();
    assert_eq!(row(conn), (1, "Bea".into(), Some("222".into()), 3));
}

#[test]
fn embedded_structs_of_nothing_send_nothing() {
    let conn = &mut ann();
    let mut value = Embedded {
        id: 1,
        name: Name { name: None },
        phone: Phone { phone: None },
        version: 1,
    };
    value.save_checked(conn).unwrap();
    assert_eq!(value.version, 1);
    assert_eq!(row(conn), (1, "Ann".into(), Some("111".into()), 1));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Beside {
    id: i32,
    #[diesel(serialize_as = String)]
    name: &'static str,
    #[diesel(embed)]
    phone: Phone<'static>,
    version: i64,
}

#[test]
fn a_field_beside_an_embedded_struct_is_a_change() {
    let conn = &mut ann();
    let value = Beside {
        id: 1,
        name: "Bea",
        phone: Phone { phone: None },
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

//! `serialize_as`: the struct is saved as a clone.

use super::{CONFLICT, ann, contacts, row, save_twice};
use diesel::prelude::*;
use optlock::prelude::*;

/// In the database it is upper case.
#[derive(Clone)]
struct Loud(&'static str);

impl From<Loud> for String {
    fn from(name: Loud) -> Self {
        name.0.to_uppercase()
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    #[diesel(serialize_as = String)]
    name: Loud,
    version: i64,
}

#[test]
fn a_field_is_stored_as_another_type() {
    let conn = &mut ann();
    let value = Contact {
        id: 1,
        name: Loud("Bea"),
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "BEA".into(), Some("111".into()), 2));
}

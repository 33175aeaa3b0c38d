//! How a field says which column it is.

use super::{CONFLICT, ann, contacts, database, row, save_twice};
use diesel::prelude::*;
use optlock::prelude::*;

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Tuple(
    #[diesel(column_name = id)] i32,
    #[diesel(column_name = "name")] String,
    #[diesel(column_name = version)] i64,
);

#[test]
fn a_tuple_struct_names_its_columns() {
    let conn = &mut ann();
    assert_eq!(save_twice(Tuple(1, "Bea".into(), 1), conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Renamed {
    #[diesel(column_name = id)]
    number: i32,
    #[diesel(column_name = "name")]
    called: String,
    #[diesel(skip_update)]
    #[allow(dead_code)]
    phone: Option<String>,
    #[optlock(version)]
    #[diesel(column_name = version)]
    revision: i64,
}

#[test]
fn a_column_is_renamed_or_never_written() {
    let conn = &mut ann();
    let value = Renamed {
        number: 1,
        called: "Bea".into(),
        phone: None,
        revision: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

diesel::table! {
    /// Keywords of Rust and of SQL.
    parts {
        id -> Integer,
        r#type -> Text,
        #[sql_name = "select"]
        select_ -> Text,
        r#where -> Text,
        order -> BigInt,
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = parts)]
struct Part {
    id: i32,
    r#type: String,
    #[diesel(column_name = "select_")]
    select: String,
    #[diesel(column_name = "where")]
    place: String,
    #[optlock(version)]
    order: i64,
}

#[test]
fn a_column_is_called_by_a_keyword() {
    let conn = &mut database(
        r#"CREATE TABLE parts (id INTEGER PRIMARY KEY, "type" TEXT NOT NULL, "select" TEXT NOT NULL, "where" TEXT NOT NULL, "order" BIGINT NOT NULL);
           INSERT INTO parts VALUES (1, 'a', 'b', 'c', 1)"#,
    );
    let value = Part {
        id: 1,
        r#type: "d".into(),
        select: "e".into(),
        place: "f".into(),
        order: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        "parts 1 was changed: expected version 1, found 2"
    );
    let row = parts::table.first::<(i32, String, String, String, i64)>(conn);
    assert_eq!(row, Ok((1, "d".into(), "e".into(), "f".into(), 2)));
}

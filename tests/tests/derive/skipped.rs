//! A version with `#[diesel(skip_update)]`, in each shape of struct.

use super::{CONFLICT, ann, contacts, database, row, save_twice};
use diesel::prelude::*;
use optlock::VersionToken;
use optlock::Versioned;
use optlock::prelude::*;
use optlock::statement::StatementText as _;

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Tuple(
    #[diesel(column_name = id)] i32,
    #[diesel(column_name = version, skip_update)]
    #[optlock(version)]
    i64,
    #[diesel(column_name = name)] String,
);

#[test]
fn of_a_tuple_struct() {
    let conn = &mut ann();
    assert_eq!(save_twice(Tuple(1, 1, "Bea".into()), conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
    const { assert!(<Tuple as Versioned>::Text::FIXED) };
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Serialized<'a> {
    id: i32,
    #[diesel(serialize_as = String)]
    name: &'a str,
    #[diesel(skip_update)]
    version: i64,
}

#[test]
fn of_a_struct_that_is_saved_as_a_clone() {
    let conn = &mut ann();
    let value = Serialized {
        id: 1,
        name: "Bea",
        version: 1,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Generic<'a, V> {
    id: i32,
    name: &'a str,
    #[diesel(skip_update)]
    version: V,
}

#[test]
fn of_a_type_that_is_a_parameter() {
    fn save<V>(version: V, conn: &mut SqliteConnection) -> String
    where
        V: VersionToken,
        for<'a> Generic<'a, V>: optlock::methods::Save<SqliteConnection>,
    {
        let name = "Bea";
        save_twice(
            Generic {
                id: 1,
                name,
                version,
            },
            conn,
        )
    }
    let conn = &mut ann();
    assert_eq!(save(1_i64, conn), CONFLICT);
    assert_eq!(row(conn), (1, "Bea".into(), Some("111".into()), 2));
}

diesel::table! {
    articles {
        id -> Integer,
        title -> Text,
        lock_version -> Nullable<BigInt>,
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
struct Article {
    id: i32,
    title: String,
    #[diesel(skip_update)]
    lock_version: Option<i64>,
}

#[test]
fn of_a_column_that_is_null() {
    let conn = &mut database(
        "CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT NOT NULL, lock_version BIGINT);
         INSERT INTO articles VALUES (1, 'old', NULL)",
    );
    let mut value = Article {
        id: 1,
        title: "new".into(),
        lock_version: None,
    };
    assert_eq!(
        save_twice(value.clone(), conn),
        "articles 1 was changed: expected version NULL, found 1"
    );
    let stored =
        |conn: &mut SqliteConnection| articles::table.first::<(i32, String, Option<i64>)>(conn);
    assert_eq!(stored(conn), Ok((1, "new".into(), Some(1))));
    value.lock_version = Some(1);
    let mut batch = [value];
    batch.save_all_checked(conn).unwrap();
    assert_eq!(stored(conn), Ok((1, "new".into(), Some(2))));
}

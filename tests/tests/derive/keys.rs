//! Primary keys.

use super::{database, save_twice};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use optlock::prelude::*;
use std::borrow::Cow;

diesel::table! {
    members (club, number) {
        club -> Text,
        number -> Integer,
        role -> Text,
        version -> BigInt,
    }
}

fn members() -> SqliteConnection {
    database(
        "CREATE TABLE members (club TEXT, number INTEGER, role TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (club, number));
         INSERT INTO members VALUES ('chess', 1, 'a', 1), ('chess', 2, 'a', 1)",
    )
}

fn roles(conn: &mut SqliteConnection) -> Vec<(i32, String, i64)> {
    let columns = (members::number, members::role, members::version);
    members::table
        .select(columns)
        .order(members::number)
        .load(conn)
        .unwrap()
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = members, primary_key(club, number))]
struct Member {
    role: String,
    number: i32,
    club: String,
    version: i64,
}

#[test]
fn a_key_of_two_columns_is_in_the_order_of_primary_key() {
    let conn = &mut members();
    let value = Member {
        role: "b".into(),
        number: 2,
        club: "chess".into(),
        version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        r#"members ("chess", 2) was changed: expected version 1, found 2"#
    );
    assert_eq!(roles(conn), [(1, "a".into(), 1), (2, "b".into(), 2)]);
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = members, primary_key(club, number))]
struct Borrowed<'a> {
    club: &'a str,
    number: i32,
    role: Cow<'a, str>,
    version: i64,
}

#[test]
fn a_key_is_borrowed() {
    let conn = &mut members();
    let (club, role) = (String::from("chess"), String::from("b"));
    let value = Borrowed {
        club: &club,
        number: 1,
        role: Cow::Borrowed(&role),
        version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        r#"members ("chess", 1) was changed: expected version 1, found 2"#
    );
    assert_eq!(roles(conn), [(1, "b".into(), 2), (2, "a".into(), 1)]);
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = members, primary_key(club, number))]
struct BorrowedOrNot<'a> {
    club: Cow<'a, str>,
    number: i32,
    role: &'a str,
    version: i64,
}

#[test]
fn a_key_is_a_cow() {
    let conn = &mut members();
    let (club, role) = (String::from("chess"), String::from("b"));
    let value = BorrowedOrNot {
        club: Cow::Borrowed(&club),
        number: 1,
        role: &role,
        version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        r#"members ("chess", 1) was changed: expected version 1, found 2"#
    );
    assert_eq!(roles(conn), [(1, "b".into(), 2), (2, "a".into(), 1)]);
}

diesel::table! {
    flags (name) {
        name -> Text,
        state -> Integer,
        version -> BigInt,
    }
}

fn flags() -> SqliteConnection {
    database(
        "CREATE TABLE flags (name TEXT PRIMARY KEY, state INTEGER NOT NULL, version BIGINT NOT NULL);
         INSERT INTO flags VALUES ('dark', 0, 1)",
    )
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
struct FlagName(String);

impl ToSql<Text, Sqlite> for FlagName {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        <String as ToSql<Text, Sqlite>>::to_sql(&self.0, out)
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = flags, primary_key(name))]
struct Flag {
    name: FlagName,
    state: i32,
    version: i64,
}

#[test]
fn a_key_is_a_newtype() {
    let conn = &mut flags();
    let value = Flag {
        name: FlagName("dark".into()),
        state: 1,
        version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        r#"flags FlagName("dark") was changed: expected version 1, found 2"#
    );
    assert_eq!(
        flags::table.first(conn),
        Ok((String::from("dark"), 1, 2_i64))
    );
}

/// Only its `serialize_as` can be stored.
#[derive(Clone)]
enum Known {
    Dark,
}

impl From<Known> for String {
    fn from(Known::Dark: Known) -> Self {
        "dark".into()
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = flags, primary_key(name))]
struct KnownFlag {
    #[diesel(serialize_as = String)]
    name: Known,
    state: i32,
    version: i64,
}

#[test]
fn a_key_is_stored_as_another_type() {
    let conn = &mut flags();
    let value = KnownFlag {
        name: Known::Dark,
        state: 1,
        version: 1,
    };
    assert_eq!(
        save_twice(value, conn),
        r#"flags "dark" was changed: expected version 1, found 2"#
    );
    assert_eq!(
        flags::table.first(conn),
        Ok((String::from("dark"), 1, 2_i64))
    );
}

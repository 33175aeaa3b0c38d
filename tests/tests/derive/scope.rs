//! Fields that say which rows count.

use super::database;
use diesel::prelude::*;
use optlock::methods::{Delete, Save};
use optlock::prelude::*;
use optlock::{Tracked, Unversioned};
use std::borrow::Cow;

diesel::table! {
    items (shelf, number) {
        shelf -> Text,
        number -> Integer,
        tenant -> Nullable<Text>,
        r#type -> Text,
        label -> Text,
        version -> BigInt,
    }
}

const MINE: &str = "a 1 t book";

/// The key (a, 1) stands in three scopes, each of which is told from mine by one column.
fn items() -> SqliteConnection {
    database(
        "CREATE TABLE items (shelf TEXT, number INTEGER, tenant TEXT, type TEXT NOT NULL, label TEXT NOT NULL, version BIGINT NOT NULL);
         INSERT INTO items VALUES ('a', 1, 't', 'book', 'old', 1), ('a', 1, 'u', 'book', 'old', 1), \
         ('a', 1, NULL, 'book', 'old', 1), ('a', 1, 't', 'film', 'old', 1)",
    )
}

/// The rows that a save has written.
fn written(conn: &mut SqliteConnection) -> Vec<String> {
    type Row = (String, i32, Option<String>, String);
    let rows: Vec<Row> = items::table
        .filter(items::label.eq("new"))
        .select((items::shelf, items::number, items::tenant, items::r#type))
        .load(conn)
        .unwrap();
    let text = |(shelf, number, tenant, kind): Row| {
        format!("{shelf} {number} {} {kind}", tenant.unwrap_or_default())
    };
    rows.into_iter().map(text).collect()
}

/// The value is saved to my row and to no other, and so is it deleted.
#[track_caller]
fn is_mine<M>(mut value: M)
where
    M: Save<SqliteConnection> + Delete<SqliteConnection>,
{
    let conn = &mut items();
    VersionedDsl::save_checked(&mut value, conn).unwrap();
    assert_eq!(written(conn), [MINE]);
    VersionedDsl::delete_checked(&value, conn).unwrap();
    assert_eq!(items::table.count().get_result(conn), Ok(3));
    let error = VersionedDsl::delete_checked(&value, conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"items ("a", 1) is gone: expected version 2, found no row"#
    );
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct Item {
    shelf: String,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<String>,
    #[diesel(skip_update)]
    #[optlock(scope)]
    r#type: String,
    label: String,
    version: i64,
}

#[test]
fn a_scope_of_two_columns_beside_a_key_of_two() {
    is_mine(Item {
        shelf: "a".into(),
        number: 1,
        tenant: Some("t".into()),
        r#type: "book".into(),
        label: "new".into(),
        version: 1,
    });
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct Borrowed<'a> {
    shelf: &'a str,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: &'a str,
    #[diesel(skip_update)]
    #[optlock(scope)]
    r#type: Cow<'a, str>,
    label: &'a str,
    version: i64,
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct BorrowedOption<'a> {
    shelf: &'a str,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<&'a str>,
    #[diesel(skip_update)]
    #[optlock(scope)]
    r#type: &'a str,
    label: &'a str,
    version: i64,
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct BorrowedCow<'a> {
    shelf: &'a str,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<Cow<'a, str>>,
    #[diesel(skip_update)]
    #[optlock(scope)]
    r#type: &'a str,
    label: &'a str,
    version: i64,
}

#[test]
fn a_scope_is_borrowed() {
    let (tenant, kind) = (String::from("t"), String::from("book"));
    is_mine(Borrowed {
        shelf: "a",
        number: 1,
        tenant: &tenant,
        r#type: Cow::Borrowed(&kind),
        label: "new",
        version: 1,
    });
    is_mine(BorrowedOption {
        shelf: "a",
        number: 1,
        tenant: Some(&tenant),
        r#type: &kind,
        label: "new",
        version: 1,
    });
    is_mine(BorrowedCow {
        shelf: "a",
        number: 1,
        tenant: Some(Cow::Borrowed(&tenant)),
        r#type: &kind,
        label: "new",
        version: 1,
    });
}

#[derive(Clone)]
enum Kind {
    Book,
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Book => "book".into(),
        }
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct Serialized {
    shelf: String,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: String,
    #[diesel(skip_update, serialize_as = String)]
    #[optlock(scope)]
    r#type: Kind,
    label: String,
    version: i64,
}

#[test]
fn a_scope_is_stored_as_another_type() {
    is_mine(Serialized {
        shelf: "a".into(),
        number: 1,
        tenant: "t".into(),
        r#type: Kind::Book,
        label: "new".into(),
        version: 1,
    });
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct Generic<Tenant> {
    shelf: String,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Tenant,
    #[diesel(skip_update)]
    #[optlock(scope)]
    r#type: String,
    label: String,
    version: i64,
}

#[test]
fn a_scope_is_a_type_parameter() {
    is_mine(Generic {
        shelf: "a".into(),
        number: 1,
        tenant: Some(String::from("t")),
        r#type: "book".into(),
        label: "new".into(),
        version: 1,
    });
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct Tuple(
    #[diesel(column_name = shelf)] String,
    #[diesel(column_name = number)] i32,
    #[diesel(column_name = "type", skip_update)]
    #[optlock(scope)]
    String,
    #[diesel(column_name = tenant, skip_update)]
    #[optlock(scope)]
    String,
    #[diesel(column_name = label)] String,
    #[diesel(column_name = version)] i64,
);

#[test]
fn a_scope_is_in_a_tuple_struct() {
    let text = |text: &str| text.to_owned();
    let (kind, tenant) = (text("book"), text("t"));
    is_mine(Tuple(text("a"), 1, kind, tenant, text("new"), 1));
}

#[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = items, primary_key(shelf, number))]
struct Plain {
    shelf: String,
    number: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<String>,
    #[diesel(skip_update)]
    #[optlock(scope)]
    r#type: String,
    label: String,
}

#[test]
fn a_scope_without_a_version() {
    let conn = &mut items();
    let mut plain = Tracked::new(Plain {
        shelf: "a".into(),
        number: 1,
        tenant: Some("t".into()),
        r#type: "book".into(),
        label: "old".into(),
    });
    plain.label = "new".into();
    plain.save_unchanged(conn).unwrap();
    assert_eq!(written(conn), [MINE]);
    let fields: Vec<_> = Plain::FIELDS.iter().map(|field| field.name()).collect();
    assert_eq!(fields, ["label"]);
}

//! A version for a table that has none: the sample migrations.

use crate::helpers::expect::{self, ANN};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};

/// As the migrations make the table.
mod schema {
    diesel::table! {
        contacts {
            id -> Integer,
            name -> Text,
            email -> Nullable<Text>,
            version -> BigInt,
        }
    }
}
use schema::contacts;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact {
    id: i32,
    name: String,
    email: Option<String>,
    version: i64,
}

/// The version is left to the column's default.
#[derive(Insertable)]
#[diesel(table_name = contacts)]
struct NewContact<'a> {
    name: &'a str,
}

/// Runs a file of `migrations/<database>`.
fn migrate(file: &str, conn: &mut Conn) {
    let path = format!(
        "{}/../migrations/{}/{file}",
        env!("CARGO_MANIFEST_DIR"),
        CAPABILITIES.name
    );
    conn.batch_execute(&std::fs::read_to_string(path).unwrap())
        .unwrap();
}

fn insert(name: &str, conn: &mut Conn) {
    diesel::insert_into(contacts::table)
        .values(NewContact { name })
        .execute(conn)
        .unwrap();
}

fn stored(conn: &mut Conn) -> Vec<Contact> {
    contacts::table
        .order(contacts::id)
        .select(Contact::as_select())
        .load(conn)
        .unwrap()
}

fn names(conn: &mut Conn) -> Vec<String> {
    contacts::table
        .order(contacts::id)
        .select(contacts::name)
        .load(conn)
        .unwrap()
}

fn contact(id: i32, name: &str) -> Contact {
    Contact {
        id,
        name: name.into(),
        email: None,
        version: 1,
    }
}

#[test]
fn rows_from_before_and_after_the_migration_can_be_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("DROP TABLE contacts").unwrap();

    migrate("contacts/up.sql", conn);
    insert("Ann", conn);
    migrate("contacts_version/up.sql", conn);
    insert("Bob", conn);
    assert_eq!(stored(conn), [contact(1, "Ann"), contact(2, "Bob")]);

    let (mut mine, mut theirs) = (contact(1, "Ann"), contact(1, "Anna"));
    theirs.save_checked(conn).unwrap();
    expect::modified(mine.save_checked(conn), ANN, 1, 2);
    contact(2, "Bobby").save_checked(conn).unwrap();

    migrate("contacts_version/down.sql", conn);
    assert_eq!(names(conn), ["Anna", "Bobby"]);
    migrate("contacts_version/up.sql", conn);
    assert_eq!(stored(conn), [contact(1, "Anna"), contact(2, "Bobby")]);

    migrate("contacts_version/down.sql", conn);
    migrate("contacts/down.sql", conn);
    migrate("contacts/up.sql", conn); // which works only if nothing was left behind
}

//! A version for a table that has none: the sample migrations.

use crate::helpers::expect::{self, ANN};
use crate::helpers::leases::MINUTE;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock::lease::Lease;

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

/// The SQL of the tables of leases as a part of a migration of the user's.
fn lease_sql(file: &str) -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let path = format!(
        "{folder}/../optlock/migrations/lease/{}/{file}",
        CAPABILITIES.name
    );
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_migration_of_the_users_that_creates_the_table_of_leases_is_reverted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (up, down) = (lease_sql("up.sql"), lease_sql("down.sql"));
    let up = format!("CREATE TABLE orders (id INTEGER PRIMARY KEY);\n{up}");
    let down = format!("{down}\nDROP TABLE orders;");
    let ann = optlock_tests::models::Contact::ann();
    let acquire = |conn: &mut Conn| Lease::acquire(&ann, "amy", "page 1", MINUTE, conn);
    for _ in 0..2 {
        let error = acquire(conn).unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error:?}");
        conn.batch_execute(&up).unwrap();
        ann.viewing("bob", "page 2", MINUTE, conn).unwrap();
        assert_eq!(acquire(conn).unwrap().fence(), 1);
        // What is there is left as it is.
        lease::create_table(conn).unwrap();
        let status = ann.lease_status(conn).unwrap();
        assert!(status.lease.is_some() && status.viewers.len() == 1);
        conn.batch_execute(&down).unwrap();
        // Nothing was left behind, and where nothing is there is nothing to revert.
        conn.batch_execute(&lease_sql("down.sql")).unwrap();
    }
    lease::create_table(conn).unwrap();
    conn.batch_execute(&lease_sql("up.sql")).unwrap();
    assert_eq!(acquire(conn).unwrap().fence(), 1);
}

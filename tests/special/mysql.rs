//! What only MariaDB and MySQL have.

use crate::Scratch;
use crate::cases::expect::{self, ANN, BOB};
use crate::cases::limits::expect_last_version;
use crate::cases::people::{delete, rename};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Error, Outcome, Versioned};
use optlock_tests::any::AnyConnection;
use optlock_tests::models::Contact;

/// At REPEATABLE READ a plain read shows the rows as they were at the transaction's first one. An
/// enum of connections knows only at run time that it is one where this matters.
#[test]
fn an_enum_of_connections_looks_past_an_old_snapshot() {
    let scratch = Scratch::new();
    let other = &mut scratch.connect();
    let conn = &mut AnyConnection::from(scratch.connect());
    conn.transaction::<_, Error, _>(|conn| {
        let mut ann = Contact::ann().load_current(conn)?.unwrap();
        let mut bob = Contact::bob().load_current(conn)?.unwrap();
        rename(1, "Anna", other);
        delete(2, other);
        // The snapshot is old indeed:
        assert_eq!(ann.load_current(conn)?, Some(Contact::ann()));
        assert_eq!(bob.load_current(conn)?, Some(Contact::bob()));

        expect::modified(ann.save_checked(conn), ANN, 1, 2);
        expect::modified(ann.delete_checked(conn), ANN, 1, 2);
        expect::missing(bob.save_checked(conn), BOB, 1);
        expect::missing(bob.delete_checked(conn), BOB, 1);
        let theirs = Contact {
            name: "Anna".into(),
            version: 2,
            ..Contact::ann()
        };
        assert_eq!(ann.save_or_load(conn)?, Outcome::Changed(theirs));
        assert_eq!(bob.save_or_load(conn)?, Outcome::Missing);
        Ok(())
    })
    .unwrap();
}

diesel::table! {
    unsigned_widths {
        id -> Integer,
        name -> Text,
        small -> Unsigned<SmallInt>,
        medium -> Unsigned<Integer>,
        large -> Unsigned<BigInt>,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Small {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    small: u16,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Medium {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    medium: u32,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Large {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    large: u64,
}

#[test]
fn an_unsigned_version_is_used_up_to_its_maximum_and_never_wraps() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (small, medium, large) = (u16::MAX - 1, u32::MAX - 1, u64::MAX - 1);
    conn.batch_execute(&format!(
        "CREATE TABLE unsigned_widths (
             id     INTEGER NOT NULL PRIMARY KEY,
             name   VARCHAR(100) NOT NULL,
             small  SMALLINT UNSIGNED NOT NULL,
             medium INTEGER UNSIGNED NOT NULL,
             large  BIGINT UNSIGNED NOT NULL
         );
         INSERT INTO unsigned_widths VALUES (1, 'none', {small}, {medium}, {large})"
    ))
    .unwrap();
    let row = ("unsigned_widths", "1");
    expect_last_version(
        Small {
            id: 1,
            name: "small",
            small,
        },
        row,
        u16::MAX,
        conn,
    );
    expect_last_version(
        Medium {
            id: 1,
            name: "medium",
            medium,
        },
        row,
        u32::MAX,
        conn,
    );
    expect_last_version(
        Large {
            id: 1,
            name: "large",
            large,
        },
        row,
        u64::MAX,
        conn,
    );
    assert_eq!(
        unsigned_widths::table.first(conn),
        Ok((1, "large".to_owned(), u16::MAX, u32::MAX, u64::MAX))
    );
}

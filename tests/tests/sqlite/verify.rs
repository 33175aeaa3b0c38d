//! The self-check, on what SQLite alone has.

use crate::helpers::broken::{anew, broken, expect_found, kinds, with_trigger};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::backend::Database;
use optlock::trigger_sql;
use optlock::verify::{Checks, Kind};
use optlock_tests::models::Contact;

#[test]
fn each_broken_table_is_found_and_mended() {
    let names = "name TEXT NOT NULL, phone TEXT, version";
    let good = "BIGINT NOT NULL DEFAULT 1";
    let contacts =
        |id: &str, version: &str| anew("contacts", &format!("id {id}, {names} {version}"));
    let version = |version: &str| contacts("INTEGER PRIMARY KEY", version);
    let index = |index: &str| {
        format!(
            "{}; CREATE UNIQUE INDEX i ON contacts {index}",
            contacts("INTEGER NOT NULL", good)
        )
    };
    let up = trigger_sql::<Contact>(Database::Sqlite);
    let up = up.up();
    let touched = "CREATE TRIGGER touches AFTER UPDATE ON contacts BEGIN \
         UPDATE contacts SET phone = 'now' WHERE id = NEW.id; END";
    let temporary = up.replace("CREATE TRIGGER", "CREATE TEMPORARY TRIGGER");
    expect_found(vec![
        broken::<Contact>(version(good), &[]),
        broken::<Contact>(version("NOT NULL DEFAULT 1"), &[]),
        broken::<Contact>(version("INT NOT NULL DEFAULT 1"), &[]),
        broken::<Contact>(version("REAL NOT NULL DEFAULT 1"), &[Kind::VersionType]),
        broken::<Contact>(version("CLOB NOT NULL DEFAULT 1"), &[Kind::VersionType]),
        broken::<Contact>(
            version("BIGINT NOT NULL DEFAULT NULL"),
            &[Kind::VersionWithoutDefault],
        ),
        broken::<Contact>(format!("{} WITHOUT ROWID", version(good)), &[]),
        broken::<Contact>(index("(id)"), &[]),
        broken::<Contact>(index("(id) WHERE version > 0"), &[Kind::KeyNotUnique]),
        broken::<Contact>(index("(abs(id))"), &[Kind::KeyNotUnique]),
        broken::<Contact>(index("(id, abs(version))"), &[Kind::KeyNotUnique]),
        broken::<Contact>("ALTER TABLE contacts RENAME id TO ID", &[]),
        broken::<Contact>(
            "ALTER TABLE contacts RENAME TO c; ALTER TABLE c RENAME TO Contacts",
            &[],
        ),
        with_trigger::<Contact>(&*up.replace("AFTER", "BEFORE"), &[Kind::TriggerDiffers]),
        with_trigger::<Contact>(
            &*up.replace("`id` = NEW", "`id` <> NEW"),
            &[Kind::TriggerDiffers],
        ),
        with_trigger::<Contact>(&*temporary, &[]),
        broken::<Contact>(
            "CREATE TEMPORARY TRIGGER t AFTER UPDATE ON contacts BEGIN UPDATE contacts SET Version = 7; END",
            &[Kind::OtherTrigger],
        ),
        broken::<Contact>(
            "CREATE TRIGGER t AFTER UPDATE ON contacts BEGIN SELECT 'versions', 'my_version'; END",
            &[],
        ),
        broken::<Contact>(
            version("BIGINT NOT NULL DEFAULT 0x0"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            version("BIGINT NOT NULL GENERATED ALWAYS AS (id + 1)"),
            &[Kind::VersionWithoutDefault, Kind::VersionComputed],
        ),
        with_trigger::<Contact>(format!("{up}; {touched}"), &[Kind::SecondWrite]),
        with_trigger::<Contact>(format!("{touched}; {up}"), &[Kind::SecondWrite]),
        with_trigger::<Contact>(touched, &[Kind::TriggerMissing, Kind::SecondWrite]),
        broken::<Contact>(touched, &[]),
        broken::<Contact>(format!("{up}; {touched}"), &[Kind::SecondWrite]),
        with_trigger::<Contact>(
            format!(
                "{up}; {}",
                touched
                    .replace("AFTER UPDATE ON", "AFTER DELETE\nON")
                    .replace("NEW", "OLD")
            ),
            &[],
        ),
        broken::<Row>(
            "CREATE TABLE rows (version BIGINT NOT NULL DEFAULT 1)",
            &[Kind::KeyRenumbered],
        ),
        broken::<Row>(
            "CREATE TABLE rows (id INTEGER PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1)",
            &[],
        ),
        broken::<Row>(
            "CREATE TABLE rows (name TEXT PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1)",
            &[Kind::KeyRenumbered],
        ),
        broken::<Row>(
            "CREATE TABLE rows (RowId INTEGER PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1)",
            &[],
        ),
        broken::<Row>(
            "CREATE TABLE rows (name TEXT PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1) WITHOUT ROWID",
            &[Kind::ColumnMissing],
        ),
        broken::<Attached>("SELECT 1", &[Kind::TableMissing]),
        broken::<Attached>(
            "ATTACH ':memory:' AS other; CREATE TABLE attached (id INTEGER PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1)",
            &[Kind::TableMissing],
        ),
        broken::<Attached>(
            "ATTACH ':memory:' AS other; CREATE TABLE other.attached (id INTEGER, version BIGINT)",
            &[
                Kind::KeyNotUnique,
                Kind::VersionNullable,
                Kind::VersionWithoutDefault,
            ],
        ),
        with_trigger::<Attached>(
            "ATTACH ':memory:' AS other; CREATE TABLE other.attached (id INTEGER PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1)",
            &[Kind::TriggerMissing],
        ),
    ]);
}

diesel::table! {
    rows (rowid) {
        rowid -> Integer,
        version -> BigInt,
    }
}

/// Diesel's CLI takes the rowid for the key of a table that names none.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = rows, primary_key(rowid))]
struct Row {
    rowid: i32,
    version: i64,
}

mod attached {
    diesel::table! {
        other.attached (id) {
            id -> Integer,
            version -> BigInt,
        }
    }
}
use attached::attached as attached_table;

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = attached_table)]
struct Attached {
    id: i32,
    version: i64,
}

/// What the connection sees, it verifies.
#[test]
fn a_temporary_table_hides_the_other() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE TEMPORARY TABLE contacts AS SELECT * FROM contacts")
        .unwrap();
    let found = [
        Kind::KeyNotUnique,
        Kind::VersionNullable,
        Kind::VersionWithoutDefault,
    ];
    assert_eq!(kinds(&verify::<Contact>(conn).unwrap()), found);
    assert!(
        verify::<Contact>(&mut scratch.connect())
            .unwrap()
            .is_empty()
    );
}

/// As it does with the row's old key, so that a rename of the table is noticed too.
#[test]
fn a_trigger_that_sqlite_has_rewritten_is_not_the_present_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(trigger_sql::<Contact>(Database::Sqlite).up())
        .unwrap();
    let with_trigger =
        |conn: &mut Conn| verify_with(Checks::<Contact>::new().with_trigger(), conn).unwrap();
    assert!(with_trigger(conn).is_empty());
    conn.batch_execute(
        "ALTER TABLE contacts RENAME version TO v; ALTER TABLE contacts RENAME v TO version",
    )
    .unwrap();
    let report = with_trigger(conn);
    assert_eq!(kinds(&report), [Kind::TriggerDiffers]);
    conn.batch_execute(report.findings()[0].remedy().sql().unwrap())
        .unwrap();
    assert!(with_trigger(conn).is_empty());
}

/// Which is why such a key is found.
#[test]
fn a_rowid_is_that_of_another_row_after_vacuum() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE rows (name TEXT, version BIGINT NOT NULL DEFAULT 1);
         INSERT INTO rows (name) VALUES ('a'), ('b'), ('c'); DELETE FROM rows WHERE name = 'a'",
    )
    .unwrap();
    let mut b = Row {
        rowid: 2,
        version: 1,
    };
    conn.batch_execute("VACUUM").unwrap();
    b.touch_checked(conn).unwrap();
    let touched = "UPDATE rows SET version = 7 WHERE name = 'c' AND version = 2";
    assert_eq!(diesel::sql_query(touched).execute(conn), Ok(1));
}

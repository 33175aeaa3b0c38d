//! Triggers that advance the version, in sessions of all kinds, and what fires no trigger.

use crate::helpers::broken::kinds;
use crate::helpers::triggers;
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use optlock::verify::Kind;
use optlock_tests::models::{Contact, Stamped};
use optlock_tests::schema::{contacts, stamped};

diesel::table! {
    use diesel::sql_types::*;

    counted {
        id -> Integer,
        version -> Unsigned<Integer>,
        updated_on -> Datetime,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = counted)]
struct Counted {
    id: i32,
    version: u32,
    #[optlock(updated_on)]
    updated_on: NaiveDateTime,
}

fn counted(conn: &mut Conn) {
    conn.batch_execute(
        "CREATE TABLE counted (id INT PRIMARY KEY, version INT UNSIGNED NOT NULL DEFAULT 1, \
         updated_on DATETIME(6) NOT NULL DEFAULT '2001-01-01'); INSERT INTO counted (id) VALUES (1)",
    )
    .unwrap();
    let _ = triggers::create::<Counted>(conn);
}

fn is_now(time: NaiveDateTime) -> bool {
    (Utc::now().naive_utc() - time).abs() < TimeDelta::minutes(1)
}

/// Whatever the column is, and whatever the session takes for its time.
#[test]
fn a_stamp_is_the_time_in_utc_in_each_session() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    counted(conn);
    for ty in ["TIMESTAMP(6) NULL", "DATETIME(6)"] {
        conn.batch_execute(&format!(
            "DELETE FROM stamped; ALTER TABLE stamped MODIFY updated_on {ty};
             INSERT INTO stamped (id, name, updated_on) VALUES (1, 'old', '2001-01-01')"
        ))
        .unwrap();
        let _ = triggers::create::<Stamped>(conn);
        other.batch_execute("SET time_zone = '+05:30'").unwrap();
        other
            .batch_execute("UPDATE stamped SET name = 'new'; UPDATE counted SET id = 1")
            .unwrap();
        let zone = diesel::select(sql::<Text>("@@SESSION.time_zone"));
        assert_eq!(zone.get_result::<String>(other), Ok("+05:30".into()));
        let row: Stamped = stamped::table
            .select(Stamped::as_select())
            .first(conn)
            .unwrap();
        assert!(row.version == 2 && is_now(row.updated_on), "{ty}: {row:?}");
        let row: Counted = counted::table
            .select(Counted::as_select())
            .first(conn)
            .unwrap();
        assert!(is_now(row.updated_on), "{row:?}");
    }
}

/// There the column would keep the maximum, and match again and again.
#[test]
fn at_the_maximum_a_write_is_refused_under_each_sql_mode() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    counted(conn);
    let _ = triggers::create::<Contact>(conn);
    let max = i64::MAX;
    conn.batch_execute(&format!(
        "SET sql_mode = ''; UPDATE counted SET version = 4294967295; UPDATE contacts SET version = {max}"
    ))
    .unwrap();
    for update in [
        "counted SET id = 1",
        "counted SET version = 9999999999",
        "contacts SET name = 'Anna'",
        "contacts SET version = 1",
    ] {
        let error = conn.batch_execute(&format!("UPDATE {update}")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "optlock: the version is the last of its type",
            "{update}"
        );
    }
    let version = counted::table.select(counted::version);
    assert_eq!(version.first(conn), Ok(u32::MAX));
}

#[test]
fn a_row_that_is_replaced_starts_anew_and_is_not_noticed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    conn.batch_execute("REPLACE INTO contacts (id, name) VALUES (1, 'Anna')")
        .unwrap();
    Contact::ann().save_checked(conn).unwrap();
}

/// It fires no trigger.
#[test]
fn a_foreign_key_that_changes_the_row_is_not_noticed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE phones (phone VARCHAR(100) PRIMARY KEY); INSERT INTO phones VALUES ('111');
         ALTER TABLE contacts ADD FOREIGN KEY (phone) REFERENCES phones (phone) ON UPDATE CASCADE",
    )
    .unwrap();
    let _ = triggers::create::<Contact>(conn);
    conn.batch_execute("UPDATE phones SET phone = '222'")
        .unwrap();
    let ann = contacts::table
        .find(1)
        .select((contacts::phone, contacts::version));
    assert_eq!(ann.first(conn), Ok((Some("222".to_owned()), 1_i64)));
    // So that the check finds it.
    let report = verify::<Contact>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::ForeignKeyAction], "{report}");
}

/// The server stores a 0 for it, behind the trigger. Its holder is not asked for the version 1 again.
#[test]
fn a_null_that_the_server_makes_a_zero_of_is_noticed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    let version = contacts::table.find(1).select(contacts::version);
    for (write, expected) in [
        ("UPDATE IGNORE contacts SET version = NULL", 2_i64),
        ("SET sql_mode = ''; UPDATE contacts SET version = NULL", 3),
    ] {
        conn.batch_execute(write).unwrap();
        assert_eq!(version.first(conn), Ok(expected), "{write}");
    }
}

/// So that no trigger of the table writes the row again behind a save.
#[test]
fn a_trigger_that_updates_its_own_table_is_refused_by_the_server() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TRIGGER touches AFTER UPDATE ON contacts FOR EACH ROW UPDATE contacts SET phone = 'now' WHERE id = NEW.id",
    )
    .unwrap();
    let error = Contact::ann().save_checked(conn).unwrap_err();
    let error = format!("{error:?}");
    assert!(error.contains("Can't update table 'contacts'"), "{error}");
}

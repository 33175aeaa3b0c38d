//! Timestamps: as the audit stamp beside the version, and as the version.

use super::{database, save_twice};
use chrono::{DateTime, NaiveDateTime, SubsecRound as _};
use diesel::prelude::*;
use optlock::prelude::*;

diesel::table! {
    notes {
        id -> Integer,
        text -> Text,
        version -> BigInt,
        updated_on -> Timestamp,
    }
}

const CONFLICT: &str = "notes 1 was changed: expected version 1, found 2";

fn notes() -> SqliteConnection {
    database(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, version BIGINT NOT NULL, updated_on TIMESTAMP NOT NULL);
         INSERT INTO notes VALUES (1, 'a', 1, '1970-01-01 00:00:00')",
    )
}

fn row(conn: &mut SqliteConnection) -> (i32, String, i64, NaiveDateTime) {
    notes::table.first(conn).unwrap()
}

macro_rules! stamped {
    ($name:ident: #[optlock($($mark:tt)*)], cut to $digits:literal) => {
        #[test]
        fn $name() {
            #[derive(Clone, Identifiable, AsChangeset, Versioned)]
            #[diesel(table_name = notes)]
            struct Note {
                id: i32,
                text: String,
                version: i64,
                #[optlock($($mark)*)]
                updated_on: NaiveDateTime,
            }

            let conn = &mut notes();
            let value = Note { id: 1, text: "b".into(), version: 1, updated_on: DateTime::UNIX_EPOCH.naive_utc() };
            let before = chrono::Utc::now().naive_utc().trunc_subsecs($digits);
            assert_eq!(save_twice(value, conn), CONFLICT);
            let (id, text, version, updated_on) = row(conn);
            assert_eq!((id, &*text, version), (1, "b", 2));
            assert!(updated_on >= before, "{updated_on} < {before}");
            assert_eq!(updated_on, updated_on.trunc_subsecs($digits));
        }
    };
}

stamped!(in_micros_by_default: #[optlock(updated_on)], cut to 6);
stamped!(in_micros: #[optlock(updated_on, precision = "micros")], cut to 6);
stamped!(in_millis: #[optlock(updated_on, precision = "millis")], cut to 3);
stamped!(in_seconds: #[optlock(precision = "seconds", updated_on)], cut to 0);

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = notes, treat_none_as_null = false)]
struct Patch {
    id: i32,
    text: Option<String>,
    version: i64,
    #[optlock(updated_on)]
    updated_on: Option<NaiveDateTime>,
}

#[test]
fn a_patch_need_not_know_the_stamp() {
    let conn = &mut notes();
    let value = Patch {
        id: 1,
        text: Some("b".into()),
        version: 1,
        updated_on: None,
    };
    assert_eq!(save_twice(value, conn), CONFLICT);
    let (id, text, version, updated_on) = row(conn);
    assert_eq!((id, &*text, version), (1, "b", 2));
    assert!(updated_on > DateTime::UNIX_EPOCH.naive_utc());
}

#[test]
fn a_stamp_alone_is_no_change() {
    let conn = &mut notes();
    let mut value = Patch {
        id: 1,
        text: None,
        version: 1,
        updated_on: None,
    };
    value.save_checked(conn).unwrap();
    assert_eq!((value.version, value.updated_on), (1, None));
    assert_eq!(row(conn).2, 1);
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = notes)]
struct Dated {
    id: i32,
    text: String,
    #[optlock(version, precision = "seconds")]
    updated_on: NaiveDateTime,
}

#[test]
fn a_timestamp_is_the_version() {
    let conn = &mut notes();
    let mut value = Dated {
        id: 1,
        text: "b".into(),
        updated_on: DateTime::UNIX_EPOCH.naive_utc(),
    };
    let mut stale = value.clone();
    value.save_checked(conn).unwrap();
    let (id, text, _, updated_on) = row(conn);
    assert_eq!((id, &*text, updated_on), (1, "b", value.updated_on));
    assert_eq!(updated_on, updated_on.trunc_subsecs(0));

    let error = stale.save_checked(conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("notes 1 was changed: expected version 1970-01-01 00:00:00, found {updated_on}")
    );
}

//! The self-check, on what MySQL and MariaDB alone have.

use crate::Scratch;
use crate::helpers::broken::{anew, broken, expect_found, kinds, with_trigger};
use crate::prelude::*;
use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use optlock::backend::Database;
use optlock::verify::Kind;
use optlock::{UuidBytes, UuidText, trigger_sql};
use optlock_tests::models::{Contact, Membership, Twin};

diesel::table! {
    use diesel::sql_types::*;

    tokens {
        id -> Integer,
        time -> Datetime,
        bytes -> Binary,
        text -> Text,
        number -> Unsigned<BigInt>,
    }
}

macro_rules! of_tokens {
    ($Model:ident, $column:ident: $version:ty $(, $precision:literal)?) => {
        #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
        #[diesel(table_name = tokens)]
        struct $Model {
            id: i32,
            #[optlock(version $(, precision = $precision)?)]
            $column: $version,
        }
    };
}

of_tokens!(Micros, time: NaiveDateTime);
of_tokens!(Millis, time: NaiveDateTime, "millis");
of_tokens!(Seconds, time: NaiveDateTime, "seconds");
of_tokens!(Bytes, bytes: UuidBytes);
of_tokens!(Hyphens, text: UuidText);
of_tokens!(Number, number: u64);

const TIME: &str = "time DATETIME(6) NOT NULL DEFAULT '2001-01-01'";
const BYTES: &str = "bytes BINARY(16) NOT NULL DEFAULT '1'";
const TEXT: &str = "text VARCHAR(36) NOT NULL DEFAULT ''";
/// Columns in which a table keeps its history.
const SYSTEM_TIME: &str = ", start TIMESTAMP(6) GENERATED ALWAYS AS ROW START, \
     end TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (start, end)";
const NUMBER: &str = "number BIGINT UNSIGNED NOT NULL DEFAULT 1";

#[test]
fn each_broken_table_is_found_and_mended() {
    let names = "name VARCHAR(100) NOT NULL, phone VARCHAR(100), version";
    let version = |version: &str| {
        anew(
            "contacts",
            &format!("id INTEGER PRIMARY KEY, {names} {version}"),
        )
    };
    let history = |version_: &str, times: &str| {
        let history = version(&format!("{version_}, end INT"));
        let history = history.replace(", end INT", times);
        format!("{history} WITH SYSTEM VERSIONING")
    };
    let engine = |engine: &str| format!("ALTER TABLE contacts ENGINE = {engine}");
    let tokens = |columns: [&str; 4]| {
        format!(
            "CREATE TABLE tokens (id INTEGER PRIMARY KEY, {})",
            columns.join(", ")
        )
    };
    let time = |time: &str| tokens([time, BYTES, TEXT, NUMBER]);
    let bytes = |bytes: &str| tokens([TIME, bytes, TEXT, NUMBER]);
    let text = |text: &str| tokens([TIME, BYTES, text, NUMBER]);
    let number = |number: &str| tokens([TIME, BYTES, TEXT, number]);
    let up = trigger_sql::<Contact>(Database::Mysql);
    let up = up.up();
    let parents =
        "CREATE TABLE phones (phone VARCHAR(100) PRIMARY KEY); INSERT INTO phones VALUES ('111');
         ALTER TABLE contacts ADD FOREIGN KEY (phone) REFERENCES phones (phone)";
    expect_found(vec![
        broken::<Contact>(history("BIGINT NOT NULL DEFAULT 1", ""), &[]),
        broken::<Contact>(history("BIGINT NOT NULL DEFAULT 1", SYSTEM_TIME), &[]),
        broken::<Contact>(
            history("INTEGER NULL", SYSTEM_TIME),
            &[
                Kind::VersionNullable,
                Kind::VersionType,
                Kind::VersionWithoutDefault,
            ],
        ),
        broken::<Contact>(
            history("BIGINT NOT NULL DEFAULT 0", ""),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            history("BIGINT NOT NULL DEFAULT 1", SYSTEM_TIME).replace("PRIMARY KEY", "NOT NULL"),
            &[Kind::KeyNotUnique],
        ),
        broken::<Contact>(
            history("", SYSTEM_TIME).replace(", version ,", ","),
            &[Kind::ColumnMissing],
        ),
        broken::<Contact>(
            version("BIGINT NOT NULL AUTO_INCREMENT, UNIQUE (version)")
                .replace("PRIMARY KEY", "UNIQUE"),
            &[],
        ),
        broken::<Contact>(
            version("BIGINT NOT NULL GENERATED ALWAYS AS (id + 1) STORED")
                .replace("NOT NULL GENERATED", "GENERATED"),
            &[
                Kind::VersionNullable,
                Kind::VersionWithoutDefault,
                Kind::VersionComputed,
            ],
        ),
        broken::<Contact>(engine("MyISAM"), &[Kind::NoTransactions]),
        broken::<Contact>(engine("Aria"), &[Kind::NoTransactions]),
        broken::<Contact>(engine("MEMORY"), &[Kind::NoTransactions]),
        broken::<Contact>(version("INT NOT NULL DEFAULT 1"), &[Kind::VersionType]),
        broken::<Contact>(
            version("DECIMAL(20) NOT NULL DEFAULT 1"),
            &[Kind::VersionType],
        ),
        broken::<Contact>(version("BIGINT UNSIGNED NOT NULL DEFAULT 1"), &[]),
        broken::<Contact>(
            version("BIGINT UNSIGNED NOT NULL"),
            &[Kind::VersionWithoutDefault],
        ),
        broken::<Contact>(
            version("INT NULL DEFAULT NULL"),
            &[
                Kind::VersionNullable,
                Kind::VersionType,
                Kind::VersionWithoutDefault,
            ],
        ),
        broken::<Membership>(
            "ALTER TABLE memberships MODIFY lock_version BIGINT NOT NULL DEFAULT 1",
            &[],
        ),
        broken::<Membership>(
            "ALTER TABLE memberships MODIFY lock_version TINYINT NOT NULL DEFAULT 1",
            &[Kind::VersionType],
        ),
        broken::<Number>(
            number("number BIGINT NOT NULL DEFAULT 1"),
            &[Kind::VersionType],
        ),
        broken::<Number>(
            number("number BIGINT UNSIGNED"),
            &[Kind::VersionNullable, Kind::VersionWithoutDefault],
        ),
        broken::<Micros>(
            time("time DATETIME NOT NULL DEFAULT '2001-01-01'"),
            &[Kind::VersionPrecision],
        ),
        broken::<Micros>(
            time("time TIMESTAMP(3) NOT NULL DEFAULT '2001-01-01'"),
            &[Kind::VersionPrecision],
        ),
        broken::<Millis>(time("time DATETIME(3) NOT NULL DEFAULT '2001-01-01'"), &[]),
        broken::<Seconds>(time("time DATETIME NOT NULL DEFAULT '2001-01-01'"), &[]),
        broken::<Micros>(
            time("time DATE NOT NULL DEFAULT '2001-01-01'"),
            &[Kind::VersionType],
        ),
        broken::<Micros>(
            time("time DATETIME(6) NULL"),
            &[Kind::VersionNullable, Kind::VersionWithoutDefault],
        ),
        broken::<Bytes>(
            bytes("bytes BINARY(20) NOT NULL DEFAULT ''"),
            &[Kind::VersionType],
        ),
        broken::<Bytes>(
            bytes("bytes VARBINARY(16) NOT NULL"),
            &[Kind::VersionWithoutDefault],
        ),
        broken::<Hyphens>(
            text("text VARCHAR(20) NOT NULL DEFAULT ''"),
            &[Kind::VersionType],
        ),
        broken::<Hyphens>(text("text CHAR(36) NOT NULL DEFAULT ''"), &[]),
        broken::<Bytes>(
            bytes("bytes BINARY(16) NOT NULL DEFAULT ''"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Bytes>(
            bytes("bytes VARBINARY(16) NOT NULL DEFAULT x'00000000000000000000000000000000'"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Hyphens>(
            text("text VARCHAR(36) NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Number>(
            number("number BIGINT UNSIGNED ZEROFILL NOT NULL DEFAULT 0"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Twin>(
            "ALTER TABLE twins ADD UNIQUE (id, name(3))",
            &[Kind::KeyNotUnique],
        ),
        broken::<Twin>("ALTER TABLE twins ADD UNIQUE (id)", &[]),
        with_trigger::<Contact>(
            up.replace("BEFORE UPDATE", "BEFORE INSERT")
                .replace("OLD.", "NEW."),
            &[Kind::TriggerDiffers],
        ),
        with_trigger::<Contact>(
            up.replace("9223372036854775807", "7"),
            &[Kind::TriggerDiffers],
        ),
        // It fires no trigger.
        with_trigger::<Contact>(
            format!("{parents} ON UPDATE CASCADE; {up}"),
            &[Kind::ForeignKeyAction],
        ),
        with_trigger::<Contact>(format!("{parents}; {up}"), &[]),
        with_trigger::<Contact>(
            format!("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; {up}"),
            &[],
        ),
    ]);
}

mod elsewhere {
    diesel::table! {
        optlock_nowhere.contacts (id) {
            id -> Integer,
            version -> BigInt,
        }
    }
}
use elsewhere::contacts as contacts_elsewhere;

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts_elsewhere)]
struct Elsewhere {
    id: i32,
    version: i64,
}

#[test]
fn a_table_is_looked_for_in_the_database_that_its_model_names() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let report = verify::<Elsewhere>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::TableMissing], "{report}");
    assert_eq!(
        report.findings()[0].table(),
        Some("optlock_nowhere.contacts")
    );
}

/// What belongs to the column is there after it is mended.
#[test]
fn a_column_keeps_its_comment_and_its_check() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts MODIFY version INT NULL COMMENT 'it''s since 2020' CHECK (version <> 7)",
    )
    .unwrap();
    let report = verify::<Contact>(conn).unwrap();
    for finding in report.findings() {
        conn.batch_execute(finding.remedy().sql().unwrap()).unwrap();
    }
    assert!(verify::<Contact>(conn).unwrap().is_empty());
    let comment = sql::<Text>(
        "SELECT COLUMN_COMMENT FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'contacts' AND COLUMN_NAME = 'version'",
    );
    assert_eq!(comment.get_result(conn), Ok("it's since 2020".to_owned()));
    let checked = conn.batch_execute("UPDATE contacts SET version = 7");
    assert!(checked.unwrap_err().to_string().contains("CONSTRAINT"));
}

#[test]
fn a_column_of_which_something_would_be_lost_is_changed_by_hand() {
    for (more, kept) in [
        ("COMMENT 'C:\\\\versions'", "COMMENT 'C:\\versions'"),
        ("INVISIBLE", "INVISIBLE"),
    ] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&format!(
            "ALTER TABLE contacts MODIFY version INT DEFAULT 1 {more}"
        ))
        .unwrap();
        let report = verify::<Contact>(conn).unwrap();
        assert_eq!(kinds(&report), [Kind::VersionNullable, Kind::VersionType]);
        for finding in report.findings() {
            let steps = finding.remedy().to_string();
            assert!(
                steps.ends_with(&format!("keep what belongs to it: {kept}")),
                "{steps}"
            );
            assert_eq!(finding.remedy().sql(), None);
        }
    }
}

/// InnoDB would copy the rows, and leave the tables beneath to other writers. MariaDB changes no engine where it keeps history.
#[test]
fn an_engine_that_no_statement_replaces_is_replaced_by_hand() {
    for engine in [
        "ALTER TABLE contacts ENGINE = MyISAM; CREATE TABLE one LIKE contacts; \
         ALTER TABLE contacts ENGINE = MRG_MyISAM UNION = (one)",
        "ALTER TABLE contacts ENGINE = Aria; ALTER TABLE contacts ADD SYSTEM VERSIONING",
    ] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(engine).unwrap();
        let report = verify::<Contact>(conn).unwrap();
        assert_eq!(kinds(&report), [Kind::NoTransactions], "{engine}");
        assert_eq!(report.findings()[0].remedy().sql(), None, "{engine}");
    }
}

/// What is no time cannot be kept.
#[test]
fn a_timestamp_of_another_type_is_changed_by_hand() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(&format!(
        "CREATE TABLE tokens (id INTEGER PRIMARY KEY, time BIGINT NOT NULL, {BYTES}, {TEXT}, {NUMBER})"
    ))
    .unwrap();
    let report = verify::<Micros>(conn).unwrap();
    assert_eq!(
        kinds(&report),
        [Kind::VersionType, Kind::VersionWithoutDefault]
    );
    for finding in report.findings() {
        assert_eq!(finding.remedy().sql(), None, "{finding}");
    }
}

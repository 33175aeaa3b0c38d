//! The self-check, on what PostgreSQL alone has.

use crate::Scratch;
use crate::helpers::broken::{anew, broken, expect_found, kinds, with_trigger};
use crate::prelude::*;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::sql_types::Uuid as UuidType;
use optlock::backend::Database;
use optlock::trigger_sql;
use optlock::verify::{Kind, Severity};
use optlock_tests::models::{Contact, Membership};
use uuid::Uuid;

diesel::table! {
    stamps {
        id -> Integer,
        version -> Timestamp,
    }
}

macro_rules! of_stamps {
    ($Model:ident: $version:ty $(, $precision:literal)?) => {
        #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
        #[diesel(table_name = stamps)]
        struct $Model {
            id: i32,
            #[optlock(version $(, precision = $precision)?)]
            version: $version,
        }
    };
}

of_stamps!(Micros: NaiveDateTime);
of_stamps!(Millis: NaiveDateTime, "millis");

diesel::table! {
    zoned {
        id -> Integer,
        version -> Timestamptz,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = zoned)]
struct Zoned {
    id: i32,
    #[optlock(version)]
    version: DateTime<Utc>,
}

diesel::table! {
    use diesel::sql_types::Integer;
    use super::UuidType;

    papers {
        id -> Integer,
        version -> UuidType,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = papers)]
struct Paper {
    id: i32,
    #[optlock(version)]
    version: Uuid,
}

mod shop {
    diesel::table! {
        optlock_verify.orders (id) {
            id -> Integer,
            version -> BigInt,
        }
    }
}
use shop::orders;

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = orders)]
struct Order {
    id: i32,
    version: i64,
}

const NAMES: &str = "name VARCHAR(100) NOT NULL, phone VARCHAR(100), version";

#[test]
fn each_broken_table_is_found_and_mended() {
    let contacts =
        |id: &str, version: &str| anew("contacts", &format!("id {id}, {NAMES} {version}"));
    let version = |version: &str| contacts("INTEGER PRIMARY KEY", version);
    let good = "BIGINT NOT NULL DEFAULT 1";
    let index = |index: &str| {
        format!(
            "{}; CREATE UNIQUE INDEX i ON contacts {index}",
            contacts("INTEGER NOT NULL", good)
        )
    };
    let of = |table: &str, ty: &str| {
        format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, version {ty})")
    };
    let domain =
        "CREATE DOMAIN counter AS BIGINT NOT NULL DEFAULT 1; CREATE DOMAIN version AS counter;";
    let up = trigger_sql::<Contact>(Database::Postgres);
    let up = up.up();
    let with = |more: &str| format!("{up};{more}");
    expect_found(vec![
        broken::<Contact>(version("INTEGER NOT NULL DEFAULT 1"), &[Kind::VersionType]),
        broken::<Contact>(version("NUMERIC NOT NULL DEFAULT 1"), &[Kind::VersionType]),
        broken::<Membership>(
            "ALTER TABLE memberships ALTER lock_version TYPE BIGINT",
            &[Kind::VersionType],
        ),
        broken::<Contact>(format!("{domain} {}", version("version")), &[]),
        with_trigger::<Contact>(format!("{domain} {}; {up}", version("version")), &[]),
        broken::<Contact>(
            format!("CREATE DOMAIN loose AS INTEGER; {}", version("loose")),
            &[
                Kind::VersionNullable,
                Kind::VersionType,
                Kind::VersionWithoutDefault,
            ],
        ),
        broken::<Contact>(index("(id) WHERE version > 0"), &[Kind::KeyNotUnique]),
        broken::<Contact>(index("(abs(id))"), &[Kind::KeyNotUnique]),
        broken::<Contact>(index("(id) INCLUDE (name)"), &[]),
        broken::<Contact>(index("(name) INCLUDE (id)"), &[Kind::KeyNotUnique]),
        broken::<Contact>(
            format!(
                "{}; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
                index("(id)")
            ),
            &[Kind::KeyNotUnique],
        ),
        broken::<Contact>(
            "ALTER TABLE contacts DROP CONSTRAINT contacts_pkey; ALTER TABLE contacts ADD UNIQUE (id) DEFERRABLE",
            &[],
        ),
        broken::<Contact>(
            format!(
                "{}; ALTER TABLE contacts RENAME name TO \"NAME\"",
                version(good)
            ),
            &[Kind::ColumnMissing],
        ),
        broken::<Contact>(
            format!(
                "DROP TABLE contacts; CREATE TABLE contacts (id INTEGER PRIMARY KEY, {NAMES} {good}) PARTITION BY RANGE (id); {up}"
            ),
            &[],
        ),
        broken::<Contact>(
            "DROP TABLE contacts; CREATE MATERIALIZED VIEW contacts AS SELECT id, name, name AS phone, version FROM twins",
            &[Kind::View],
        ),
        with_trigger::<Contact>(
            with("ALTER TABLE contacts DISABLE TRIGGER optlock_version_contacts"),
            &[Kind::TriggerDisabled],
        ),
        with_trigger::<Contact>(
            with("ALTER TABLE contacts ENABLE REPLICA TRIGGER optlock_version_contacts"),
            &[Kind::TriggerDisabled],
        ),
        with_trigger::<Contact>(
            with("ALTER TABLE contacts ENABLE ALWAYS TRIGGER optlock_version_contacts"),
            &[],
        ),
        with_trigger::<Contact>(
            with(
                "CREATE OR REPLACE FUNCTION optlock_version_contacts() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN RETURN NEW; END $$",
            ),
            &[Kind::TriggerDiffers],
        ),
        with_trigger::<Contact>(
            up.replace("BEFORE UPDATE", "AFTER UPDATE"),
            &[Kind::TriggerDiffers],
        ),
        with_trigger::<Contact>(
            up.replace("BEFORE UPDATE", "BEFORE UPDATE OF version"),
            &[Kind::TriggerDiffers],
        ),
        with_trigger::<Contact>(
            with("ALTER TRIGGER optlock_version_contacts ON contacts RENAME TO other"),
            &[Kind::TriggerMissing, Kind::OtherTrigger],
        ),
        broken::<Micros>(of("stamps", "TIMESTAMP NOT NULL DEFAULT now()"), &[]),
        broken::<Micros>(
            of("stamps", "TIMESTAMP(3) NOT NULL DEFAULT now()"),
            &[Kind::VersionPrecision],
        ),
        broken::<Millis>(of("stamps", "TIMESTAMP(3) NOT NULL DEFAULT now()"), &[]),
        broken::<Millis>(
            of("stamps", "TIMESTAMP(0) NOT NULL DEFAULT now()"),
            &[Kind::VersionPrecision],
        ),
        broken::<Micros>(
            of("stamps", "TIMESTAMPTZ NOT NULL DEFAULT now()"),
            &[Kind::VersionType],
        ),
        broken::<Zoned>(
            of("zoned", "TIMESTAMP NOT NULL DEFAULT now()"),
            &[Kind::VersionType],
        ),
        broken::<Zoned>(
            of("zoned", "TIMESTAMPTZ"),
            &[Kind::VersionNullable, Kind::VersionWithoutDefault],
        ),
        broken::<Paper>(
            of("papers", "UUID NOT NULL"),
            &[Kind::VersionWithoutDefault],
        ),
        broken::<Paper>(
            of("papers", "TEXT NOT NULL DEFAULT gen_random_uuid()"),
            &[Kind::VersionType],
        ),
        broken::<Order>("SELECT 1", &[Kind::TableMissing]),
    ]);
}

/// An integer that a program never sets is an error, and another token may be one that each program draws.
#[test]
fn a_uuid_without_a_default_is_a_hint() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE TABLE papers (id INTEGER PRIMARY KEY, version UUID NOT NULL)")
        .unwrap();
    let report = verify::<Paper>(conn).unwrap();
    assert_eq!(report.findings()[0].severity(), Severity::Hint);
}

/// The one that is named, whatever the `search_path` says.
#[test]
fn a_table_is_verified_in_the_schema_that_its_model_names() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "BEGIN; CREATE TABLE orders (id INTEGER PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1);
         CREATE SCHEMA optlock_verify; CREATE TABLE optlock_verify.orders (id INTEGER PRIMARY KEY, version INTEGER)",
    )
    .unwrap();
    let report = verify::<Order>(conn).unwrap();
    let found = [
        Kind::VersionNullable,
        Kind::VersionType,
        Kind::VersionWithoutDefault,
    ];
    assert_eq!(kinds(&report), found, "{report}");
    assert_eq!(report.findings()[0].table(), Some("optlock_verify.orders"));
    conn.batch_execute("ROLLBACK").unwrap();
}

/// As in a pool with a schema for each tenant.
#[test]
fn the_table_is_the_one_that_the_connection_finds() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let other = format!("{}_other", scratch.schema());
    conn.batch_execute(&format!(
        "CREATE SCHEMA {other}; CREATE TABLE {other}.contacts AS SELECT * FROM contacts; SET search_path = {other}"
    ))
    .unwrap();
    let report = verify::<Contact>(conn).unwrap();
    let found = [
        Kind::KeyNotUnique,
        Kind::VersionNullable,
        Kind::VersionWithoutDefault,
    ];
    assert_eq!(kinds(&report), found);
    conn.batch_execute(&format!("DROP SCHEMA {other} CASCADE"))
        .unwrap();
}

#[test]
fn what_pgbouncer_leaves_in_a_session_is_seen() {
    let signs = [
        "SET application_name = 'shop - 10.0.0.1:5000'",
        "PREPARE \"PGBOUNCER_1\" AS SELECT 1",
    ];
    for sign in signs {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(sign).unwrap();
        let report = verify::<Contact>(conn).unwrap();
        assert_eq!(kinds(&report), [Kind::Pooler], "{sign}");
        report.into_result().unwrap();
    }
}

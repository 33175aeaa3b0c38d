//! The self-check, on what PostgreSQL alone has.

use crate::Scratch;
use crate::helpers::broken::{anew, broken, expect_found, kinds, with_trigger};
use crate::helpers::made::Made;
use crate::prelude::*;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::sql_types::Uuid as UuidType;
use optlock::backend::Database;
use optlock::verify::{Kind, Severity};
use optlock::{Upserted, trigger_sql};
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

diesel::table! {
    tenanted (id) {
        id -> Integer,
        tenant -> Nullable<Integer>,
        deleted_on -> Nullable<Integer>,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = tenanted)]
struct Tenanted {
    id: i32,
    #[optlock(scope)]
    #[diesel(skip_update)]
    tenant: Option<i32>,
    version: i64,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = tenanted, treat_none_as_null = true)]
struct Soft {
    id: i32,
    #[optlock(scope = none)]
    deleted_on: Option<i32>,
    version: i64,
}

fn tenanted(unique: &str) -> String {
    format!(
        "CREATE TABLE tenanted (id INTEGER NOT NULL, tenant INTEGER, deleted_on INTEGER, \
         version BIGINT NOT NULL DEFAULT 1, {unique})"
    )
}

diesel::table! {
    words (word) {
        word -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = words, primary_key(word))]
struct Word {
    word: String,
    version: i64,
}

/// With an index that may tell words apart which the column does not.
fn word(collation: &str) -> String {
    format!(
        "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE words (word TEXT COLLATE caseless, version BIGINT NOT NULL DEFAULT 1);
         CREATE UNIQUE INDEX i ON words (word COLLATE {collation})"
    )
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
    let zero = good.replace('1', "0");
    let partitioned = &*format!(
        "DROP TABLE contacts; CREATE TABLE contacts (id INTEGER PRIMARY KEY, {NAMES} {good}) PARTITION BY RANGE (id);
         CREATE TABLE of_all PARTITION OF contacts FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
         CREATE TABLE of_tens PARTITION OF of_all FOR VALUES FROM (0) TO (10)"
    );
    let touched = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ \
         BEGIN UPDATE contacts SET phone = 'now' WHERE id = NEW.id; RETURN NULL; END $$;
         CREATE TRIGGER touches AFTER INSERT OR UPDATE ON contacts FOR EACH ROW \
         WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION touch()";
    let nil = "UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'";
    expect_found(vec![
        broken::<Contact>(
            version("BIGINT NOT NULL DEFAULT '-1'::INTEGER"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            format!("CREATE DOMAIN counter AS {zero}; {}", version("counter")),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            format!(
                "CREATE DOMAIN counter AS {good}; {}",
                version("counter DEFAULT 0")
            ),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            version("INTEGER NOT NULL DEFAULT 0"),
            &[Kind::VersionType, Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(version("BIGINT GENERATED BY DEFAULT AS IDENTITY"), &[]),
        broken::<Contact>(
            version("INTEGER GENERATED BY DEFAULT AS IDENTITY"),
            &[Kind::VersionType],
        ),
        broken::<Contact>(
            version("BIGINT GENERATED ALWAYS AS IDENTITY"),
            &[Kind::VersionComputed],
        ),
        broken::<Contact>(
            version("BIGINT NOT NULL GENERATED ALWAYS AS (id + 1) STORED"),
            &[Kind::VersionComputed],
        ),
        broken::<Made>(
            version("BIGINT NOT NULL GENERATED ALWAYS AS (id + 1) STORED"),
            &[],
        ),
        broken::<Paper>(
            format!("{}; INSERT INTO papers VALUES (1)", of("papers", nil)),
            &[Kind::VersionDefaultUnstored],
        ),
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
            &[Kind::KeyDeferrable],
        ),
        broken::<Contact>(
            "ALTER TABLE contacts DROP CONSTRAINT contacts_pkey, \
             ADD CONSTRAINT \"the Key\" PRIMARY KEY (id) INCLUDE (name) DEFERRABLE INITIALLY DEFERRED",
            &[Kind::KeyDeferrable],
        ),
        broken::<Contact>(
            "ALTER TABLE contacts ADD UNIQUE (id) DEFERRABLE",
            &[Kind::KeyDeferrable],
        ),
        broken::<Contact>("ALTER TABLE contacts ADD UNIQUE (name) DEFERRABLE", &[]),
        // The foreign key's own index is that of the key.
        broken::<Contact>(
            "CREATE TABLE calls (contact INTEGER REFERENCES contacts DEFERRABLE)",
            &[],
        ),
        broken::<Tenanted>(tenanted("UNIQUE (tenant, id)"), &[Kind::KeyNotUnique]),
        broken::<Tenanted>(tenanted("UNIQUE NULLS NOT DISTINCT (tenant, id)"), &[]),
        broken::<Soft>(tenanted("UNIQUE (id, deleted_on)"), &[Kind::KeyNotUnique]),
        broken::<Soft>(tenanted("UNIQUE NULLS NOT DISTINCT (id, deleted_on)"), &[]),
        broken::<Word>(word("\"C\""), &[Kind::KeyNotUnique]),
        broken::<Word>(word("caseless"), &[]),
        broken::<Word>(
            word("\"C\"").replace("word TEXT COLLATE caseless", "word TEXT"),
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
        with_trigger::<Contact>(format!("{partitioned}; {up}"), &[]),
        with_trigger::<Contact>(
            format!(
                "{partitioned}; {up}; ALTER TABLE of_tens DISABLE TRIGGER optlock_version_contacts"
            ),
            &[Kind::TriggerDisabled],
        ),
        with_trigger::<Contact>(partitioned, &[Kind::TriggerMissing]),
        broken::<Contact>(
            with(
                "CREATE TABLE \"Old\" () INHERITS (contacts); CREATE TABLE older () INHERITS (\"Old\")",
            ),
            &[Kind::Inheritance],
        ),
        with_trigger::<Contact>(
            with(
                "CREATE TABLE \"Old\" () INHERITS (contacts); CREATE TABLE older () INHERITS (\"Old\")",
            ),
            &[
                Kind::TriggerMissing,
                Kind::TriggerMissing,
                Kind::Inheritance,
            ],
        ),
        with_trigger::<Contact>(with(touched), &[Kind::SecondWrite]),
        with_trigger::<Contact>(
            with(&touched.replace("UPDATE contacts", "UPDATE contacts_log")),
            &[],
        ),
        with_trigger::<Contact>(
            with(&touched.replace("AFTER INSERT OR UPDATE", "AFTER DELETE")),
            &[],
        ),
        broken::<Contact>(touched, &[]),
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

/// Whatever other index there is.
#[test]
fn a_deferrable_key_refuses_an_upsert_until_it_is_mended() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("ALTER TABLE contacts ADD UNIQUE (id) DEFERRABLE; DELETE FROM contacts")
        .unwrap();
    let mut ann = Contact {
        version: 0,
        ..Contact::ann()
    };
    let error = format!("{:?}", ann.upsert_checked(conn).unwrap_err());
    assert!(error.contains("does not support deferrable"), "{error}");
    let report = verify::<Contact>(conn).unwrap();
    let mend = report.findings()[0].remedy().sql().unwrap();
    conn.batch_execute(mend).unwrap();
    assert_eq!(ann.upsert_checked(conn).unwrap(), Upserted::Inserted);
}

/// Which PostgreSQL would refuse.
#[test]
fn a_type_that_something_depends_on_is_changed_by_hand() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let version = |ty: &str| format!("ALTER TABLE contacts ALTER version TYPE {ty}");
    conn.batch_execute(&version("INTEGER")).unwrap();
    let of_version =
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER seen BEFORE UPDATE OF version ON contacts FOR EACH ROW EXECUTE FUNCTION f();
         CREATE VIEW versions AS SELECT version FROM contacts";
    conn.batch_execute(of_version).unwrap();
    let report = verify::<Contact>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::VersionType, Kind::OtherTrigger]);
    let steps = report.findings()[0].remedy().to_string();
    let kept = "and keep what belongs to it: rule _RETURN on view versions, trigger seen on table contacts";
    assert!(steps.ends_with(kept), "{steps}");
    assert!(conn.batch_execute(&version("BIGINT")).is_err());
    conn.batch_execute("DROP TRIGGER seen ON contacts; DROP VIEW versions")
        .unwrap();
    let report = verify::<Contact>(conn).unwrap();
    conn.batch_execute(report.findings()[0].remedy().sql().unwrap())
        .unwrap();
    assert!(verify::<Contact>(conn).unwrap().is_empty());
}

#[test]
fn the_column_of_a_parent_is_changed_by_hand() {
    expect_found(vec![broken::<Contact>(
        "ALTER TABLE contacts RENAME TO all_contacts; CREATE TABLE contacts (PRIMARY KEY (id)) INHERITS (all_contacts);
         ALTER TABLE all_contacts ALTER version TYPE INTEGER",
        &[Kind::VersionType],
    )]);
}

/// The session's time zone would move each value.
#[test]
fn a_timestamp_of_another_type_is_changed_by_hand() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE stamps (id INTEGER PRIMARY KEY, version TIMESTAMPTZ NOT NULL DEFAULT now())",
    )
    .unwrap();
    let report = verify::<Micros>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::VersionType]);
    assert_eq!(report.findings()[0].remedy().sql(), None);
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

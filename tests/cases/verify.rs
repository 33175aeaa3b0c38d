//! The self-check, on tables that are broken in ways that all databases know.

use crate::helpers::broken::{anew, broken, expect_found, is_mended_by_sql, kinds, with_trigger};
use crate::helpers::expect::{self, ANN};
use crate::helpers::made::{self, Made};
use crate::helpers::people::stored;
use crate::helpers::triggers;
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, SQL, Scratch};
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::verify::{Checks, Kind, Severity};
use optlock::{Upserted, trigger_sql};
use optlock_tests::capabilities::require;
use optlock_tests::models::{
    Account, Contact, Counter, Membership, Patch, Rename, Stamped, Twin, Wide,
};
use optlock_tests::prepared::Watch;

const CONTACTS: &str =
    "id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, phone VARCHAR(100)";

/// A model of each kind of key and of columns.
#[test]
fn nothing_is_found_of_the_tables_of_the_suite() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(&format!("CREATE TABLE tenanted ({TENANTED})"))
        .unwrap();
    macro_rules! expect_nothing {
        ($($model:ty)*) => {$(
            let report = verify::<$model>(conn).unwrap();
            assert!(report.is_empty(), "{report}");
            assert_eq!(report.to_string(), "nothing found");
            report.into_result().unwrap();
        )*};
    }
    expect_nothing!(Contact Rename<'_> Membership Patch Wide Stamped Account Counter Tenanted WithPart);
}

diesel::table! {
    tenanted (id) {
        id -> Integer,
        tenant -> Integer,
        deleted_on -> Nullable<Integer>,
        version -> Nullable<Integer>,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = tenanted, treat_none_as_null = true)]
struct Tenanted {
    id: i32,
    #[optlock(scope)]
    #[diesel(skip_update)]
    tenant: i32,
    version: Option<i32>,
}

/// A row counts while it is not deleted.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = tenanted, treat_none_as_null = true)]
struct Soft {
    id: i32,
    #[optlock(scope = none)]
    deleted_on: Option<i32>,
    version: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, AsChangeset)]
#[diesel(table_name = optlock_tests::schema::wide, treat_none_as_null = true)]
struct Part {
    c: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = optlock_tests::schema::wide, treat_none_as_null = true)]
struct WithPart {
    id: i32,
    #[diesel(embed)]
    part: Part,
    version: i64,
}

const TENANTED: &str = "id INTEGER NOT NULL, tenant INTEGER NOT NULL, deleted_on INTEGER, version INTEGER, UNIQUE (tenant, id)";

#[test]
fn each_broken_table_is_found_and_mended() {
    let contacts = |rest: &str| anew("contacts", &format!("{CONTACTS}, {rest}"));
    let without_key = "id INTEGER NOT NULL, name VARCHAR(100) NOT NULL, phone VARCHAR(100), \
                       version BIGINT NOT NULL DEFAULT 1";
    let no_key = |rest: &str| anew("contacts", &format!("{without_key}{rest}"));
    let memberships = |key: &str| {
        let columns = "user_id INTEGER NOT NULL, group_id INTEGER NOT NULL, role VARCHAR(100) NOT NULL, \
                       lock_version INTEGER NOT NULL DEFAULT 1";
        anew("memberships", &format!("{columns}, UNIQUE ({key})"))
    };
    let tenanted = |columns: &str| format!("CREATE TABLE tenanted ({columns})");
    let trigger = trigger_sql::<Contact>(CAPABILITIES.database);
    let parents = |action: &str| {
        let parents = "CREATE TABLE phones (phone VARCHAR(100) NOT NULL PRIMARY KEY);";
        let key = format!(
            "version BIGINT NOT NULL DEFAULT 1, FOREIGN KEY (phone) REFERENCES phones (phone) {action}"
        );
        format!("{parents} {}", contacts(&key))
    };
    let up = trigger.up();
    expect_found(vec![
        broken::<Contact>("DROP TABLE contacts", &[Kind::TableMissing]),
        broken::<Contact>(
            "ALTER TABLE contacts DROP COLUMN version",
            &[Kind::ColumnMissing],
        ),
        broken::<Contact>(
            "ALTER TABLE contacts DROP COLUMN phone",
            &[Kind::ColumnMissing],
        ),
        broken::<Stamped>(
            "ALTER TABLE stamped DROP COLUMN updated_on",
            &[Kind::ColumnMissing],
        ),
        broken::<Contact>(
            contacts("version BIGINT DEFAULT 1"),
            &[Kind::VersionNullable],
        ),
        broken::<Contact>(
            contacts("version BIGINT NOT NULL"),
            &[Kind::VersionWithoutDefault],
        ),
        broken::<Contact>(
            contacts("version BIGINT"),
            &[Kind::VersionNullable, Kind::VersionWithoutDefault],
        ),
        broken::<Contact>(
            format!(
                "{}; INSERT INTO contacts (id, name, version) VALUES (1, 'Ann', NULL)",
                contacts("version BIGINT")
            ),
            &[Kind::VersionNullable, Kind::VersionWithoutDefault],
        ),
        broken::<Contact>(
            contacts("version BIGINT NOT NULL DEFAULT 0"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            contacts("version BIGINT NOT NULL DEFAULT '0'"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(
            contacts("version BIGINT NOT NULL DEFAULT -1"),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Contact>(contacts("version BIGINT NOT NULL DEFAULT (2 - 1)"), &[]),
        broken::<Contact>(
            contacts("version VARCHAR(20) NOT NULL DEFAULT '1'"),
            &[Kind::VersionType],
        ),
        broken::<Contact>(
            contacts("version DOUBLE PRECISION NOT NULL DEFAULT 1"),
            &[Kind::VersionType],
        ),
        broken::<Twin>("SELECT 1", &[Kind::KeyNotUnique]),
        broken::<Contact>(no_key(", UNIQUE (id, name)"), &[Kind::KeyNotUnique]),
        broken::<Contact>(no_key(", UNIQUE (id)"), &[]),
        broken::<Membership>(
            memberships("user_id, group_id, role"),
            &[Kind::KeyNotUnique],
        ),
        broken::<Membership>(memberships("group_id, user_id"), &[]),
        broken::<Membership>(memberships("group_id"), &[]),
        broken::<Contact>(
            anew(
                "contacts",
                "id INTEGER, name VARCHAR(100), phone VARCHAR(100), version VARCHAR(20)",
            ),
            &[
                Kind::KeyNotUnique,
                Kind::VersionNullable,
                Kind::VersionType,
                Kind::VersionWithoutDefault,
            ],
        ),
        broken::<Contact>(
            "DROP TABLE contacts; CREATE VIEW contacts AS SELECT id, name, version AS other FROM twins",
            &[Kind::ColumnMissing, Kind::ColumnMissing, Kind::View],
        ),
        with_trigger::<Contact>("SELECT 1", &[Kind::TriggerMissing]),
        with_trigger::<Contact>(up, &[]),
        with_trigger::<Contact>(up.replace("<=", "<"), &[Kind::TriggerDiffers]),
        with_trigger::<Contact>(up.replace("+ 1", "+ 2"), &[Kind::TriggerDiffers]),
        with_trigger::<Counter>(up, &[Kind::TriggerMissing]),
        with_trigger::<Contact>(
            "DROP TABLE contacts; CREATE VIEW contacts AS SELECT id, name, name AS phone, version FROM twins",
            &[Kind::TriggerMissing, Kind::View],
        ),
        broken::<Contact>(SQL.trim_names, &[]),
        broken::<Made>("SELECT 1", &[Kind::VersionNotGenerated]),
        broken::<Made>(SQL.trim_names, &[Kind::VersionNotGenerated]),
        broken::<Made>(made::trigger(), &[]),
        broken::<Made>(trigger_sql::<Made>(CAPABILITIES.database).up(), &[]),
        broken::<Contact>(
            SQL.trim_names
                .replace(" name", " version")
                .replace(".name", ".version"),
            &[Kind::OtherTrigger],
        ),
        broken::<Contact>(parents("ON DELETE SET NULL"), &[Kind::ForeignKeyAction]),
        broken::<Contact>(parents("ON UPDATE CASCADE"), &[Kind::ForeignKeyAction]),
        broken::<Contact>(parents("ON DELETE CASCADE"), &[]),
        broken::<Tenanted>(
            tenanted(&TENANTED.replace("version INTEGER", "version INTEGER DEFAULT 0")),
            &[Kind::VersionDefaultUnstored],
        ),
        broken::<Tenanted>(
            tenanted(&TENANTED.replace("version INTEGER", "version INTEGER DEFAULT NULL")),
            &[],
        ),
        broken::<Tenanted>(
            tenanted(&TENANTED.replace("UNIQUE (tenant, id)", "UNIQUE (id, version)")),
            &[Kind::KeyNotUnique],
        ),
        broken::<Tenanted>("SELECT 1", &[Kind::TableMissing]),
        with_trigger::<Tenanted>(tenanted(TENANTED), &[Kind::TriggerMissing]),
        broken::<Tenanted>(
            tenanted("id INTEGER NOT NULL PRIMARY KEY, deleted_on INTEGER, version INTEGER"),
            &[Kind::ColumnMissing],
        ),
        broken::<Tenanted>(
            tenanted(&TENANTED.replace("tenant INTEGER NOT NULL", "tenant INTEGER")),
            &[Kind::KeyNotUnique],
        ),
        broken::<Soft>(
            tenanted(
                "id INTEGER NOT NULL, tenant INTEGER NOT NULL, deleted_on INTEGER, version INTEGER, UNIQUE (id, deleted_on)",
            ),
            &[Kind::KeyNotUnique],
        ),
        broken::<Soft>(
            tenanted(
                "id INTEGER NOT NULL PRIMARY KEY, tenant INTEGER NOT NULL, deleted_on INTEGER NOT NULL DEFAULT 0, version INTEGER",
            ),
            &[Kind::ScopeNeverNull],
        ),
    ]);
}

/// The value in memory looks as if it were new, and its row comes back.
#[test]
fn a_row_that_begins_at_zero_is_inserted_again_and_not_behind_what_the_check_mends() {
    let mended = |conn: &mut Conn| {
        let report = verify::<Contact>(conn).unwrap();
        let mend = report.findings()[0].remedy().sql().map(str::to_owned);
        mend.is_some_and(|mend| conn.batch_execute(&mend).is_ok())
    };
    for mends in [false, true] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let table = format!("{CONTACTS}, version BIGINT NOT NULL DEFAULT 0");
        conn.batch_execute(&anew("contacts", &table)).unwrap();
        conn.batch_execute("INSERT INTO contacts (id, name) VALUES (1, 'Ann')")
            .unwrap();
        if mends && !mended(conn) {
            assert!(!is_mended_by_sql(Kind::VersionDefaultUnstored));
            continue;
        }
        let mut ann = stored(1, conn);
        conn.batch_execute("DELETE FROM contacts").unwrap();
        let upserted = ann.upsert_checked(conn);
        if mends {
            expect::missing(upserted, ANN, 1);
        } else {
            assert_eq!(upserted.unwrap(), Upserted::Inserted);
        }
    }
}

#[test]
fn no_row_is_in_a_scope_whose_column_is_never_null() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE tenanted (id INTEGER NOT NULL PRIMARY KEY, tenant INTEGER NOT NULL, \
         deleted_on INTEGER NOT NULL, version INTEGER); INSERT INTO tenanted VALUES (1, 1, 0, 1)",
    )
    .unwrap();
    let mut row = Soft {
        id: 1,
        deleted_on: None,
        version: Some(1),
    };
    expect::missing(row.touch_checked(conn), ("tenanted", "1"), 1);
    assert_eq!(
        kinds(&verify::<Soft>(conn).unwrap()),
        [Kind::ScopeNeverNull]
    );
}

/// A unique index of the key alone would refuse the second tenant's row.
#[test]
fn a_unique_index_that_is_missing_is_made_with_the_scope() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let columns = TENANTED.replace(", UNIQUE (tenant, id)", "");
    conn.batch_execute(&format!("CREATE TABLE tenanted ({columns})"))
        .unwrap();
    conn.batch_execute("INSERT INTO tenanted (id, tenant) VALUES (1, 1), (1, 2)")
        .unwrap();
    let report = verify::<Tenanted>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::KeyNotUnique]);
    let quote = triggers::quote;
    let expected = format!(
        "CREATE UNIQUE INDEX {} ON {} ({}, {});",
        quote("optlock_key_tenanted"),
        quote("tenanted"),
        quote("tenant"),
        quote("id")
    );
    assert_eq!(report.findings()[0].remedy().sql(), Some(&*expected));
    conn.batch_execute(&expected).unwrap();
    assert!(verify::<Tenanted>(conn).unwrap().is_empty());
    let twice = conn.batch_execute("INSERT INTO tenanted (id, tenant) VALUES (1, 2)");
    assert!(twice.is_err());
}

/// As a migration of Windows has it.
#[test]
fn a_trigger_whose_lines_end_in_cr_lf_is_the_present_one() {
    let up = trigger_sql::<Contact>(CAPABILITIES.database);
    let windows = up.up().replace('\n', "\r\n");
    expect_found(vec![
        with_trigger::<Contact>(&*windows, &[]),
        with_trigger::<Contact>(windows.replace("<=", "<"), &[Kind::TriggerDiffers]),
    ]);
}

/// `INTEGER` of MySQL and SQLite is read by a model of another width too.
#[test]
fn a_version_of_another_width_is_found_where_it_does_not_fit() {
    let narrow = anew(
        "contacts",
        &format!("{CONTACTS}, version SMALLINT NOT NULL DEFAULT 1"),
    );
    let found: &[Kind] = match CAPABILITIES.name {
        "sqlite" => &[],
        _ => &[Kind::VersionType],
    };
    expect_found(vec![broken::<Contact>(narrow, found)]);
}

#[test]
fn what_is_allowed_is_not_reported() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let report = verify::<Twin>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::KeyNotUnique]);
    let error = report.clone().into_result().unwrap_err();
    assert_eq!(*error.report(), report);
    let allowed = verify_with(Checks::<Twin>::new().allowing(Kind::KeyNotUnique), conn);
    assert!(allowed.unwrap().is_empty());
}

#[test]
fn a_report_names_the_table_and_what_mends_it() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let error = verify::<Twin>(conn).unwrap().into_result().unwrap_err();
    let quote = triggers::quote;
    assert_eq!(
        error.to_string(),
        format!(
            "the database is not as the models need it\n\
             error: no unique index of twins is on its key (id), so that a save could write several rows\n    \
             CREATE UNIQUE INDEX {} ON {} ({});",
            quote("optlock_key_twins"),
            quote("twins"),
            quote("id")
        )
    );
    let finding = &error.report().findings()[0];
    assert_eq!(
        (finding.table(), finding.severity()),
        (Some("twins"), Severity::Error)
    );
}

/// A hint is no error, and comes behind the errors.
#[test]
fn hints_alone_are_a_success() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE VIEW counted AS SELECT 1 AS one")
        .unwrap();
    let sql = SQL
        .trim_names
        .replace(" name", " version")
        .replace(".name", ".version");
    conn.batch_execute(&sql).unwrap();
    let report = verify::<Contact>(conn).unwrap();
    assert!(!report.is_empty() && !report.has_errors());
    assert!(
        report
            .to_string()
            .starts_with("hint: the trigger trims of contacts speaks of version")
    );
    let mut all = report.clone();
    report.into_result().unwrap();
    all.append(verify::<Twin>(conn).unwrap());
    assert_eq!(kinds(&all), [Kind::KeyNotUnique, Kind::OtherTrigger]);
}

/// But for the temporary table of an async connection to MySQL and MariaDB.
#[test]
fn only_reads_of_the_catalogue_are_sent_and_none_is_kept() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let _ = verify_with(Checks::<Stamped>::new().with_trigger(), conn).unwrap();
    let _ = verify::<Twin>(conn).unwrap();
    let sent = watch.take_sent();
    assert!(sent.len() >= 8, "{sent:?}");
    let is_read = |sql: &String| sql.starts_with("SELECT") || sql.starts_with("WITH");
    let own = |sql: &String| sql.contains("optlock_verify");
    assert!(sent.iter().all(|sql| is_read(sql) || own(sql)), "{sent:?}");
    assert!(
        !sent
            .iter()
            .any(|sql| sql.contains("FROM twins") || sql.contains("FROM stamped"))
    );
    assert!(watch.take_cached().is_empty());
}

#[test]
fn a_transaction_goes_on_after_it() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = Contact::ann();
    transaction(conn, &mut ann, |conn, ann| {
        ann.save_checked(conn)?;
        assert!(verify::<Contact>(conn)?.is_empty());
        assert_eq!(kinds(&verify::<Soft>(conn)?), [Kind::TableMissing]);
        ann.save_checked(conn)
    })
    .unwrap();
    assert_eq!(ann.version, 3);
}

#[test]
fn a_temporary_table_is_verified() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let create = |columns: &str| format!("CREATE TEMPORARY TABLE tenanted ({columns})");
    conn.batch_execute(&create(TENANTED)).unwrap();
    let report = verify::<Soft>(conn).unwrap();
    assert_eq!(kinds(&report), [Kind::KeyNotUnique], "{report}");
    conn.batch_execute("DROP TABLE tenanted").unwrap();
    let columns = "id INTEGER NOT NULL PRIMARY KEY, tenant INTEGER NOT NULL, deleted_on INTEGER, version INTEGER";
    conn.batch_execute(&create(columns)).unwrap();
    let report = verify::<Soft>(conn).unwrap();
    assert!(report.is_empty(), "{report}");
    assert_eq!(
        kinds(&verify::<Soft>(&mut scratch.connect()).unwrap()),
        [Kind::TableMissing]
    );
}

#[test]
fn on_a_pooled_connection_and_on_an_enum_of_connections() {
    let scratch = Scratch::new();
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let mut conn = pool.get().unwrap();
    scratch.enter(&mut conn);
    assert_eq!(
        kinds(&verify::<Twin>(&mut conn).unwrap()),
        [Kind::KeyNotUnique]
    );
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let conn = &mut AnyConnection::from(scratch.connect());
    assert!(verify::<Contact>(conn).unwrap().is_empty());
    assert_eq!(kinds(&verify::<Twin>(conn).unwrap()), [Kind::KeyNotUnique]);
}

#[test]
fn what_sql_mends_is_said_where_the_database_can() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let sql = anew("contacts", &format!("{CONTACTS}, version VARCHAR(20)"));
    conn.batch_execute(&sql).unwrap();
    for finding in verify::<Contact>(conn).unwrap().findings() {
        let by_sql = finding.remedy().sql().is_some();
        assert_eq!(by_sql, is_mended_by_sql(finding.kind()), "{finding}");
    }
}

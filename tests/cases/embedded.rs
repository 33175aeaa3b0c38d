//! What is embedded in a model is compared, merged and written like its own fields.

use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Error, Found, Saved};

diesel::table! {
    programs {
        id -> Integer,
        name -> Text,
        release_version -> Text,
        release_date -> Nullable<Text>,
        seen -> Nullable<Text>,
        revision -> BigInt,
    }
}

/// Its version is that of the program, and not of the row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff)]
#[diesel(table_name = programs, treat_none_as_null = true)]
struct Release {
    #[diesel(column_name = release_version)]
    version: String,
    #[diesel(column_name = release_date)]
    date: Option<String>,
    #[optlock(ignore)]
    seen: Option<String>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = programs)]
struct Program {
    id: i32,
    name: String,
    #[diesel(embed)]
    release: Release,
    #[optlock(version)]
    revision: i64,
}

/// The same, of a program that does not know the revision.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = programs)]
struct Legacy {
    id: i32,
    name: String,
    #[diesel(embed)]
    release: Release,
}

fn connect(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(
        "CREATE TABLE programs (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, \
         release_version VARCHAR(100) NOT NULL, release_date VARCHAR(100), seen VARCHAR(100), \
         revision BIGINT NOT NULL);
         INSERT INTO programs VALUES (1, 'optlock', '0.1', 'monday', 'never', 1)",
    )
    .unwrap();
    conn
}

fn stored(conn: &mut Conn) -> Program {
    let program = programs::table.find(1).select(Program::as_select());
    program.first(conn).unwrap()
}

fn legacy(conn: &mut Conn) -> Tracked<Legacy> {
    let program = programs::table.find(1).select(Legacy::as_select());
    Tracked::new(program.first(conn).unwrap())
}

#[test]
fn a_version_in_it_is_a_field_like_any_other() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let base = stored(conn);

    let mut mine = Tracked::new(base.clone());
    mine.release.version = "0.2".into();
    assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
    assert_eq!(stored(conn), *mine);

    let mut other = base;
    other.name = "Optlock".into();
    other.revision = 1;
    let base = Program {
        revision: 1,
        ..stored(conn)
    };
    other.release.version = "0.3".into();
    let taken = other.save_merged(&base, conn).unwrap();
    assert_eq!(taken, []);
    let stored = stored(conn);
    assert_eq!(
        (&*stored.name, &*stored.release.version),
        ("Optlock", "0.3")
    );
}

#[test]
fn without_a_version_of_the_row_it_is_guarded_too() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = legacy(conn);
    diesel::update(programs::table)
        .set(programs::release_version.eq("1.0"))
        .execute(conn)
        .unwrap();
    mine.release.date = Some("friday".into());
    let Err(Error::ConcurrentModification(conflict)) = mine.save_unchanged(conn) else {
        panic!("somebody has changed its version")
    };
    let Found::Changed { fields } = conflict.found() else {
        panic!("{conflict:?}")
    };
    assert_eq!(fields[0].column(), "release_version");
    assert_eq!(stored(conn).release.version, "1.0");
}

/// One column of it has changed, so all are written: those that are ignored with what stands there.
#[test]
fn what_is_ignored_in_it_is_not_overwritten() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = legacy(conn);
    diesel::update(programs::table)
        .set(programs::seen.eq("today"))
        .execute(conn)
        .unwrap();
    mine.release.date = None;
    mine.save_unchanged(conn).unwrap();
    let release = stored(conn).release;
    assert_eq!(release.date, None);
    assert_eq!(release.seen.as_deref(), Some("today"));
}

diesel::table! {
    shipments (no) {
        no -> Integer,
        id -> Text,
        version -> Text,
        lock_version -> BigInt,
    }
}

/// It names the key of the shipment, so that its own `id` is a column like any other.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff)]
#[diesel(table_name = shipments, primary_key(no))]
struct Package {
    id: String,
    version: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = shipments, primary_key(no))]
struct Shipment {
    no: i32,
    #[diesel(embed)]
    package: Package,
    lock_version: i64,
}

fn shipment(conn: &mut Conn) -> Shipment {
    let shipment = shipments::table.find(1).select(Shipment::as_select());
    shipment.first(conn).unwrap()
}

#[test]
fn an_id_in_it_is_written_if_the_key_is_named() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE shipments (no INTEGER NOT NULL PRIMARY KEY, id VARCHAR(100) NOT NULL, \
         version VARCHAR(100) NOT NULL, lock_version BIGINT NOT NULL);
         INSERT INTO shipments VALUES (1, 'optlock', '0.1', 1)",
    )
    .unwrap();
    let base = shipment(conn);
    let mut mine = base.clone();
    let mut theirs = Tracked::new(base.clone());
    theirs.package.version = "0.2".into();
    assert_eq!(theirs.save_checked(conn).unwrap(), Saved::Written);

    mine.package.id = "optlock-derive".into();
    let taken = mine.save_merged(&base, conn).unwrap();
    assert_eq!(taken, [optlock::Field::new("version", "version")]);
    let package = Package {
        id: "optlock-derive".into(),
        version: "0.2".into(),
    };
    assert_eq!(mine.package, package);
    assert_eq!(shipment(conn), mine);
    assert_eq!(mine.lock_version, 3);
}

#[derive(AsChangeset)]
#[diesel(table_name = programs)]
struct Dated {
    release_date: String,
}

/// What a `None` means is said on the field beside the embedded `Option`, and not on the struct.
#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = programs)]
struct PerhapsDated {
    id: i32,
    #[diesel(embed)]
    dated: Option<Dated>,
    #[diesel(treat_none_as_null = true)]
    seen: Option<String>,
    #[optlock(version)]
    revision: i64,
}

#[test]
fn an_embedded_none_leaves_its_columns_alone() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch);
    let mut mine = PerhapsDated {
        id: 1,
        dated: None,
        seen: None,
        revision: 1,
    };
    mine.save_checked(conn).unwrap();
    let row = stored(conn);
    assert_eq!(row.release.date.as_deref(), Some("monday"));
    assert_eq!((row.release.seen, row.revision), (None, 2));

    mine.dated = Some(Dated {
        release_date: "friday".into(),
    });
    mine.save_checked(conn).unwrap();
    assert_eq!(stored(conn).release.date.as_deref(), Some("friday"));
}

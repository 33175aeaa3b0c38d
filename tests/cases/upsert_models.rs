//! What `upsert_checked` inserts, by what the model has.

use crate::helpers::expect;
use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
use chrono::NaiveDateTime;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use optlock::{Error, Found, Unstored, Upserted, UuidBytes};
use optlock_tests::models::{Membership, Stamped};
use optlock_tests::schema::{memberships, stamped};

/// The row was there already.
fn found(result: Result<Upserted, Error>) -> Found {
    match result {
        Err(Error::ConcurrentModification(conflict)) => conflict.found().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_audit_stamp_of_a_new_row_is_that_in_memory() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let stored = |conn: &mut Conn| -> Stamped {
        let row = stamped::table.find(1).select(Stamped::as_select());
        row.first(conn).unwrap()
    };
    let long_ago = chrono::DateTime::UNIX_EPOCH.naive_utc();
    let new = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 0,
        updated_on: long_ago,
    };
    let mut mine = new.clone();
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert!(mine.updated_on > long_ago);
    assert_eq!(stored(conn), mine);

    // What is not inserted keeps its stamp.
    let mut theirs = new.clone();
    assert_eq!(
        found(theirs.upsert_checked(conn)),
        Found::Exists { version: 1.into() }
    );
    assert_eq!(theirs, new);
}

#[test]
fn a_row_of_a_composite_key_is_inserted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let new = |user_id, group_id| Membership {
        user_id,
        group_id,
        role: "guest".into(),
        lock_version: 0,
    };
    for (user_id, group_id) in [(1, 1), (1, 2), (2, 1)] {
        let mut mine = new(user_id, group_id);
        assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    }
    let error = new(1, 2).upsert_checked(conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        "memberships (1, 2) exists already: expected no row, found version 1"
    );
    assert_eq!(memberships::table.count().get_result(conn), Ok(3));
}

diesel::table! {
    orders {
        id -> Integer,
        tenant -> Integer,
        title -> Text,
        note -> Nullable<Text>,
        street -> Text,
        city -> Nullable<Text>,
        created_by -> Nullable<Text>,
        deleted_at -> Nullable<BigInt>,
        version -> Nullable<BigInt>,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Diff)]
#[diesel(
    table_name = orders,
    primary_key(no),
    treat_none_as_null = true,
    treat_none_as_default_value = false
)]
struct Address {
    street: String,
    city: Option<String>,
}

/// A tenant, a soft delete, an embedded struct, a column that is never updated, one that is never inserted, and a version
/// that may be NULL.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(
    table_name = orders,
    treat_none_as_null = true,
    treat_none_as_default_value = false
)]
struct Order {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: i32,
    #[diesel(skip_insertion, skip_update)]
    title: String,
    note: Option<String>,
    #[diesel(embed)]
    address: Address,
    #[diesel(skip_update)]
    created_by: Option<String>,
    #[optlock(scope = none)]
    deleted_at: Option<i64>,
    #[diesel(skip_update)]
    version: Option<i64>,
}

/// `key` is what is unique.
fn orders(key: &str) -> Scratch {
    let scratch = Scratch::new();
    let table = format!(
        "CREATE TABLE orders (id INTEGER NOT NULL, tenant INTEGER NOT NULL, title VARCHAR(100) NOT NULL DEFAULT 'untitled', \
         note VARCHAR(100) DEFAULT 'none', street VARCHAR(100) NOT NULL, city VARCHAR(100), created_by VARCHAR(100), \
         deleted_at BIGINT, version BIGINT, PRIMARY KEY ({key}));"
    );
    scratch.connect().batch_execute(&table).unwrap();
    scratch
}

fn order(id: i32, tenant: i32) -> Order {
    Order {
        id,
        tenant,
        title: "untitled".into(),
        note: None,
        address: Address {
            street: "High Street".into(),
            city: None,
        },
        created_by: Some("Ann".into()),
        deleted_at: None,
        version: Some(0),
    }
}

fn stored(conn: &mut Conn) -> Vec<Order> {
    let rows = orders::table.order((orders::id, orders::tenant));
    rows.select(Order::as_select()).load(conn).unwrap()
}

#[test]
fn what_is_inserted_is_what_is_in_memory() {
    let scratch = orders("id");
    let conn = &mut scratch.connect();
    let mut mine = order(1, 1);
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    // The note is NULL, and not the default of its column.
    assert_eq!(stored(conn), [mine.clone()]);
    mine.address.city = Some("Springfield".into());
    mine.note = Some("fragile".into());
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Saved);
    assert_eq!((stored(conn), mine.version), (vec![mine.clone()], Some(2)));
}

/// NULL is the version of a row from before the column was added.
#[test]
fn a_version_of_null_is_that_of_a_row() {
    let scratch = orders("id");
    let conn = &mut scratch.connect();
    let mut old = Order {
        version: None,
        ..order(1, 1)
    };
    expect::missing(old.upsert_checked(conn), ("orders", "1"), "NULL");
    assert_eq!(stored(conn), []);
    diesel::insert_into(orders::table)
        .values(&old)
        .execute(conn)
        .unwrap();
    assert_eq!(
        found(order(1, 1).upsert_checked(conn)),
        Found::Exists {
            version: expect::version("NULL")
        }
    );
    assert_eq!(old.upsert_checked(conn).unwrap(), Upserted::Saved);
    assert_eq!(stored(conn)[0].version, Some(1));
}

#[test]
fn the_same_key_of_another_tenant_is_another_row() {
    let scratch = orders("id, tenant");
    let conn = &mut scratch.connect();
    let (mut mine, mut theirs) = (order(1, 1), order(1, 2));
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(theirs.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(theirs.upsert_checked(conn).unwrap(), Upserted::Saved);
    assert_eq!(
        found(order(1, 1).upsert_checked(conn)),
        Found::Exists { version: 1.into() }
    );
    assert_eq!(stored(conn), [mine, theirs]);
}

/// The key is taken, by a row of which nothing is shown.
#[track_caller]
fn out_of_scope(mut mine: Order, conn: &mut Conn) {
    let (before, rows) = (mine.clone(), stored(conn));
    let alone = mine.upsert_checked(conn).unwrap_err();
    let in_transaction = transaction(conn, &mut mine, |conn, mine| mine.upsert_checked(conn));
    for error in [alone, in_transaction.unwrap_err()] {
        assert!(!error.is_conflict() && !error.is_missing());
        assert_eq!(
            error.to_string(),
            "a unique constraint of the database was violated"
        );
        let Error::Database(DatabaseError(UniqueViolation, information)) = &error else {
            panic!("{error:?}")
        };
        // It is called `secret` in each of its texts.
        let shown = format!("{:?} {:?}", information.message(), information.details());
        assert!(
            !shown.contains("secret") && !shown.contains("42"),
            "{shown}"
        );
    }
    assert_eq!((mine, stored(conn)), (before, rows));
}

#[test]
fn a_key_that_is_taken_by_another_tenant_shows_nothing_of_its_row() {
    let scratch = orders("id");
    let conn = &mut scratch.connect();
    let theirs = Order {
        note: Some("secret".into()),
        version: Some(42),
        ..order(1, 2)
    };
    diesel::insert_into(orders::table)
        .values(&theirs)
        .execute(conn)
        .unwrap();
    out_of_scope(order(1, 1), conn);
}

#[test]
fn a_key_that_is_taken_by_a_deleted_row_shows_nothing_of_it() {
    let scratch = orders("id");
    let conn = &mut scratch.connect();
    let deleted = Order {
        note: Some("secret".into()),
        deleted_at: Some(99),
        version: Some(42),
        ..order(1, 1)
    };
    diesel::insert_into(orders::table)
        .values(&deleted)
        .execute(conn)
        .unwrap();
    out_of_scope(order(1, 1), conn);
    // Nor is it by a value that was loaded before.
    let mut loaded = Order {
        version: Some(42),
        ..order(1, 1)
    };
    expect::missing(loaded.upsert_checked(conn), ("orders", "1"), 42);
    assert_eq!(stored(conn), [deleted]);
}

diesel::table! {
    letters {
        id -> Integer,
        text -> Text,
        version -> Binary,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(treat_none_as_default_value = false)]
struct Letter {
    id: i32,
    text: String,
    version: UuidBytes,
}

#[test]
fn a_value_with_the_nil_uuid_is_inserted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let table = format!(
        "CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, version {} NOT NULL)",
        SQL.uuid_bytes
    );
    conn.batch_execute(&table).unwrap();
    let new = Letter {
        id: 1,
        text: "new".into(),
        version: UuidBytes::unstored(),
    };
    let (mut mine, mut theirs) = (new.clone(), new.clone());
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert!(!mine.version.is_unstored());
    let row: Letter = letters::table.first(conn).unwrap();
    assert_eq!(row, mine);
    let exists = Found::Exists {
        version: expect::version(mine.version),
    };
    assert_eq!(found(theirs.upsert_checked(conn)), exists);
    assert_eq!(theirs, new);
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Saved);
}

diesel::table! {
    events {
        id -> Integer,
        text -> Text,
        updated_on -> Timestamp,
    }
}

fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1)
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(treat_none_as_default_value = false)]
struct Event {
    id: i32,
    text: String,
    #[optlock(version, clock = now)]
    updated_on: NaiveDateTime,
}

#[test]
fn a_value_with_the_first_time_is_inserted_by_the_clock_of_its_model() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let table = format!(
        "CREATE TABLE events (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, updated_on {} NOT NULL)",
        SQL.timestamp
    );
    conn.batch_execute(&table).unwrap();
    let mut event = Event {
        id: 1,
        text: "new".into(),
        updated_on: NaiveDateTime::MIN,
    };
    let new = event.clone();
    assert_eq!(event.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(event.updated_on, now().naive_utc());
    let row: Event = events::table.first(conn).unwrap();
    assert_eq!(row, event);
    let exists = Found::Exists {
        version: expect::version(event.updated_on),
    };
    assert_eq!(found(new.clone().upsert_checked(conn)), exists);
}

//! `bump_version`: a bulk update that everybody who holds one of its rows is told of.

use crate::helpers::expect::{self, ANN, BOB};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use optlock::{UuidText, bump_version};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::schema::{contacts, widths};

#[test]
fn each_row_that_the_update_hits_moves_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    let rows = diesel::update(contacts::table.filter(contacts::name.eq("Ann")))
        .set((contacts::phone.eq("222"), bump_version::<Contact>()))
        .execute(conn);
    assert_eq!(rows, Ok(1));
    let bumped = Contact {
        phone: Some("222".into()),
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(stored(1, conn), bumped);
    expect::modified(ann.save_checked(conn), ANN, 1, 2);

    bob.save_checked(conn).unwrap();
    let rows = diesel::update(contacts::table)
        .set(bump_version::<Contact>())
        .execute(conn);
    assert_eq!(rows, Ok(2));
    expect::modified(bob.delete_checked(conn), BOB, 2, 3);
    assert_eq!(stored(1, conn).version, 3);
}

#[test]
fn an_enum_of_connections_spells_it_as_its_database_does() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut AnyConnection::from(scratch.connect());
    let rows = diesel::update(contacts::table)
        .set(bump_version::<Contact>())
        .execute(conn);
    assert_eq!(rows, Ok(2));
    expect::modified(Contact::ann().save_checked(conn), ANN, 1, 2);
}

/// A model for each width of a version.
macro_rules! width {
    ($name:ident, $column:ident: $type:ty) => {
        #[derive(Identifiable, AsChangeset, Versioned)]
        #[diesel(table_name = widths)]
        struct $name {
            id: i32,
            #[optlock(version)]
            $column: $type,
        }
    };
}

width!(Small, small: i16);
width!(Medium, medium: i32);
width!(Large, large: i64);

/// The maximum of each width, or the last but `below`.
fn insert(id: i32, below: i16, conn: &mut Conn) {
    diesel::insert_into(widths::table)
        .values((
            widths::id.eq(id),
            widths::name.eq("width"),
            widths::small.eq(i16::MAX - below),
            widths::medium.eq(i32::MAX - i32::from(below)),
            widths::large.eq(i64::MAX - i64::from(below)),
        ))
        .execute(conn)
        .unwrap();
}

#[track_caller]
fn expect_out_of_range(result: QueryResult<usize>) {
    let message = result.unwrap_err().to_string();
    assert!(
        message.contains("out of range") || message.contains("integer overflow"),
        "{message}"
    );
}

#[test]
fn at_the_maximum_the_whole_update_fails() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(1, 1, conn);
    let one = widths::table.find(1);
    // Up to the maximum it goes.
    assert_eq!(
        diesel::update(one)
            .set(bump_version::<Small>())
            .execute(conn),
        Ok(1)
    );
    assert_eq!(
        diesel::update(one)
            .set(bump_version::<Medium>())
            .execute(conn),
        Ok(1)
    );
    assert_eq!(
        diesel::update(one)
            .set(bump_version::<Large>())
            .execute(conn),
        Ok(1)
    );

    insert(2, 9, conn);
    let all = widths::table;
    expect_out_of_range(
        diesel::update(all)
            .set(bump_version::<Small>())
            .execute(conn),
    );
    expect_out_of_range(
        diesel::update(all)
            .set(bump_version::<Medium>())
            .execute(conn),
    );
    expect_out_of_range(
        diesel::update(all)
            .set(bump_version::<Large>())
            .execute(conn),
    );
    let versions = all
        .select((widths::small, widths::medium, widths::large))
        .order(widths::id)
        .load(conn);
    assert_eq!(
        versions,
        Ok(vec![
            (i16::MAX, i32::MAX, i64::MAX),
            (i16::MAX - 9, i32::MAX - 9, i64::MAX - 9)
        ])
    );
}

diesel::table! {
    late {
        id -> Integer,
        version -> Nullable<Integer>,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = late)]
struct Late {
    id: i32,
    version: Option<i32>,
}

/// A sum that is NULL would be NULL in a column that may be it: the first version again.
#[test]
fn null_becomes_the_first_version_and_the_maximum_never_null() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE TABLE late (id INTEGER NOT NULL PRIMARY KEY, version INTEGER)")
        .unwrap();
    diesel::insert_into(late::table)
        .values([
            (late::id.eq(1), late::version.eq(None)),
            (late::id.eq(2), late::version.eq(Some(5))),
        ])
        .execute(conn)
        .unwrap();
    let bump = |conn: &mut Conn| {
        diesel::update(late::table)
            .set(bump_version::<Late>())
            .execute(conn)
    };
    let versions = late::table.select(late::version).order(late::id);
    assert_eq!(bump(conn), Ok(2));
    assert_eq!(versions.load(conn), Ok(vec![Some(1), Some(6)]));

    diesel::update(late::table.find(2))
        .set(late::version.eq(i32::MAX))
        .execute(conn)
        .unwrap();
    expect_out_of_range(bump(conn));
    assert_eq!(versions.load(conn), Ok(vec![Some(1), Some(i32::MAX)]));
}

diesel::table! {
    papers {
        id -> Integer,
        version -> Text,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
struct Paper {
    id: i32,
    version: UuidText,
}

#[test]
fn a_random_version_becomes_another_each_time() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE papers (id INTEGER NOT NULL PRIMARY KEY, version VARCHAR(36) NOT NULL);
         INSERT INTO papers VALUES (1, '67e55044-10b1-426f-9247-bb680e5fe0c8')",
    )
    .unwrap();
    let load = |conn: &mut Conn| -> Paper {
        let row = papers::table.find(1).select(Paper::as_select());
        row.first(conn).unwrap()
    };
    let mut seen = vec![load(conn)];
    for _ in 0..3 {
        let rows = diesel::update(papers::table)
            .set(bump_version::<Paper>())
            .execute(conn);
        assert_eq!(rows, Ok(1));
        let now = load(conn);
        for mut stale in seen.clone() {
            let expected = stale.version.clone();
            let result = stale.save_checked(conn);
            expect::modified(result, ("papers", "1"), expected, &now.version);
        }
        seen.push(now);
    }
}

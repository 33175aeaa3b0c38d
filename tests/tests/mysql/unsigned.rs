//! Unsigned versions, which PostgreSQL and SQLite do not have.

use crate::Scratch;
use crate::helpers::expect;
use crate::helpers::last_version::expect_last_version;
use crate::prelude::*;
use optlock::bump_version;

diesel::table! {
    unsigned_widths {
        id -> Integer,
        name -> Text,
        small -> Unsigned<SmallInt>,
        medium -> Unsigned<Integer>,
        large -> Unsigned<BigInt>,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Small {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    small: u16,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Medium {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    medium: u32,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Large {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    large: u64,
}

#[test]
fn an_unsigned_version_is_used_up_to_its_maximum_and_never_wraps() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (small, medium, large) = (u16::MAX - 1, u32::MAX - 1, u64::MAX - 1);
    conn.batch_execute(&format!(
        "CREATE TABLE unsigned_widths (
             id     INTEGER NOT NULL PRIMARY KEY,
             name   VARCHAR(100) NOT NULL,
             small  SMALLINT UNSIGNED NOT NULL,
             medium INTEGER UNSIGNED NOT NULL,
             large  BIGINT UNSIGNED NOT NULL
         );
         INSERT INTO unsigned_widths VALUES (1, 'none', {small}, {medium}, {large})"
    ))
    .unwrap();
    let row = ("unsigned_widths", "1");
    expect_last_version(
        Small {
            id: 1,
            name: "small",
            small,
        },
        row,
        u16::MAX,
        conn,
    );
    expect_last_version(
        Medium {
            id: 1,
            name: "medium",
            medium,
        },
        row,
        u32::MAX,
        conn,
    );
    expect_last_version(
        Large {
            id: 1,
            name: "large",
            large,
        },
        row,
        u64::MAX,
        conn,
    );
    assert_eq!(
        unsigned_widths::table.first(conn),
        Ok((1, "large".to_owned(), u16::MAX, u32::MAX, u64::MAX))
    );
}

/// With `sql_mode = ''` a column clips what is out of range, and turns NULL into 0: the maximum
/// would be written again and again, or the first version.
#[test]
fn at_the_maximum_a_bulk_update_fails_under_each_sql_mode() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (small, medium, large) = (u16::MAX, u32::MAX, u64::MAX);
    conn.batch_execute(&format!(
        "CREATE TABLE unsigned_widths (
             id     INTEGER NOT NULL PRIMARY KEY,
             name   VARCHAR(100) NOT NULL,
             small  SMALLINT UNSIGNED NOT NULL,
             medium INTEGER UNSIGNED NOT NULL,
             large  BIGINT UNSIGNED NOT NULL
         );
         INSERT INTO unsigned_widths VALUES (1, 'last', {small}, {medium}, {large}), (2, 'first', 1, 1, 1)"
    ))
    .unwrap();
    for mode in ["DEFAULT", "''"] {
        conn.batch_execute(&format!("SET sql_mode = {mode}"))
            .unwrap();
        let all = unsigned_widths::table;
        for result in [
            diesel::update(all)
                .set(bump_version::<Small>())
                .execute(conn),
            diesel::update(all)
                .set(bump_version::<Medium>())
                .execute(conn),
            diesel::update(all)
                .set(bump_version::<Large>())
                .execute(conn),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains("out of range"), "{message}");
        }
        assert_eq!(
            unsigned_widths::table.find(1).first(conn),
            Ok((1, "last".to_owned(), small, medium, large))
        );
    }
    let second = unsigned_widths::table.find(2);
    let rows = diesel::update(second)
        .set((bump_version::<Small>(), bump_version::<Large>()))
        .execute(conn);
    assert_eq!(rows, Ok(1));
    assert_eq!(
        second.first(conn),
        Ok((2, "first".to_owned(), 2_u16, 1_u32, 2_u64))
    );
}

mod nullable_and_unsigned {
    use super::*;

    diesel::table! {
        old {
            id -> Integer,
            small -> Nullable<Unsigned<SmallInt>>,
            medium -> Nullable<Unsigned<Integer>>,
            large -> Nullable<Unsigned<BigInt>>,
        }
    }

    macro_rules! width {
        ($name:ident, $column:ident: $integer:ty) => {
            #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
            #[diesel(table_name = old)]
            struct $name {
                id: i32,
                #[optlock(version)]
                $column: Option<$integer>,
            }
        };
    }

    width!(Small, small: u16);
    width!(Medium, medium: u32);
    width!(Large, large: u64);

    /// From NULL to 1, up to the maximum, and not further.
    #[test]
    fn null_comes_before_the_first_unsigned_version_and_after_no_other() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(
            "CREATE TABLE old (id INTEGER NOT NULL PRIMARY KEY, small SMALLINT UNSIGNED, \
             medium INTEGER UNSIGNED, large BIGINT UNSIGNED);
             INSERT INTO old (id) VALUES (1)",
        )
        .unwrap();
        let row = ("old", "1");
        let bump = diesel::update(old::table)
            .set((bump_version::<Small>(), bump_version::<Medium>()))
            .execute(conn);
        assert_eq!(bump, Ok(1));
        let mut null = Large { id: 1, large: None };
        null.clone().save_checked(conn).unwrap();
        expect::modified(null.save_checked(conn), row, "NULL", 1);
        let stored = old::table.select((old::small, old::medium, old::large));
        assert_eq!(
            stored.first(conn),
            Ok((Some(1_u16), Some(1_u32), Some(1_u64)))
        );

        let (small, medium, large) = (u16::MAX - 1, u32::MAX - 1, u64::MAX - 1);
        conn.batch_execute(&format!(
            "UPDATE old SET small = {small}, medium = {medium}, large = {large}"
        ))
        .unwrap();
        let (small, medium, large) = (Some(small), Some(medium), Some(large));
        expect_last_version(Small { id: 1, small }, row, Some(u16::MAX), conn);
        expect_last_version(Medium { id: 1, medium }, row, Some(u32::MAX), conn);
        expect_last_version(Large { id: 1, large }, row, Some(u64::MAX), conn);
        let bump = diesel::update(old::table)
            .set(bump_version::<Large>())
            .execute(conn);
        let message = bump.unwrap_err().to_string();
        assert!(message.contains("out of range"), "{message}");
    }
}

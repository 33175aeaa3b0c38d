//! A version column that was added later, and is NULL in the rows from before.

use crate::helpers::expect::{self, Row};
use crate::helpers::last_version::expect_last_version;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Outcome;

diesel::table! {
    old {
        id -> Integer,
        name -> Text,
        small -> Nullable<SmallInt>,
        medium -> Nullable<Integer>,
        large -> Nullable<BigInt>,
    }
}

const OLD: Row = ("old", "1");

macro_rules! width {
    ($name:ident, $column:ident: $integer:ty) => {
        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
        )]
        #[diesel(table_name = old, treat_none_as_null = true)]
        struct $name {
            id: i32,
            name: String,
            #[optlock(version)]
            $column: Option<$integer>,
        }

        impl $name {
            fn load(conn: &mut Conn) -> Self {
                old::table
                    .find(1)
                    .select(Self::as_select())
                    .first(conn)
                    .unwrap()
            }
        }
    };
}

width!(Small, small: i16);
width!(Medium, medium: i32);
width!(Large, large: i64);

/// One row from before, and another that must not be hit.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .connect()
        .batch_execute(
            "CREATE TABLE old (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, \
             small SMALLINT, medium INTEGER, large BIGINT);
             INSERT INTO old (id, name) VALUES (1, 'from before'), (2, 'other')",
        )
        .unwrap();
    scratch
}

macro_rules! story {
    ($name:ident: $model:ident, $column:ident: $integer:ty) => {
        #[test]
        fn $name() {
            let scratch = scratch();
            let conn = &mut scratch.connect();
            let mut mine = $model::load(conn);
            let (mut second, third) = (mine.clone(), mine.clone());
            assert_eq!(mine.$column, None);
            mine.check_current(conn).unwrap();

            mine.name = "saved".into();
            mine.save_checked(conn).unwrap();
            assert_eq!(mine.$column, Some(1));
            assert_eq!($model::load(conn), mine);
            let others = old::table.find(2).select(old::$column).first(conn);
            assert_eq!(others, Ok(None::<$integer>));

            // Who still holds NULL is told, and by the number.
            expect::modified(second.save_checked(conn), OLD, "NULL", 1);
            expect::modified(second.touch_checked(conn), OLD, "NULL", 1);
            expect::modified(third.delete_checked(conn), OLD, "NULL", 1);
            expect::modified(third.check_current(conn), OLD, "NULL", 1);
            assert_eq!(
                second.save_or_load(conn).unwrap(),
                Outcome::Changed(mine.clone())
            );
            assert_eq!(second, third);

            mine.save_checked(conn).unwrap();
            assert_eq!(mine.$column, Some(2));
            second.$column = Some(1);
            expect::modified(second.save_checked(conn), OLD, 1, 2);
            second.force_save(conn).unwrap();
            assert_eq!(second.$column, Some(3));

            // The column may become NULL again, by another program.
            diesel::update(old::table)
                .set(old::$column.eq(None::<$integer>))
                .execute(conn)
                .unwrap();
            expect::modified(second.save_checked(conn), OLD, 3, "NULL");
            third.delete_checked(conn).unwrap();
            expect::missing(third.delete_checked(conn), OLD, "NULL");
        }
    };
}

story!(an_i16_follows_null: Small, small: i16);
story!(an_i32_follows_null: Medium, medium: i32);
story!(an_i64_follows_null: Large, large: i64);

/// `IS NULL` and `= ?` are two statements, and neither is taken for the other.
#[test]
fn null_and_a_number_are_told_apart_on_one_connection() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let null = Large::load(conn);
    let mut mine = null.clone();
    for version in 1..4 {
        mine.touch_checked(conn).unwrap();
        mine.name = format!("saved at {version}");
        assert_eq!(Large::load(conn).large, mine.large);
        expect::modified(
            null.clone().touch_checked(conn),
            OLD,
            "NULL",
            2 * version - 1,
        );
        mine.save_checked(conn).unwrap();
        assert_eq!(Large::load(conn), mine);
        expect::modified(null.clone().save_checked(conn), OLD, "NULL", 2 * version);
        expect::modified(null.delete_checked(conn), OLD, "NULL", 2 * version);
    }
    mine.delete_checked(conn).unwrap();
    let mut other = Large { id: 2, ..null };
    other.save_checked(conn).unwrap();
    other.delete_checked(conn).unwrap();
}

#[test]
fn rows_from_before_and_after_are_saved_in_one_batch() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut both: Vec<Large> = old::table
        .order(old::id)
        .select(Large::as_select())
        .load(conn)
        .unwrap();
    both[0].save_checked(conn).unwrap();
    both.save_all_checked(conn).unwrap();
    assert_eq!((both[0].large, both[1].large), (Some(2), Some(1)));

    both[1].large = None;
    let error = both.save_all_checked(conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conflict in 1 of 2 rows, so the batch was given up: \
         old 2 was changed: expected version NULL, found 1"
    );
    assert_eq!((both[0].large, both[1].large), (Some(2), None));
    both[1].large = Some(1);
    both.delete_all_checked(conn).unwrap();
}

#[test]
fn a_row_from_before_can_be_locked_touched_and_forced() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut mine = Large::load(conn);
    transaction(conn, &mut mine, |conn, mine| {
        mine.lock_checked(conn)?;
        mine.touch_checked(conn)
    })
    .unwrap();
    assert_eq!(mine.large, Some(1));

    let scratch = self::scratch();
    let conn = &mut scratch.connect();
    let mut mine = Large::load(conn);
    mine.force_save(conn).unwrap();
    assert_eq!(mine.large, Some(1));
    assert_eq!(Large::load(conn), mine);
}

#[test]
fn the_last_version_is_followed_neither_by_null_nor_by_anything_else() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let last = Some(i16::MAX);
    diesel::update(old::table.find(1))
        .set(old::small.eq(Some(i16::MAX - 1)))
        .execute(conn)
        .unwrap();
    expect_last_version(Small::load(conn), OLD, last, conn);
    assert_eq!(Small::load(conn).small, last);
}

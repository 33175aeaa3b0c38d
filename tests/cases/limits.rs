//! The last version of a column, and a key that names two rows.

use crate::helpers::expect::{self, Row};
use crate::helpers::last_version::expect_last_version;
use crate::helpers::people::changed_my_mind;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Error, Found};
use optlock_tests::models::Twin;
use optlock_tests::schema::{twins, widths};
use std::fmt::Debug;

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = widths)]
struct Small {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    small: i16,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = widths)]
struct Medium {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    medium: i32,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = widths)]
struct Large {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    large: i64,
}

#[test]
fn a_version_is_used_up_to_its_maximum_and_never_wraps() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (small, medium, large) = (i16::MAX - 1, i32::MAX - 1, i64::MAX - 1);
    diesel::insert_into(widths::table)
        .values((
            widths::id.eq(1),
            widths::name.eq("none"),
            widths::small.eq(small),
            widths::medium.eq(medium),
            widths::large.eq(large),
        ))
        .execute(conn)
        .unwrap();
    let row = ("widths", "1");
    expect_last_version(
        Small {
            id: 1,
            name: "small",
            small,
        },
        row,
        i16::MAX,
        conn,
    );
    expect_last_version(
        Medium {
            id: 1,
            name: "medium",
            medium,
        },
        row,
        i32::MAX,
        conn,
    );
    expect_last_version(
        Large {
            id: 1,
            name: "large",
            large,
        },
        row,
        i64::MAX,
        conn,
    );
    assert_eq!(
        widths::table.first(conn),
        Ok((1, "large".to_owned(), i16::MAX, i32::MAX, i64::MAX))
    );
}

const TWIN: Row = ("twins", "1");

/// Two rows with the key 1 and the version 1.
fn insert_twins(conn: &mut Conn) -> Twin {
    let twin = (twins::id.eq(1), twins::name.eq("twin"));
    diesel::insert_into(twins::table)
        .values([twin, twin])
        .execute(conn)
        .unwrap();
    Twin {
        id: 1,
        name: "changed".into(),
        version: 1,
    }
}

fn expect_two_rows(result: Result<(), Error>) {
    let error = result.unwrap_err();
    let message = "matched 2 rows: the model's primary key is not unique";
    expect::says(&error, TWIN, message);
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    let Error::KeyNotUnique {
        table, key, rows, ..
    } = error
    else {
        panic!("unique: {error:?}");
    };
    assert_eq!(((table, key.as_str()), rows), (TWIN, 2));
}

#[test]
fn a_write_that_hits_two_rows_is_an_error() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut twin = insert_twins(conn);
    let before = twin.clone();
    expect_two_rows(twin.save_checked(conn));
    assert_eq!(twin, before);
    // The error comes too late for the rows.
    let versions = twins::table.select(twins::version);
    assert_eq!(versions.load::<i64>(conn), Ok(vec![2, 2]));
    twin.version = 2;
    expect_two_rows(twin.delete_checked(conn));
    assert_eq!(versions.load::<i64>(conn), Ok(vec![]));
}

#[test]
fn in_a_transaction_a_write_that_hits_two_rows_can_be_undone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut twin = insert_twins(conn);
    let before = twin.clone();
    let result = transaction(conn, &mut twin, |conn, twin| {
        expect_two_rows(twin.save_checked(conn));
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(twin, before);
    assert_eq!(
        twins::table.select(twins::version).load::<i64>(conn),
        Ok(vec![1, 1])
    );
}

#[test]
fn a_batch_that_hits_two_rows_with_one_key_writes_none() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let twin = insert_twins(conn);
    let mut twins = [twin.clone()];
    expect_two_rows(twins.save_all_checked(conn));
    expect_two_rows(twins.delete_all_checked(conn));
    assert_eq!(twins, [twin]);
    assert_eq!(
        twins::table.select(twins::version).load::<i64>(conn),
        Ok(vec![1, 1])
    );
}

/// Both rows of Tom's key are written, and Ada's, which another client has changed, is not: two rows of
/// two, by accident.
#[test]
fn a_batch_does_not_take_a_row_for_another_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let tom = insert_twins(conn);
    let ada = Twin {
        id: 2,
        name: "Ada".into(),
        version: 1,
    };
    let columns = (
        twins::id.eq(2),
        twins::name.eq("Ada"),
        twins::version.eq(7_i64),
    );
    diesel::insert_into(twins::table)
        .values(columns)
        .execute(conn)
        .unwrap();
    for mut both in [[tom.clone(), ada.clone()], [ada.clone(), tom.clone()]] {
        let before = both.clone();
        let results = [both.save_all_checked(conn), both.delete_all_checked(conn)];
        for result in results {
            match result.unwrap_err() {
                Error::BatchConflict(conflict) => {
                    let [(_, ada)] = conflict.conflicts() else {
                        panic!("{conflict:?}")
                    };
                    let found = Found::Modified { version: 7.into() };
                    assert_eq!((ada.key(), ada.found()), ("2", &found));
                }
                error => expect_two_rows(Err(error)),
            }
        }
        assert_eq!(both, before);
        let versions = twins::table.order(twins::id).select(twins::version);
        assert_eq!(versions.load::<i64>(conn), Ok(vec![1, 1, 7]));
    }
}

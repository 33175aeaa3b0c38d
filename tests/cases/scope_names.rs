//! Scopes in a batch that are one to the database, and two in Rust.

use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, SQL, Scratch};
use optlock::{Error, Found};
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;

diesel::table! {
    letters {
        id -> Integer,
        tenant -> Text,
        title -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = letters)]
struct Letter {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: String,
    title: String,
    version: i64,
}

fn letter(id: i32, tenant: &str, version: i64) -> Letter {
    Letter {
        id,
        tenant: tenant.into(),
        title: format!("of {tenant}"),
        version,
    }
}

/// The key is an integer, of which optlock knows that no two are one.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    if let Some(before) = SQL.before_caseless {
        conn.batch_execute(before).unwrap();
    }
    let column = SQL.caseless;
    conn.batch_execute(&format!(
        "CREATE TABLE letters (id INTEGER NOT NULL, tenant {column} NOT NULL, title VARCHAR(50) NOT NULL, \
         version BIGINT NOT NULL, PRIMARY KEY (tenant, id))"
    ))
    .unwrap();
    diesel::insert_into(letters::table)
        .values([
            letter(1, "acme", 1),
            letter(2, "acme", 1),
            letter(1, "bell", 1),
        ])
        .execute(conn)
        .unwrap();
    scratch
}

fn stored(conn: &mut Conn) -> Vec<Letter> {
    let rows = letters::table.order((letters::id, letters::tenant));
    rows.load(conn).unwrap()
}

/// Saves and deletes these among other rows, of which nothing may come.
fn expect_nothing_written<C>(
    two: [Letter; 2],
    conn: &mut C,
    other: &mut Conn,
    expect: impl Fn(Error, &[Letter]),
) where
    C: Connection,
    Letter: methods::SaveAll<C> + methods::DeleteAll<C>,
{
    let before = stored(other);
    let [first, second] = two;
    let mut mine = [first, letter(2, "acme", 1), letter(1, "bell", 1), second];
    for row in &mut mine {
        row.title = "mine".into();
    }
    let memory = mine.clone();
    expect(
        methods::SaveAll::save_all_checked(&mut mine, conn).unwrap_err(),
        &mine,
    );
    expect(
        methods::DeleteAll::delete_all_checked(&mine, conn).unwrap_err(),
        &mine,
    );
    assert_eq!(mine, memory);
    assert_eq!(stored(other), before);
}

/// One of them waits for the version that the other makes.
fn expect_conflict<C>(conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Letter: methods::SaveAll<C> + methods::DeleteAll<C>,
{
    let (fresh, stale) = (letter(1, "acme", 1), letter(1, "ACME", 2));
    for two in [[fresh.clone(), stale.clone()], [stale, fresh]] {
        expect_nothing_written(two, conn, other, |error, mine| {
            let Error::BatchConflict(conflict) = &error else {
                panic!("not a conflict: {error:?}")
            };
            let [(index, stale)] = conflict.conflicts() else {
                panic!("{conflict:?}")
            };
            assert_eq!(mine[*index].tenant, "ACME");
            let found = Found::Older { version: 1.into() };
            assert_eq!((stale.expected(), stale.found()), (Some(&2.into()), &found));
        });
    }
}

/// Both are as the row is.
fn expect_twice<C>(conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Letter: methods::SaveAll<C> + methods::DeleteAll<C>,
{
    let two = [letter(1, "acme", 1), letter(1, "ACME", 1)];
    expect_nothing_written(two, conn, other, |error, _| {
        let Error::DuplicateKey { table, key, .. } = &error else {
            panic!("not twice: {error:?}")
        };
        assert_eq!((*table, key.as_str()), ("letters", "1"));
    });
}

#[test]
fn the_one_does_not_make_the_version_of_the_other() {
    let scratch = scratch();
    expect_conflict(&mut scratch.connect(), &mut scratch.connect());
}

#[test]
fn they_are_a_key_that_is_in_the_batch_twice() {
    let scratch = scratch();
    expect_twice(&mut scratch.connect(), &mut scratch.connect());
}

#[test]
fn on_an_enum_of_connections_too() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = scratch();
    let conn = &mut AnyConnection::from(scratch.connect());
    let other = &mut scratch.connect();
    expect_conflict(conn, other);
    expect_twice(conn, other);
}

/// Two batches that lock the rows of one tenant before those of the other never wait for each other.
#[test]
fn tenants_are_locked_in_one_order_whatever_that_of_the_batch_is() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let tenants = ["acme", "bell", "cox", "dow", "eve"];
    let mut locks = |rows: Vec<Letter>| {
        let mut rows = rows;
        rows.save_all_checked(conn).unwrap_err();
        let mut sent = watch.take_sent();
        sent.retain(|sql| sql.contains("FOR UPDATE") || sql.contains("FOR NO KEY UPDATE"));
        sent
    };
    let rows: Vec<_> = tenants.map(|tenant| letter(1, tenant, 1)).to_vec();
    let reversed = rows.iter().rev().cloned().collect();
    assert_eq!(locks(rows), locks(reversed));
}

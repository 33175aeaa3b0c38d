//! Keys of a batch that are one to the database, and two in Rust.

use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, SQL, Scratch};
use optlock::{Error, Found};
use optlock_tests::capabilities::require;

diesel::table! {
    nicknames (nickname) {
        nickname -> Text,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = nicknames, primary_key(nickname))]
struct Nickname {
    nickname: String,
    name: String,
    version: i64,
}

fn nickname(nickname: &str, version: i64) -> Nickname {
    Nickname {
        nickname: nickname.into(),
        name: nickname.into(),
        version,
    }
}

/// More than a statement of MariaDB writes.
fn others() -> Vec<Nickname> {
    (0..600)
        .map(|nth| nickname(&format!("n{nth}"), 1))
        .collect()
}

/// Amy and the others, and the connections.
fn connect(scratch: &Scratch) -> (Conn, Conn) {
    let (mut conn, other) = (scratch.connect(), scratch.connect());
    if let Some(before) = SQL.before_caseless {
        conn.batch_execute(before).unwrap();
    }
    let column = SQL.caseless;
    conn.batch_execute(&format!(
        "CREATE TABLE nicknames (nickname {column} NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, \
         version BIGINT NOT NULL)"
    ))
    .unwrap();
    diesel::insert_into(nicknames::table)
        .values([others(), vec![nickname("amy", 1)]].concat())
        .execute(&mut conn)
        .unwrap();
    (conn, other)
}

fn stored(conn: &mut Conn) -> Vec<Nickname> {
    nicknames::table
        .order((nicknames::name, nicknames::version))
        .load(conn)
        .unwrap()
}

/// Saves and deletes with these two among other rows, or alone, of which nothing may come.
fn expect_nothing_written<C>(
    two: [Nickname; 2],
    conn: &mut C,
    other: &mut Conn,
    expect: impl Fn(Error, &[Nickname]),
) where
    C: Connection,
    Nickname: methods::SaveAll<C> + methods::DeleteAll<C>,
{
    let before = stored(other);
    let [first, second] = two;
    let [mut alone, mut among] = [Vec::new(), others()]
        .map(|others| [vec![first.clone()], others, vec![second.clone()]].concat());
    for mine in [&mut alone, &mut among] {
        for row in &mut *mine {
            row.name = "mine".into();
        }
        let memory = mine.clone();
        expect(
            methods::SaveAll::save_all_checked(mine, conn).unwrap_err(),
            mine,
        );
        expect(
            methods::DeleteAll::delete_all_checked(mine, conn).unwrap_err(),
            mine,
        );
        assert_eq!(*mine, memory);
        assert_eq!(stored(other), before);
    }
}

/// One of them waits for the version that the other makes.
fn expect_conflict<C>(conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Nickname: methods::SaveAll<C> + methods::DeleteAll<C>,
{
    let (fresh, stale) = (nickname("amy", 1), nickname("AMY", 2));
    for two in [[fresh.clone(), stale.clone()], [stale, fresh]] {
        expect_nothing_written(two, conn, other, |error, mine| {
            let Error::BatchConflict(conflict) = &error else {
                panic!("not a conflict: {error:?}")
            };
            let [(index, stale)] = conflict.conflicts() else {
                panic!("{conflict:?}")
            };
            assert_eq!(mine[*index].nickname, "AMY");
            assert_eq!(
                (stale.key(), stale.expected()),
                ("\"AMY\"", Some(&2.into()))
            );
            let found = Found::Older { version: 1.into() };
            assert_eq!(*stale.found(), found);
        });
    }
}

/// Both are as the row is.
fn expect_twice<C>(conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Nickname: methods::SaveAll<C> + methods::DeleteAll<C>,
{
    let two = [nickname("amy", 1), nickname("AMY", 1)];
    expect_nothing_written(two, conn, other, |error, _| {
        let Error::DuplicateKey { table, key, .. } = &error else {
            panic!("not twice: {error:?}")
        };
        assert_eq!(*table, "nicknames");
        assert!(["\"amy\"", "\"AMY\""].contains(&key.as_str()), "{key}");
    });
}

#[test]
fn the_one_does_not_make_the_version_of_the_other() {
    let scratch = Scratch::new();
    let (conn, other) = &mut connect(&scratch);
    expect_conflict(conn, other);
}

#[test]
fn they_are_a_key_that_is_in_the_batch_twice() {
    let scratch = Scratch::new();
    let (conn, other) = &mut connect(&scratch);
    expect_twice(conn, other);
}

#[test]
fn on_an_enum_of_connections_too() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, mut other) = connect(&scratch);
    let conn = &mut AnyConnection::from(conn);
    expect_conflict(conn, &mut other);
    expect_twice(conn, &mut other);
}

#[test]
fn each_is_found_by_whatever_it_is_called() {
    let scratch = Scratch::new();
    let (conn, other) = &mut connect(&scratch);
    let mut mine = [nickname("AMY", 1), nickname("N7", 1)];
    mine.save_all_checked(conn).unwrap();
    let versions = nicknames::table
        .filter(nicknames::version.eq(2))
        .order(nicknames::nickname)
        .select(nicknames::nickname);
    assert_eq!(versions.load::<String>(other).unwrap(), ["amy", "n7"]);
    mine.delete_all_checked(conn).unwrap();
    assert_eq!(versions.load::<String>(other).unwrap(), [""; 0]);
}

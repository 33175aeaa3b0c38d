//! Types of MariaDB and MySQL.

use crate::Scratch;
use crate::cases::batch_types::expect_same;
use bigdecimal::BigDecimal;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;
use std::str::FromStr as _;

diesel::table! {
    things (name) {
        name -> Text,
        amount -> Decimal,
        maybe_amount -> Nullable<Decimal>,
        tiny -> TinyInt,
        count -> Unsigned<BigInt>,
        maybe_count -> Nullable<Unsigned<Integer>>,
        colour -> Text,
        flags -> Nullable<Text>,
        document -> Nullable<Json>,
        code -> Binary,
        version -> Unsigned<BigInt>,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = things, primary_key(name), treat_none_as_null = true)]
struct Thing {
    name: String,
    amount: BigDecimal,
    maybe_amount: Option<BigDecimal>,
    tiny: i8,
    count: u64,
    maybe_count: Option<u32>,
    colour: String,
    flags: Option<String>,
    document: Option<serde_json::Value>,
    code: Vec<u8>,
    version: u64,
}

#[test]
fn decimals_unsigned_numbers_enums_sets_and_json() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE things (name VARCHAR(20) PRIMARY KEY, amount DECIMAL(65, 30) NOT NULL, maybe_amount DECIMAL(20, 2), tiny TINYINT NOT NULL,
             count BIGINT UNSIGNED NOT NULL, maybe_count INTEGER UNSIGNED, colour ENUM('red', 'blue') NOT NULL, flags SET('a', 'b', 'c'),
             document JSON, code BINARY(4) NOT NULL, version BIGINT UNSIGNED NOT NULL)",
    )
    .unwrap();
    let thing = |id: i64| {
        let odd = id % 2 == 1;
        let number = if odd {
            "12345678901234567890123456789012345.000000000000000000000000000001"
        } else {
            "-0.000000000000000000000000000009"
        };
        Thing {
            name: format!("thing {id:04}"),
            amount: BigDecimal::from_str(number).unwrap(),
            maybe_amount: odd.then(|| BigDecimal::new((id * 1_234_567_890).into(), 2)),
            tiny: if odd { i8::MIN } else { i8::MAX },
            count: if odd { u64::MAX } else { 0 },
            maybe_count: (!odd).then_some(u32::MAX),
            colour: if odd { "red" } else { "blue" }.into(),
            flags: (id % 3 != 0).then(|| if odd { "a,c" } else { "" }.into()),
            document: odd.then(|| serde_json::json!({ "id": id, "quotes": "'\"\\" })),
            code: vec![0, 255, 0x80, u8::try_from(id).unwrap()],
            version: u64::MAX - 10,
        }
    };
    let mut things: Vec<_> = (1..=150).map(thing).collect();
    diesel::insert_into(things::table)
        .values(&things)
        .execute(conn)
        .unwrap();
    for (thing, other) in things.clone().iter().zip(things.iter_mut().rev()) {
        *other = Thing {
            name: other.name.clone(),
            ..thing.clone()
        };
    }
    expect_same(&things, conn, |conn| {
        things::table
            .order(things::name)
            .select(Thing::as_select())
            .load(conn)
            .unwrap()
    });
}

diesel::table! {
    people (name) {
        name -> Text,
        age -> Integer,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = people, primary_key(name))]
struct Person {
    name: String,
    age: i32,
    version: i64,
}

/// Two keys that are one to the database, but not to Rust: the batch cannot be told to be wrong
/// before it is sent, but nothing of it stays.
#[test]
fn two_keys_that_are_equal_in_sql_are_no_batch() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE people (name VARCHAR(20) PRIMARY KEY, age INTEGER NOT NULL, version BIGINT NOT NULL) COLLATE utf8mb4_general_ci;
         INSERT INTO people VALUES ('Amy', 1, 1), ('Bob', 2, 1)",
    )
    .unwrap();
    let person = |name: &str, age| Person {
        name: name.into(),
        age,
        version: 1,
    };
    let mut twice = [person("amy", 10), person("AMY", 20), person("bob", 30)];
    let before = twice.clone();
    let error = twice.save_all_checked(conn).unwrap_err();
    let optlock::Error::DuplicateKey { table, key, .. } = &error else {
        panic!("not twice: {error:?}")
    };
    assert_eq!((*table, key.as_str()), ("people", "\"AMY\""));
    assert_eq!(twice, before);
    let stored = people::table.order(people::name).load::<Person>(conn);
    assert_eq!(stored, Ok(vec![person("Amy", 1), person("Bob", 2)]));
    twice[1..].save_all_checked(conn).unwrap();
    let ages = people::table.order(people::name).select(people::age);
    assert_eq!(ages.load(conn), Ok(vec![20, 30]));
}

/// A transaction that began to read before the others wrote sees what they have written all the
/// same.
#[test]
fn in_an_old_snapshot_a_batch_finds_what_it_missed() {
    use crate::cases::people::{delete, rename, stored};
    use optlock::Found;
    use optlock_tests::models::Contact;

    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.transaction::<_, optlock::Error, _>(|conn| {
        let mut all = [stored(1, conn), stored(2, conn)];
        rename(1, "Anna", other);
        delete(2, other);
        assert_eq!(stored(1, conn), Contact::ann());
        let error = all.save_all_checked(conn).unwrap_err();
        let optlock::Error::BatchConflict(conflict) = error else {
            panic!("{error:?}")
        };
        let found: Vec<_> = conflict
            .conflicts()
            .iter()
            .map(|(index, conflict)| (*index, conflict.found().clone()))
            .collect();
        let version = "2".to_owned();
        assert_eq!(
            found,
            [(0, Found::Modified { version }), (1, Found::Missing)]
        );
        Ok(())
    })
    .unwrap();
}

//! Types of MariaDB and MySQL.

use crate::Scratch;
use crate::helpers::same::expect_same;
use crate::prelude::*;
use bigdecimal::BigDecimal;
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

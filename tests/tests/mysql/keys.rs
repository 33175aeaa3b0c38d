//! Keys of a batch on MariaDB and MySQL: what a list of rows takes for equal, and which rows it locks.

use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;

diesel::table! {
    keyed (k) {
        k -> Text,
        v -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = keyed, primary_key(k), treat_none_as_null = true)]
struct Keyed {
    k: String,
    v: Option<String>,
    version: i64,
}

diesel::table! {
    paired (a, b) {
        a -> Text,
        b -> Integer,
        v -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = paired, primary_key(a, b), treat_none_as_null = true)]
struct Paired {
    a: String,
    b: i32,
    v: Option<String>,
    version: i64,
}

fn row(k: &str) -> Keyed {
    Keyed {
        k: k.to_owned(),
        v: None,
        version: 1,
    }
}

/// The rows are as they are in memory, and those of others as they were.
fn expect_all_saved(mut mine: Vec<Keyed>, others: &[Keyed], conn: &mut Conn) {
    for rows in [&mine[..], others] {
        diesel::insert_into(keyed::table)
            .values(rows)
            .execute(conn)
            .unwrap();
    }
    for row in &mut mine {
        row.v = Some(format!("of {}", row.k));
    }
    mine.save_all_checked(conn).unwrap();
    let by_key = |rows: &mut Vec<Keyed>| rows.sort_by(|a, b| a.k.cmp(&b.k));
    let mut stored: Vec<Keyed> = keyed::table.load(conn).unwrap();
    let mut expected = [&mine[..], others].concat();
    by_key(&mut stored);
    by_key(&mut expected);
    assert_eq!(stored, expected);
    mine.delete_all_checked(conn).unwrap();
    let mut left: Vec<Keyed> = keyed::table.load(conn).unwrap();
    by_key(&mut left);
    assert_eq!(left, others);
}

/// In `(k, version) IN ((?, ?), ..)` MariaDB takes the bytes of a parameter as they are: 'é' in UTF-8
/// is 'Ã©' in latin1.
#[test]
fn a_key_in_another_character_set_is_the_key_that_was_meant() {
    for character_set in ["latin1", "ucs2", "utf8mb3", "utf8mb4"] {
        // A few rows are looked up, and of many the table is read.
        for rows in [2, 50] {
            let scratch = Scratch::new();
            let conn = &mut scratch.connect();
            conn.batch_execute(&format!(
                "CREATE TABLE keyed (k VARCHAR(20) CHARACTER SET {character_set} PRIMARY KEY, \
                 v VARCHAR(100), version BIGINT NOT NULL);
                 SET sql_mode = ''"
            ))
            .unwrap();
            let mine = (1..rows).map(|nth| row(&format!("k{nth}")));
            expect_all_saved(mine.chain([row("é")]).collect(), &[row("Ã©")], conn);
        }
    }
}

#[test]
fn neither_is_a_part_of_a_composite_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE paired (a VARCHAR(20) CHARACTER SET latin1, b INTEGER, v VARCHAR(100), \
         version BIGINT NOT NULL, PRIMARY KEY (a, b))",
    )
    .unwrap();
    let row = |a: &str, b| Paired {
        a: a.to_owned(),
        b,
        v: None,
        version: 1,
    };
    let other = row("Ã©", 1);
    let mut mine: Vec<_> = (1..600).map(|b| row("é", b)).collect();
    for rows in [&mine[..], std::slice::from_ref(&other)] {
        diesel::insert_into(paired::table)
            .values(rows)
            .execute(conn)
            .unwrap();
    }
    for row in &mut mine {
        row.v = Some(row.b.to_string());
    }
    mine.save_all_checked(conn).unwrap();
    let stored = paired::table.filter(paired::a.eq("é")).order(paired::b);
    assert_eq!(stored.load::<Paired>(conn).unwrap(), mine);
    assert_eq!(paired::table.find(("Ã©", 1)).first(conn), Ok(other));
    mine.delete_all_checked(conn).unwrap();
    assert_eq!(paired::table.count().get_result(conn), Ok(1_i64));
}

/// A list of them would find, and so lock, no row at all.
#[test]
fn of_such_keys_those_rows_are_locked_and_no_others() {
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute(
        "CREATE TABLE paired (a VARCHAR(20) CHARACTER SET latin1, b INTEGER, v VARCHAR(100), \
         version BIGINT NOT NULL, PRIMARY KEY (a, b));
         SET innodb_lock_wait_timeout = 0",
    )
    .unwrap();
    let rows: Vec<_> = (1..=10_000)
        .map(|b| Paired {
            a: "é".into(),
            b,
            v: None,
            version: 1,
        })
        .collect();
    for rows in rows.chunks(5_000) {
        diesel::insert_into(paired::table)
            .values(rows)
            .execute(conn)
            .unwrap();
    }
    holder.begin_test_transaction().unwrap();
    let held = paired::table.find(("é", 9_000)).for_update();
    held.select(paired::b).execute(holder).unwrap();
    let watch = Watch::on(conn);
    let mut rest = rows;
    for some in [1, 2, 300] {
        let after = rest.split_off(some);
        rest.save_all_checked(conn)
            .unwrap_or_else(|error| panic!("{some} rows: {error}"));
        rest = after;
        let sent = watch.take_sent();
        let lock = sent
            .iter()
            .find(|sql| sql.starts_with("SELECT COUNT"))
            .unwrap();
        assert!(
            lock.contains("(`paired`.`a` = ? AND `paired`.`b` = ?)"),
            "{lock}"
        );
    }
}

/// `CASE k WHEN ?` compares them as floats, `k = ?` as decimals.
#[test]
fn a_text_for_a_decimal_key_is_compared_exactly() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE keyed (k DECIMAL(30, 0) PRIMARY KEY, v VARCHAR(100), version BIGINT NOT NULL)",
    )
    .unwrap();
    let mine = (0..4).map(|nth| row(&((1_i64 << 60) + nth).to_string()));
    expect_all_saved(mine.collect(), &[], conn);
}

/// A list of one row, `(id, version) IN ((?, ?))`, would make MariaDB read, and so lock, the whole
/// table: alone as well as in the last statement of a batch.
#[test]
fn no_other_rows_are_locked() {
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    let people: Vec<_> = (10..20_000)
        .map(|id| Contact {
            id,
            ..Contact::bob()
        })
        .collect();
    for people in people.chunks(5_000) {
        diesel::insert_into(contacts::table)
            .values(people)
            .execute(conn)
            .unwrap();
    }
    conn.batch_execute("SET innodb_lock_wait_timeout = 0")
        .unwrap();
    holder.begin_test_transaction().unwrap();
    let held = contacts::table.find(15_000).for_update();
    held.select(contacts::id).execute(holder).unwrap();
    for rows in [1, 2, 257, 501, 600, 1_025] {
        let mut some = people[..rows].to_vec();
        for contact in &mut some {
            contact.version = contacts::table
                .find(contact.id)
                .select(contacts::version)
                .first(conn)
                .unwrap();
        }
        some.save_all_checked(conn)
            .unwrap_or_else(|error| panic!("{rows} rows: {error}"));
    }
    // From the end of the table, no row twice.
    let mut end = people.len();
    for rows in [1, 2, 501, 1_025] {
        people[end - rows..end]
            .delete_all_checked(conn)
            .unwrap_or_else(|error| panic!("{rows} rows: {error}"));
        end -= rows;
    }
}

/// `mysql --safe-updates` sets such a limit, and so may a program for the statements of its own.
#[test]
fn a_limit_that_the_session_has_set_does_not_count() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let rows: Vec<_> = (101..=1300)
        .map(|id| Contact {
            id,
            ..Contact::ann()
        })
        .collect();
    diesel::insert_into(contacts::table)
        .values(&rows)
        .execute(conn)
        .unwrap();
    let mut mine = rows.clone();
    conn.batch_execute("SET sql_select_limit = 10").unwrap();
    mine.save_all_checked(conn).unwrap();
    assert!(mine.iter().all(|contact| contact.version == 2));

    // The rows that were missed are found too.
    let mut stale = rows;
    let Err(optlock::Error::BatchConflict(conflict)) = stale.save_all_checked(conn) else {
        panic!("each row is at version 2")
    };
    assert_eq!(conflict.conflicts().len(), 1200);
    mine.delete_all_checked(conn).unwrap();
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

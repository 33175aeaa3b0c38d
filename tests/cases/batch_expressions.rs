//! A batch of values whose type is more than a bind to Diesel: the database calculates what is stored.

use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::AsExprOf;
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use optlock::{Error, Found};
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;

#[diesel::declare_sql_function]
extern "SQL" {
    fn trim(text: Text) -> Text;
}

/// A text that the database stores without the spaces around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, FromSqlRow)]
struct Trimmed(String);

impl AsExpression<Text> for Trimmed {
    type Expression = trim<AsExprOf<String, Text>>;

    fn as_expression(self) -> Self::Expression {
        trim(self.0)
    }
}

impl<'a> AsExpression<Text> for &'a Trimmed {
    type Expression = trim<AsExprOf<&'a str, Text>>;

    fn as_expression(self) -> Self::Expression {
        trim(self.0.as_str())
    }
}

/// As it is, with its spaces.
impl<DB> ToSql<Text, DB> for Trimmed
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Trimmed
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(value).map(Self)
    }
}

diesel::table! {
    entries (word) {
        word -> Text,
        meaning -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = entries, primary_key(word))]
struct Entry {
    word: String,
    meaning: Trimmed,
    version: i64,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = entries, primary_key(word))]
struct Keyed {
    word: Trimmed,
    meaning: String,
    version: i64,
}

fn insert(conn: &mut Conn) {
    conn.batch_execute(
        "CREATE TABLE entries (word VARCHAR(20) NOT NULL PRIMARY KEY, meaning VARCHAR(20) NOT NULL, \
         version BIGINT NOT NULL);
         INSERT INTO entries VALUES ('a', '-', 1), ('b', '-', 1)",
    )
    .unwrap();
}

fn stored(conn: &mut Conn) -> Vec<(String, String, i64)> {
    entries::table.order(entries::word).load(conn).unwrap()
}

fn row(word: &str, meaning: &str, version: i64) -> (String, String, i64) {
    (word.into(), meaning.into(), version)
}

fn entry(word: &str) -> Entry {
    Entry {
        word: word.into(),
        meaning: Trimmed("  new  ".into()),
        version: 1,
    }
}

fn keyed(word: &str) -> Keyed {
    Keyed {
        word: Trimmed(format!("  {word}  ")),
        meaning: "new".into(),
        version: 1,
    }
}

#[test]
fn what_is_stored_is_calculated_as_by_a_single_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    [entry("a"), entry("b")].save_all_checked(conn).unwrap();
    assert_eq!(stored(conn), [row("a", "new", 2), row("b", "new", 2)]);
}

#[test]
fn a_key_finds_the_row_that_a_single_save_finds() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut both = [keyed("b"), keyed("a")];
    let watch = Watch::on(conn);
    both.save_all_checked(conn).unwrap();
    // The rows are locked by it too.
    let sent = watch.take_sent();
    let locks = sent.iter().filter(|sql| sql.starts_with("SELECT 1 FROM"));
    let locks = locks.map(|sql| sql.matches("trim(").count());
    let expected: &[usize] = if CAPABILITIES.locks_rows.is_there() {
        &[2]
    } else {
        &[]
    };
    assert_eq!(locks.collect::<Vec<_>>(), expected, "{sent:?}");
    assert_eq!(stored(conn), [row("a", "new", 2), row("b", "new", 2)]);

    both[1].version = 1;
    let Err(Error::BatchConflict(conflict)) = both.delete_all_checked(conn) else {
        panic!("the version of a is 2")
    };
    let [(1, a)] = conflict.conflicts() else {
        panic!("{conflict:?}")
    };
    let found = Found::Modified { version: 2.into() };
    assert_eq!(*a.found(), found);
    both[1].version = 2;
    both.delete_all_checked(conn).unwrap();
    assert_eq!(stored(conn), []);
}

#[test]
fn two_that_are_calculated_to_be_one_key_are_a_key_twice() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut twice = [keyed("a"), keyed(" a")];
    let error = twice.save_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::DuplicateKey { .. }), "{error:?}");
    twice[1].version = 2;
    let error = twice.save_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::BatchConflict(_)), "{error:?}");
    assert_eq!(stored(conn), [row("a", "-", 1), row("b", "-", 1)]);
}

#[test]
fn on_an_enum_of_connections_too() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (scratch.connect(), &mut scratch.connect());
    insert(other);
    let conn = &mut AnyConnection::from(conn);
    [entry("a"), entry("b")].save_all_checked(conn).unwrap();
    assert_eq!(stored(other), [row("a", "new", 2), row("b", "new", 2)]);
    let both = [keyed("a"), keyed("b")].map(|keyed| Keyed {
        version: 2,
        ..keyed
    });
    both.delete_all_checked(conn).unwrap();
    assert_eq!(stored(other), []);
}

//! A batch in which there is nothing to send for some of the rows.

use crate::helpers::expect;
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock_tests::capabilities::require;
use optlock_tests::schema::wide;

/// What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, AsChangeset)]
#[diesel(table_name = wide, treat_none_as_null = false)]
struct Letters {
    a: Option<String>,
    b: Option<String>,
}

/// Only its changeset knows whether there is anything to save.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = wide)]
struct Letter {
    id: i32,
    #[diesel(embed)]
    letters: Letters,
    version: i64,
}

fn letter(id: i32, a: Option<&str>) -> Letter {
    Letter {
        id,
        letters: Letters {
            a: a.map(str::to_owned),
            b: None,
        },
        version: 1,
    }
}

fn insert(conn: &mut Conn) {
    let row = |id: i32| (wide::id.eq(id), wide::a.eq("a"));
    diesel::insert_into(wide::table)
        .values([row(1), row(2), row(3)])
        .execute(conn)
        .unwrap();
}

/// The letter and the version of each row.
fn stored(conn: &mut Conn) -> Vec<(Option<String>, i64)> {
    let rows = wide::table.order(wide::id).select((wide::a, wide::version));
    rows.load(conn).unwrap()
}

/// Of three rows the second has nothing to save.
fn expect_second_is_where_it_was<C>(conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Letter: methods::SaveAll<C> + methods::SaveEach<C> + methods::Save<C>,
    for<'m> [Letter]: VersionedSliceDsl<Letter, C>,
{
    let mut mine = [letter(1, Some("A")), letter(2, None), letter(3, Some("C"))];
    mine.save_all_checked(conn).unwrap();
    assert_eq!(mine.each_ref().map(|letter| letter.version), [2, 1, 2]);

    conn.transaction::<_, Error, _>(|conn| {
        let saved: Result<(), _> = mine.save_each_checked(conn).into_iter().collect();
        saved
    })
    .unwrap();
    assert_eq!(mine.each_ref().map(|letter| letter.version), [3, 1, 3]);
    let text = |text: &str| Some(text.to_owned());
    let rows = [(text("A"), 3), (text("a"), 1), (text("C"), 3)];
    assert_eq!(stored(other), rows);

    // Nothing at all, which is as well where the row is gone.
    let mut nothing = [letter(2, None), letter(9, None)];
    nothing.save_all_checked(conn).unwrap();
    assert_eq!(nothing, [letter(2, None), letter(9, None)]);

    // So what another client saves now is not overwritten.
    let mut theirs = letter(2, Some("theirs"));
    VersionedDsl::<Conn>::save_checked(&mut theirs, other).unwrap();
    mine[1].letters.a = text("mine");
    let row = ("wide", "2");
    expect::modified(methods::Save::save_checked(&mut mine[1], conn), row, 1, 2);
}

#[test]
fn memory_stays_at_the_version_of_a_row_for_which_nothing_is_sent() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    insert(other);
    expect_second_is_where_it_was(conn, other);
}

#[test]
fn on_an_enum_of_connections_too() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (scratch.connect(), &mut scratch.connect());
    insert(other);
    expect_second_is_where_it_was(&mut AnyConnection::from(conn), other);
}

/// A conflict in another row leaves it alone as well.
#[test]
fn a_conflict_names_the_row_that_was_sent() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = [letter(2, None), letter(9, Some("gone"))];
    let before = mine.clone();
    let Err(Error::BatchConflict(conflict)) = mine.save_all_checked(conn) else {
        panic!("there is no row 9")
    };
    let [(1, nine)] = conflict.conflicts() else {
        panic!("{conflict:?}")
    };
    assert_eq!((nine.key(), nine.found()), ("9", &optlock::Found::Missing));
    assert_eq!(mine, before);
}

/// By a key that is a text, of which the version of each row is read first.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = words, primary_key(word))]
struct Word {
    word: String,
    #[diesel(embed)]
    meaning: Meaning,
    version: i64,
}

#[derive(Debug, Clone, PartialEq, AsChangeset)]
#[diesel(table_name = words, treat_none_as_null = false)]
struct Meaning {
    meaning: Option<String>,
}

diesel::table! {
    words (word) {
        word -> Text,
        meaning -> Nullable<Text>,
        version -> BigInt,
    }
}

#[test]
fn a_row_for_which_nothing_is_sent_is_no_conflict_whatever_its_version_is() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE words (word VARCHAR(20) NOT NULL PRIMARY KEY, meaning VARCHAR(20), version BIGINT NOT NULL); \
         INSERT INTO words VALUES ('left', 'old', 1), ('right', 'old', 7), ('up', 'old', 1), ('down', 'old', 7)",
    )
    .unwrap();
    let word = |word: &str, meaning: Option<&str>| Word {
        word: word.into(),
        meaning: Meaning {
            meaning: meaning.map(Into::into),
        },
        version: 1,
    };
    let new = Some("new");
    let mut mine = [word("up", None), word("right", None), word("left", new)];
    mine.save_all_checked(conn).unwrap();
    assert_eq!(mine.each_ref().map(|word| word.version), [1, 1, 2]);
    let rows = words::table.order(words::word);
    let rows = rows.select((words::meaning, words::version));
    let text = |text: &str| Some(text.to_owned());
    let changed = [
        (text("old"), 7),
        (text("new"), 2),
        (text("old"), 7),
        (text("old"), 1),
    ];
    let stored: Vec<(Option<String>, i64)> = rows.load(conn).unwrap();
    assert_eq!(stored, changed);

    // The conflict is that of the row for which something is sent.
    let mut mine = [word("up", new), word("right", None), word("down", new)];
    let memory = mine.clone();
    let Err(Error::BatchConflict(conflict)) = mine.save_all_checked(conn) else {
        panic!("the row of 'down' is at version 7")
    };
    let [(2, down)] = conflict.conflicts() else {
        panic!("{conflict:?}")
    };
    assert_eq!((down.key(), down.expected()), ("\"down\"", Some(&1.into())));
    assert_eq!(mine, memory);
    assert_eq!(rows.load::<(Option<String>, i64)>(conn).unwrap(), changed);
}

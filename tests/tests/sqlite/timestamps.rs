//! A timestamp is a text, and is found again in Diesel's form only.

use crate::helpers::expect;
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::NaiveDateTime;
use optlock::Error;

diesel::table! {
    articles {
        id -> Integer,
        updated_on -> Timestamp,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
struct Article {
    id: i32,
    #[optlock(version)]
    updated_on: NaiveDateTime,
}

/// An article that another program has written with that timestamp.
fn written(updated_on: &str, conn: &mut Conn) -> Article {
    conn.batch_execute(&format!(
        "DROP TABLE IF EXISTS articles;
         CREATE TABLE articles (id INTEGER PRIMARY KEY, updated_on TIMESTAMP NOT NULL);
         INSERT INTO articles VALUES (1, {updated_on})"
    ))
    .unwrap();
    let row = articles::table.select(Article::as_select());
    row.first(conn).unwrap()
}

#[test]
fn in_diesels_form_the_row_is_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for text in [
        "CURRENT_TIMESTAMP",
        "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        "'2024-03-05 06:07:08'",
        "'2024-03-05 06:07:08.120'",
        "'2024-03-05 06:07:08.123456'",
        "'2024-03-05 06:07:08.123456789'",
    ] {
        let mut mine = written(text, conn);
        mine.save_checked(conn).unwrap();
        mine.save_checked(conn).unwrap();
        let row = articles::table.select(Article::as_select());
        assert_eq!(row.first(conn), Ok(mine), "{text}");
    }
}

/// The second exception from "no false conflict"; and it does not say that somebody else won.
#[test]
fn in_another_form_the_row_is_refused_and_left_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for text in [
        "'2024-03-05T06:07:08.123'",
        "'2024-03-05 06:07:08.1'",
        "'2024-03-05 06:07:08.1234567'",
        "'2024-03-05 06:07:08.123Z'",
    ] {
        let mut mine = written(text, conn);
        let before = mine.clone();
        let error = mine.save_checked(conn).unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{text}: {error:?}");
        assert!(!error.is_conflict() && !error.is_transient(), "{error:?}");
        let version = before.updated_on;
        expect::says(
            &error,
            ("articles", "1"),
            &format!(
                "was not written although it still has version {version}: \
                 a policy or a trigger of the database refused it"
            ),
        );
        assert_eq!(mine, before);
    }
}

//! `DateTime<Utc>` as the version. MariaDB and MySQL have no such type in Diesel.

use crate::helpers::expect;
use crate::prelude::*;
use crate::{Conn, Scratch, Zoned};
use chrono::{DateTime, TimeDelta, Utc};

diesel::table! {
    use diesel::sql_types::*;
    use super::Zoned;

    articles {
        id -> Integer,
        title -> Text,
        updated_on -> Zoned,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
struct Article {
    id: i32,
    title: String,
    #[optlock(version)]
    updated_on: DateTime<Utc>,
}

/// An article that was written then.
fn insert(updated_on: DateTime<Utc>, conn: &mut Conn) -> Article {
    conn.batch_execute(
        "CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT NOT NULL, \
         updated_on TIMESTAMP WITH TIME ZONE NOT NULL)",
    )
    .unwrap();
    let article = Article {
        id: 1,
        title: "old".into(),
        updated_on,
    };
    diesel::insert_into(articles::table)
        .values(&article)
        .execute(conn)
        .unwrap();
    article
}

fn stored(conn: &mut Conn) -> Article {
    let row = articles::table.select(Article::as_select());
    row.first(conn).unwrap()
}

/// Saves in a row: each moves on, and who holds an earlier one is refused.
fn saves_in_a_row(mut mine: Article, conn: &mut Conn) -> Article {
    for title in ["a", "b", "c"] {
        let mut stale = mine.clone();
        mine.title = title.into();
        mine.save_checked(conn).unwrap();
        assert!(mine.updated_on > stale.updated_on);
        assert_eq!(stored(conn), mine);
        expect::modified(
            stale.save_checked(conn),
            ("articles", "1"),
            stale.updated_on,
            mine.updated_on,
        );
    }
    mine
}

#[test]
fn a_time_with_a_zone_is_a_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = Utc::now();
    let mine = insert(before - TimeDelta::days(1), conn);
    let mine = Article {
        updated_on: stored(conn).updated_on,
        ..mine
    };
    let mine = saves_in_a_row(mine, conn);
    assert!(mine.updated_on > before - TimeDelta::microseconds(1));
    mine.delete_checked(conn).unwrap();
}

#[test]
fn a_time_far_in_the_future_moves_on_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let future: DateTime<Utc> = "2222-02-02T22:22:22Z".parse().unwrap();
    let mine = insert(future, conn);
    let mine = saves_in_a_row(mine, conn);
    assert_eq!(mine.updated_on, future + TimeDelta::microseconds(3));
}

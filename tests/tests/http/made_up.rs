//! Versions that a client has made up: no row has them, and they have no next one, or cannot be sent.

use super::prelude::*;
use super::{SQL, Scratch};
use crate::requests::{missing, naming, older};
use chrono::NaiveDateTime;
use http::StatusCode;
use optlock::Error;
use optlock::http::{ETag, Failure, IfMatch};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

fn last() -> IfMatch {
    naming([ETag::of_version::<Contact>(&1, &(), &i64::MAX)])
}

fn put() -> Contact {
    Contact {
        name: "mine".into(),
        version: 0,
        ..Contact::ann()
    }
}

#[test]
fn the_last_version_is_refused_as_any_other_that_the_row_has_not() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = put();
    older(mine.save_if_match(&last(), conn), i64::MAX, 1);
    older(mine.touch_if_match(&last(), conn), i64::MAX, 1);
    older(mine.delete_if_match(&last(), conn), i64::MAX, 1);
    let refused = transaction(conn, &mut mine, |conn, mine| {
        mine.save_if_match(&last(), conn)
    });
    older(refused, i64::MAX, 1);
    diesel::delete(contacts::table).execute(conn).unwrap();
    missing(
        mine.save_if_match(&last(), conn),
        i64::MAX,
        StatusCode::NOT_FOUND,
    );
    missing(
        mine.touch_if_match(&last(), conn),
        i64::MAX,
        StatusCode::NOT_FOUND,
    );
    assert_eq!(mine, put());
}

#[test]
fn a_row_at_the_last_version_cannot_be_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::update(contacts::table.find(1))
        .set(contacts::version.eq(i64::MAX))
        .execute(conn)
        .unwrap();
    let mut mine = put();
    let results = [
        mine.save_if_match(&last(), conn),
        mine.touch_if_match(&last(), conn),
    ];
    for result in results {
        let failure = result.unwrap_err();
        assert!(
            matches!(
                failure.error(),
                Error::VersionExhausted {
                    table: "contacts",
                    ..
                }
            ),
            "{failure:?}"
        );
        assert_eq!(failure.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(mine, put());
    mine.delete_if_match(&last(), conn).unwrap();
}

diesel::table! {
    timed {
        id -> Integer,
        text -> Text,
        version -> Timestamp,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = timed)]
struct Timed {
    id: i32,
    text: String,
    version: NaiveDateTime,
}

#[test]
fn a_time_that_no_column_holds_is_refused_as_any_other() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(&format!(
        "CREATE TABLE timed (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, version {} NOT NULL);
         INSERT INTO timed VALUES (1, 'old', '2024-01-01 00:00:00')",
        SQL.timestamp
    ))
    .unwrap();
    let stored: Timed = timed::table.select(Timed::as_select()).first(conn).unwrap();
    let before = Timed {
        text: "mine".into(),
        version: far(1970),
        ..stored.clone()
    };
    let mut mine = before.clone();
    let refused = |result: Result<(), Failure>, status: StatusCode| {
        let failure = result.unwrap_err();
        assert_eq!(failure.status(), status, "{failure:?}");
    };
    for time in [NaiveDateTime::MAX, NaiveDateTime::MIN, far(12_345), far(-1)] {
        let header = naming([ETag::of_version::<Timed>(&1, &(), &time)]);
        let both = naming([
            ETag::of_version::<Timed>(&1, &(), &time),
            ETag::of_version::<Timed>(&1, &(), &far(1970)),
        ]);
        for (header, id) in [(&header, 1), (&both, 1), (&header, 2)] {
            let status = match id {
                1 => StatusCode::PRECONDITION_FAILED,
                // The tags are of another row, then.
                _ => StatusCode::NOT_FOUND,
            };
            mine.id = id;
            refused(mine.save_if_match(header, conn), status);
            refused(mine.touch_if_match(header, conn), status);
            refused(mine.delete_if_match(header, conn), status);
            // An error of PostgreSQL would have ended the transaction.
            let in_transaction = transaction(conn, &mut mine, |conn, mine| {
                refused(mine.save_if_match(header, conn), status);
                refused(mine.delete_if_match(header, conn), status);
                timed::table.count().get_result::<i64>(conn)?;
                Ok::<_, Failure>(())
            });
            in_transaction.unwrap();
        }
        mine.id = 1;
        assert_eq!(mine, before);
    }
    let row = timed::table.select(Timed::as_select()).first(conn);
    assert_eq!(row, Ok(stored));
}

fn far(year: i32) -> NaiveDateTime {
    let day = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    day.and_time(chrono::NaiveTime::MIN)
}

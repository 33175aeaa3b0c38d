//! `attempt`: what became of a save is told by the row.

use crate::helpers::documents::{self, document};
use crate::helpers::expect::{self, ANN};
use crate::helpers::last_version::expect_exhausted;
use crate::helpers::people::{changed_my_mind, delete, rename, stored};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, SQL, Scratch};
use chrono::{DateTime, NaiveDateTime};
use optlock::{Error, LostAttempt, Resolved, Saved, UuidText, VersionToken as _};
use optlock_tests::capabilities::require;
use optlock_tests::models::{Contact, Patch};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::wide;
use std::cell::RefCell;
use std::fmt::Debug;

diesel::table! {
    letters {
        id -> Integer,
        text -> Text,
        random -> Text,
        dated -> Timestamp,
    }
}

/// A letter whose version is this column.
macro_rules! letter {
    ($name:ident, $column:ident: $token:ty) => {
        #[derive(
            Debug,
            Clone,
            PartialEq,
            Queryable,
            Selectable,
            Identifiable,
            AsChangeset,
            Versioned,
            Diff,
        )]
        #[diesel(table_name = letters)]
        struct $name {
            id: i32,
            text: String,
            #[optlock(version)]
            $column: $token,
        }

        impl $name {
            fn load(conn: &mut Conn) -> Self {
                letters::table
                    .find(1)
                    .select(Self::as_select())
                    .first(conn)
                    .unwrap()
            }

            /// The letter, edited.
            fn edited(conn: &mut Conn) -> Self {
                Self {
                    text: "mine".into(),
                    ..Self::load(conn)
                }
            }
        }
    };
}

letter!(Random, random: UuidText);
letter!(Dated, dated: NaiveDateTime);

fn insert(conn: &mut Conn) {
    let created = format!(
        "CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, \
         random CHAR(36) NOT NULL, dated {} NOT NULL)",
        SQL.timestamp,
    );
    conn.batch_execute(&created).unwrap();
    let dated = DateTime::from_timestamp(1_000_000_000, 0).unwrap();
    let letter = (
        letters::id.eq(1),
        letters::text.eq("old"),
        letters::random.eq(UuidText::first()),
        letters::dated.eq(dated.naive_utc()),
    );
    diesel::insert_into(letters::table)
        .values(letter)
        .execute(conn)
        .unwrap();
}

fn edited() -> Contact {
    Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    }
}

fn saved() -> Contact {
    Contact {
        version: 2,
        ..edited()
    }
}

#[test]
fn the_row_gets_the_token_that_was_drawn() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = Random::edited(conn);
    let before = mine.clone();
    let mut attempt = mine.attempt().unwrap();
    assert_eq!(
        (attempt.value(), attempt.expected()),
        (&before, &before.random)
    );
    let token = attempt.next_version().clone();
    assert_ne!(token, before.random);
    assert_eq!(attempt.save_checked(conn).unwrap(), Saved::Written);
    assert_eq!(mine.random, token);
    assert_eq!(Random::load(conn), mine);
}

#[test]
fn a_token_that_nobody_else_draws_proves_that_the_save_landed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = Random::edited(conn);
    let mut attempt = mine.attempt().unwrap();
    attempt.save_checked(conn).unwrap();
    let row = Random::load(conn);
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Landed(row));

    // A trigger may have stored something else.
    diesel::update(letters::table)
        .set(letters::text.eq("trimmed"))
        .execute(conn)
        .unwrap();
    let row = Random::load(conn);
    assert_eq!(row.text, "trimmed");
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Landed(row));
}

#[test]
fn a_number_or_a_time_only_makes_it_probable() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = edited();
    let mut attempt = mine.attempt().unwrap();
    attempt.save_checked(conn).unwrap();
    assert_eq!(
        attempt.resolve(conn).unwrap(),
        Resolved::ProbablyLanded(saved())
    );

    let mut mine = Dated::edited(conn);
    let mut attempt = mine.attempt().unwrap();
    attempt.save_checked(conn).unwrap();
    let row = Dated::load(conn);
    assert_eq!(
        attempt.resolve(conn).unwrap(),
        Resolved::ProbablyLanded(row)
    );
}

#[test]
fn what_was_not_sent_has_not_landed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let (mut ann, mut random, mut dated) = (edited(), Random::edited(conn), Dated::edited(conn));
    let attempt = &mut ann.attempt().unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    let attempt = &mut random.attempt().unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    let attempt = &mut dated.attempt().unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    assert_eq!(ann, edited());

    // So it can be sent.
    let mut attempt = ann.attempt().unwrap();
    attempt.save_checked(conn).unwrap();
    assert_eq!((&ann, &stored(1, conn)), (&saved(), &saved()));
}

/// Two clients that give a row the same contents: a number cannot tell them apart.
#[test]
fn another_clients_save_of_the_same_is_told_apart_by_a_token_of_ones_own() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = edited();
    let mut attempt = mine.attempt().unwrap();
    rename(1, "Ann B.", conn);
    assert_eq!(
        attempt.resolve(conn).unwrap(),
        Resolved::ProbablyLanded(saved())
    );

    let (mut mine, mut theirs) = (Random::edited(conn), Random::edited(conn));
    let mut attempt = mine.attempt().unwrap();
    theirs.save_checked(conn).unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Changed(theirs));
}

#[test]
fn another_clients_save_of_something_else_leaves_it_open() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    // In the place of this attempt, and after it.
    for first in [false, true] {
        let mut mine = Contact {
            name: "Ann B.".into(),
            ..stored(1, conn)
        };
        let mut attempt = mine.attempt().unwrap();
        if first {
            attempt.save_checked(conn).unwrap();
        }
        rename(1, "Anna", conn);
        let row = stored(1, conn);
        assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Changed(row));
    }
    let mut mine = stored(1, conn);
    let mut attempt = mine.attempt().unwrap();
    delete(1, conn);
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Missing);
}

#[test]
fn an_attempt_is_checked_like_any_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = edited();
    let mut attempt = mine.attempt().unwrap();
    rename(1, "Anna", conn);
    expect::modified(attempt.save_checked(conn), ANN, 1, 2);
    assert_eq!(mine, edited());
    assert_eq!(stored(1, conn).name, "Anna");
    let mut attempt = mine.attempt().unwrap();
    delete(1, conn);
    expect::missing(attempt.save_checked(conn), ANN, 1);
    assert_eq!(mine, edited());
}

#[test]
fn an_attempt_that_has_succeeded_is_not_sent_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = edited();
    let mut attempt = mine.attempt().unwrap();
    attempt.save_checked(conn).unwrap();
    let watch = Watch::on(conn);
    expect::modified(attempt.save_checked(conn), ANN, 1, 2);
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(mine, saved());
}

#[test]
fn a_column_that_a_save_leaves_alone_is_not_compared() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::b.eq("b"), wide::version.eq(1)))
        .execute(conn)
        .unwrap();
    let mut patch = Patch {
        id: 1,
        a: Some("a".into()),
        version: 1,
        ..Patch::default()
    };
    let mut attempt = patch.attempt().unwrap();
    attempt.save_checked(conn).unwrap();
    let row = Patch {
        b: Some("b".into()),
        version: 2,
        ..attempt.value().clone()
    };
    assert_eq!(
        attempt.resolve(conn).unwrap(),
        Resolved::ProbablyLanded(row)
    );
}

#[test]
fn a_value_that_changes_nothing_sends_nothing_and_does_not_land() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::version.eq(1)))
        .execute(conn)
        .unwrap();
    let mut patch = Patch {
        id: 1,
        version: 1,
        ..Patch::default()
    };
    let mut attempt = patch.attempt().unwrap();
    assert_eq!(attempt.save_checked(conn).unwrap(), Saved::NothingChanged);
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    assert_eq!(patch.version, 1);
}

#[test]
fn the_row_of_another_tenant_is_another_row() {
    let scratch = documents::scratch();
    let conn = &mut scratch.connect();
    let mut mine = document(1, 1);
    mine.title = "mine".into();
    let mut theirs = document(1, 2);
    theirs.title = "mine".into();
    theirs.save_checked(conn).unwrap();
    let mut attempt = mine.attempt().unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    diesel::sql_query("DELETE FROM documents WHERE tenant = 1")
        .execute(conn)
        .unwrap();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::Missing);
}

/// Only the COMMIT decides, and the value is put back if it fails: so the attempt takes a copy with it.
#[test]
fn an_attempt_that_owns_its_value_outlives_the_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let sent = RefCell::new(None);
    for commits in [false, true] {
        let mut mine = Random::edited(conn);
        let before = mine.clone();
        let result = transaction(conn, &mut mine, |conn, mine| {
            mine.text = "sent".into();
            let mut attempt = mine.attempt()?;
            attempt.save_checked(conn)?;
            *sent.borrow_mut() = Some(attempt.into_owned());
            if commits {
                Ok(())
            } else {
                Err(changed_my_mind())
            }
        });
        assert_eq!(result.is_ok(), commits);
        let mut lost: LostAttempt<'_, Random> = sent.take().unwrap();
        let resolved = lost.resolve(conn).unwrap();
        if commits {
            assert_eq!(mine.text, "sent");
            assert_eq!(resolved, Resolved::Landed(mine));
        } else {
            assert_eq!(mine, before);
            assert_eq!(resolved, Resolved::NotLanded);
        }
    }
}

#[test]
fn in_a_transaction_the_row_stays_locked() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let other = RefCell::new(scratch.connect());
    other.borrow_mut().batch_execute(SQL.impatient).unwrap();
    let mut mine = edited();
    transaction(conn, &mut mine, |conn, mine| {
        assert_eq!(mine.attempt()?.resolve(conn)?, Resolved::NotLanded);
        let blocked = Contact::ann().save_checked(&mut *other.borrow_mut());
        assert!(blocked.unwrap_err().is_transient());
        Ok::<_, Error>(())
    })
    .unwrap();
    Contact::ann()
        .save_checked(&mut *other.borrow_mut())
        .unwrap();
}

#[test]
fn at_the_last_version_no_token_is_drawn() {
    let mut mine = Contact {
        version: i64::MAX,
        ..Contact::ann()
    };
    let error = mine.attempt().unwrap_err();
    expect_exhausted(Err::<(), _>(error), ANN, i64::MAX);
}

#[test]
fn an_error_that_tells_the_outcome_is_of_no_attempt() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut stale = edited();
    rename(1, "Anna", conn);
    let error = stale.save_checked(conn).unwrap_err();
    assert!(stale.attempt_of(&error).is_none(), "{error:?}");
}

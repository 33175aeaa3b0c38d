//! `save_merged`: the changes of both.

use crate::helpers::expect::{self, ANN, Row};
use crate::helpers::meddler::before_each_update;
use crate::helpers::people::{delete, find, rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use diesel::result::Error::RollbackTransaction;
use optlock::{Error, Field};
use optlock_tests::models::{Contact, Stamped, Wide};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, stamped, wide};
use std::thread;

const PHONE: Field = Field::new("phone", "phone");
const NAME: Field = Field::new("name", "name");

fn ann(name: &str, phone: Option<&str>, version: i64) -> Contact {
    Contact {
        id: 1,
        name: name.into(),
        phone: phone.map(Into::into),
        version,
    }
}

#[test]
fn without_a_conflict_it_is_a_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let (base, mut mine) = (Contact::ann(), ann("Ann B.", None, 1));
    assert_eq!(mine.save_merged(&base, conn).unwrap(), []);
    assert_eq!(watch.take_sent().len(), 1);
    assert_eq!(mine, ann("Ann B.", None, 2));
    assert_eq!(stored(1, conn), mine);
}

#[test]
fn the_changes_of_both_are_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (base, mut mine) = (Contact::ann(), ann("Ann", None, 1));
    rename(1, "Anna", conn);
    assert_eq!(mine.save_merged(&base, conn).unwrap(), [NAME]);
    assert_eq!(mine, ann("Anna", None, 3));
    assert_eq!(stored(1, conn), mine);
}

#[test]
fn two_who_changed_a_field_alike_agree() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (base, mut mine) = (Contact::ann(), ann("Anna", None, 1));
    rename(1, "Anna", conn);
    assert_eq!(mine.save_merged(&base, conn).unwrap(), []);
    assert_eq!(mine, ann("Anna", None, 3));
    assert_eq!(stored(1, conn), mine);
}

#[test]
fn two_who_changed_a_field_differently_are_told_which() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (base, mut mine) = (Contact::ann(), ann("Ann B.", None, 1));
    ann("Anna", Some("222"), 1).save_checked(conn).unwrap();
    expect::merge_conflict(mine.save_merged(&base, conn), ANN, &["name", "phone"]);
    assert_eq!(mine, ann("Ann B.", None, 1));
    assert_eq!(stored(1, conn), ann("Anna", Some("222"), 2));

    // It travels through Diesel's error as the others do.
    let error = mine.save_merged(&base, conn).unwrap_err();
    let through = Error::from(diesel::result::Error::from(error));
    expect::merge_conflict(Err::<(), _>(through), ANN, &["name", "phone"]);
}

#[test]
fn a_row_that_is_gone_is_not_merged_with() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (base, mut mine) = (Contact::ann(), ann("Ann B.", None, 1));
    delete(1, conn);
    expect::missing(mine.save_merged(&base, conn), ANN, 1);
    assert_eq!(mine, ann("Ann B.", None, 1));
    assert_eq!(find(1, conn), None);
}

#[test]
fn what_is_no_base_of_the_value_is_not_merged_with() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    rename(1, "Ann-Marie", conn);
    let mut mine = ann("Ann", None, 1);
    // With the second row as the base, the name that is old would pass for my change.
    let second = ann("Anna", Some("111"), 2);
    expect::modified(mine.save_merged(&second, conn), ANN, 1, 3);
    let bob = Contact {
        name: "Bobby".into(),
        ..Contact::bob()
    };
    expect::modified(mine.save_merged(&bob, conn), ANN, 1, 3);
    assert_eq!(mine, ann("Ann", None, 1));
    assert_eq!(stored(1, conn), ann("Ann-Marie", Some("111"), 3));
}

/// Another user changes the phone before each of the first updates of `conn`.
fn phone_changes(updates: usize, conn: &mut Conn, scratch: &Scratch) {
    let mut other = scratch.connect();
    before_each_update(conn, move |update| {
        if update <= updates {
            let mut theirs = stored(1, &mut other);
            theirs.phone = Some(update.to_string());
            theirs.save_checked(&mut other).unwrap();
        }
    });
}

#[test]
fn it_is_merged_again_with_what_came_in_between() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    phone_changes(9, conn, &scratch);
    let (base, mut mine) = (Contact::ann(), ann("Ann B.", Some("111"), 1));
    assert_eq!(mine.save_merged(&base, conn).unwrap(), [PHONE]);
    assert_eq!(mine, ann("Ann B.", Some("9"), 11));
    assert_eq!(stored(1, &mut scratch.connect()), mine);
}

#[test]
fn it_is_not_tried_for_ever() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    phone_changes(usize::MAX, conn, &scratch);
    let (base, mut mine) = (Contact::ann(), ann("Ann B.", Some("111"), 1));
    expect::modified(mine.save_merged(&base, conn), ANN, 1, 11);
    assert_eq!(mine, ann("Ann B.", Some("111"), 1));
    assert_eq!(
        stored(1, &mut scratch.connect()),
        ann("Ann", Some("10"), 11)
    );
}

#[test]
fn a_conflict_in_a_later_round_leaves_the_value_as_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut other = scratch.connect();
    before_each_update(conn, move |update| match update {
        1 => rename(1, "Anna", &mut other),
        2 => ann("Anna", Some("222"), 2)
            .save_checked(&mut other)
            .unwrap(),
        _ => panic!("after a conflict nothing is sent"),
    });
    let (base, mut mine) = (Contact::ann(), ann("Ann", None, 1));
    expect::merge_conflict(mine.save_merged(&base, conn), ANN, &["phone"]);
    assert_eq!(mine, ann("Ann", None, 1));
    let theirs = ann("Anna", Some("222"), 3);
    assert_eq!(stored(1, &mut scratch.connect()), theirs);
}

/// Once somebody else has made the same change, too, it is still mine.
#[test]
fn a_change_that_both_made_is_not_forgotten_in_a_later_round() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut other = scratch.connect();
    before_each_update(conn, move |update| match update {
        1 => rename(1, "Ann B.", &mut other),
        2 => rename(1, "Anna", &mut other),
        _ => panic!("after a conflict nothing is sent"),
    });
    let (base, mut mine) = (Contact::ann(), ann("Ann B.", None, 1));
    expect::merge_conflict(mine.save_merged(&base, conn), ANN, &["name"]);
    assert_eq!(mine, ann("Ann B.", None, 1));
}

#[test]
fn a_row_that_goes_in_between_leaves_the_value_as_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut other = scratch.connect();
    before_each_update(conn, move |update| match update {
        1 => rename(1, "Anna", &mut other),
        _ => delete(1, &mut other),
    });
    let (base, mut mine) = (Contact::ann(), ann("Ann", None, 1));
    expect::missing(mine.save_merged(&base, conn), ANN, 1);
    assert_eq!(mine, ann("Ann", None, 1));
}

#[test]
fn an_error_of_the_database_in_a_later_round_leaves_the_value_as_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (base, mut mine) = (Contact::ann(), ann("", Some("111"), 1));
    ann("Ann", None, 1).save_checked(conn).unwrap();
    let error = mine.save_merged(&base, conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(mine, ann("", Some("111"), 1));
}

#[test]
fn a_transaction_puts_the_whole_value_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (base, mut mine) = (Contact::ann(), ann("Ann", None, 1));
    rename(1, "Anna", conn);
    let result = transaction(conn, &mut mine, |conn, mine| {
        mine.save_merged(&base, conn)?;
        assert_eq!(*mine, ann("Anna", None, 3));
        Err::<(), _>(Error::from(RollbackTransaction))
    });
    expect::changed_mind(result);
    assert_eq!(mine, ann("Ann", None, 1));
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Cached {
    id: i32,
    name: String,
    #[optlock(ignore)]
    phone: Option<String>,
    version: i64,
}

#[test]
fn what_is_ignored_is_theirs_after_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let base: Cached = contacts::table
        .find(1)
        .select(Cached::as_select())
        .first(conn)
        .unwrap();
    let mut mine = Cached {
        name: "Ann B.".into(),
        phone: None,
        ..base.clone()
    };
    ann("Ann", Some("222"), 1).save_checked(conn).unwrap();
    assert_eq!(mine.save_merged(&base, conn).unwrap(), []);
    assert_eq!(stored(1, conn), ann("Ann B.", Some("222"), 3));
    assert_eq!(mine.phone, Some("222".into()));
}

const LONG_AGO: NaiveDateTime = DateTime::from_timestamp(1_000_000_000, 0)
    .expect("in range")
    .naive_utc();

#[test]
fn the_stamp_moves_on_from_theirs() {
    const ROW: Row = ("stamped", "1");
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let base = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on: LONG_AGO,
    };
    diesel::insert_into(stamped::table)
        .values(&base)
        .execute(conn)
        .unwrap();
    let (mut mine, mut theirs) = (base.clone(), base.clone());
    theirs.save_checked(conn).unwrap();
    mine.name = "Ann B.".into();
    mine.save_merged(&base, conn).unwrap();
    assert!(mine.updated_on > theirs.updated_on && theirs.updated_on > LONG_AGO);
    let row: Stamped = stamped::table
        .select(Stamped::as_select())
        .first(conn)
        .unwrap();
    assert_eq!(row, mine);

    let before = Stamped {
        name: "Anna".into(),
        ..base.clone()
    };
    let mut mine = before.clone();
    expect::merge_conflict(mine.save_merged(&base, conn), ROW, &["name"]);
    assert_eq!(mine, before);
}

/// Each thread counts in a column of its own, and loads the row only at the start.
#[test]
fn no_change_of_many_threads_is_lost() {
    const COUNT: u32 = 50;
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    let start = Wide {
        id: 1,
        version: 1,
        ..Wide::default()
    };
    diesel::insert_into(wide::table)
        .values(&start)
        .execute(conn)
        .unwrap();
    let columns: [fn(&mut Wide) -> &mut Option<String>; 4] = [
        |row| &mut row.a,
        |row| &mut row.b,
        |row| &mut row.c,
        |row| &mut row.d,
    ];
    thread::scope(|scope| {
        for column in columns {
            let mut row = start.clone();
            scope.spawn(move || {
                let conn = &mut scratch.connect();
                for count in 1..=COUNT {
                    let base = row.clone();
                    *column(&mut row) = Some(count.to_string());
                    while let Err(error) = row.save_merged(&base, conn) {
                        assert!(
                            matches!(error, Error::ConcurrentModification(_)),
                            "{error:?}"
                        );
                    }
                }
            });
        }
    });
    let all = Some(COUNT.to_string());
    let row: Wide = wide::table.select(Wide::as_select()).first(conn).unwrap();
    assert_eq!([&row.a, &row.b, &row.c, &row.d], [&all; 4]);
    assert_eq!(row.version, 1 + 4 * i64::from(COUNT));
}

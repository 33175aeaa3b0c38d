//! A version that Diesel leaves alone: only optlock writes it.

use crate::helpers::expect::{self, ANN, Row};
use crate::helpers::people::{self, rename};
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use diesel::query_builder::AsChangeset;
use optlock::{Field, Found, Outcome, Saved};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, stamped, wide};

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact {
    id: i32,
    #[diesel(skip_update)]
    version: i64,
    name: String,
    phone: Option<String>,
}

fn load(id: i32, conn: &mut Conn) -> Contact {
    let contact = contacts::table.find(id).select(Contact::as_select());
    contact.first(conn).unwrap()
}

#[test]
fn each_operation_moves_it_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = load(1, conn);
    let mut stale = mine.clone();
    mine.name = "Ann B.".into();
    mine.save_checked(conn).unwrap();
    assert_eq!((load(1, conn), mine.version), (mine.clone(), 2));
    expect::modified(stale.save_checked(conn), ANN, 1, 2);
    assert_eq!(stale.version, 1);
    expect::modified(stale.touch_checked(conn), ANN, 1, 2);
    expect::modified(stale.delete_checked(conn), ANN, 1, 2);
    assert_eq!(
        stale.save_or_load(conn).unwrap(),
        Outcome::Changed(mine.clone())
    );

    mine.phone = None;
    assert_eq!(mine.save_or_load(conn).unwrap(), Outcome::Saved);
    mine.touch_checked(conn).unwrap();
    assert_eq!((load(1, conn), mine.version), (mine.clone(), 4));
    stale.name = "Anna".into();
    stale.force_save(conn).unwrap();
    assert_eq!((load(1, conn), stale.version), (stale.clone(), 5));

    let base = stale.clone();
    let mut mine = stale;
    rename(1, "Annie", conn);
    mine.phone = Some("999".into());
    assert_eq!(
        mine.save_merged(&base, conn).unwrap(),
        [Field::new("name", "name")]
    );
    assert_eq!((load(1, conn), mine.version), (mine.clone(), 7));
    mine.delete_checked(conn).unwrap();
    assert_eq!(people::find(1, conn), None);
}

/// The positions are those of Diesel's changeset, in which the version has none.
#[test]
fn the_changed_columns_and_the_version_are_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Tracked::new(load(1, conn));
    diesel::update(contacts::table.find(1))
        .set(contacts::name.eq("Anna"))
        .execute(conn)
        .unwrap();
    mine.phone = Some("999".into());
    assert_eq!(mine.save_changed(conn).unwrap(), Saved::Written);
    let stored = load(1, conn);
    assert_eq!(
        (&*stored.name, stored.phone.as_deref(), stored.version),
        ("Anna", Some("999"), 2)
    );
    assert_eq!(mine.save_changed(conn).unwrap(), Saved::NothingChanged);
}

#[test]
fn a_batch_moves_them_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = [load(1, conn), load(2, conn)];
    let stale = all.clone();
    all[0].name = "Ann B.".into();
    all[1].phone = Some("222".into());
    all.save_all_checked(conn).unwrap();
    assert_eq!([load(1, conn), load(2, conn)], all);
    assert_eq!(all.clone().map(|contact| contact.version), [2, 2]);
    let saved = all.save_each_checked(conn);
    assert!(saved.iter().all(Result::is_ok), "{saved:?}");
    assert_eq!(load(2, conn).version, 3);

    let mut lost = stale;
    let error = lost.save_all_checked(conn).unwrap_err();
    let optlock::Error::BatchConflict(conflict) = error else {
        panic!("not a conflict of a batch: {error:?}")
    };
    let found: Vec<_> = conflict
        .conflicts()
        .iter()
        .map(|(index, row)| (*index, row.found().clone()))
        .collect();
    let third = || Found::Modified { version: 3.into() };
    assert_eq!(found, [(0, third()), (1, third())]);
    assert_eq!([load(1, conn), load(2, conn)], all);
}

#[test]
fn it_is_one_statement_prepared_once() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = load(1, conn);
    let watch = Watch::on(conn);
    for _ in 0..3 {
        mine.save_checked(conn).unwrap();
    }
    assert_eq!(watch.take_cached().len(), 1);
    assert_eq!(watch.take_sent().len(), 3);
}

/// With the version in Diesel's changeset, a third holder of version 1 could save again.
#[test]
fn a_plain_update_does_not_set_it_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mine, mut third) = (load(1, conn), load(1, conn));
    rename(1, "Anna", conn);
    diesel::update(&mine).set(&mine).execute(conn).unwrap();
    assert_eq!(people::stored(1, conn).version, 2);
    expect::modified(third.save_checked(conn), ANN, 1, 2);
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = stamped)]
struct Stamped {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    version: i64,
    #[diesel(skip_update)]
    #[optlock(updated_on)]
    updated_on: NaiveDateTime,
}

const STAMPED: Row = ("stamped", "1");

#[test]
fn an_audit_stamp_is_left_alone_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    // MySQL's and MariaDB's TIMESTAMP does not hold the epoch.
    let old = DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc();
    let row = (
        stamped::id.eq(1),
        stamped::name.eq("old"),
        stamped::version.eq(1),
        stamped::updated_on.eq(old),
    );
    diesel::insert_into(stamped::table)
        .values(row)
        .execute(conn)
        .unwrap();
    let load = |conn: &mut Conn| {
        let row = stamped::table.select(Stamped::as_select());
        row.first(conn).unwrap()
    };
    let (mut mine, mut stale) = (load(conn), load(conn));
    mine.save_checked(conn).unwrap();
    assert!(mine.updated_on > old && mine.version == 2);
    assert_eq!(load(conn), mine);
    let before = stale.clone();
    expect::modified(stale.save_checked(conn), STAMPED, 1, 2);
    assert_eq!(stale, before);

    let mut batch = [mine];
    batch.save_all_checked(conn).unwrap();
    batch[0].touch_checked(conn).unwrap();
    assert_eq!((load(conn), batch[0].version), (batch[0].clone(), 4));
    diesel::update(&stale).set(&stale).execute(conn).unwrap();
    assert_eq!(load(conn), batch[0]);
}

/// Each `None` leaves its column alone, so a value may change nothing.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = wide, treat_none_as_null = false)]
struct Patch {
    id: i32,
    a: Option<String>,
    b: Option<String>,
    #[diesel(skip_update)]
    version: i64,
}

#[derive(Debug, Clone, PartialEq, AsChangeset)]
#[diesel(table_name = wide, treat_none_as_null = false)]
struct Part {
    c: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = wide, treat_none_as_null = false)]
struct WithPart {
    id: i32,
    #[diesel(embed)]
    part: Part,
    #[diesel(skip_update)]
    version: i64,
    a: Option<String>,
}

#[test]
fn a_value_that_changes_nothing_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let id = wide::id.eq(1);
    diesel::insert_into(wide::table)
        .values((id, wide::b.eq("b")))
        .execute(conn)
        .unwrap();
    let row = |conn: &mut Conn| {
        let row = wide::table.select((wide::a, wide::b, wide::c, wide::version));
        row.first::<(Option<String>, Option<String>, Option<String>, i64)>(conn)
            .unwrap()
    };
    let mut patch = Patch {
        id: 1,
        a: None,
        b: None,
        version: 1,
    };
    let watch = Watch::on(conn);
    patch.save_checked(conn).unwrap();
    patch.force_save(conn).unwrap();
    let part = |c: Option<&str>| Part {
        c: c.map(Into::into),
    };
    let mut with_part = WithPart {
        id: 1,
        part: part(None),
        version: 1,
        a: None,
    };
    with_part.save_checked(conn).unwrap();
    let sent = watch.take_sent();
    assert!(sent.iter().all(|sql| !sql.contains("UPDATE")), "{sent:?}");
    [with_part.clone()].save_all_checked(conn).unwrap();
    assert_eq!((patch.version, with_part.version), (1, 1));
    assert_eq!(row(conn), (None, Some("b".into()), None, 1));

    patch.a = Some("a".into());
    patch.save_checked(conn).unwrap();
    assert_eq!(row(conn), (Some("a".into()), Some("b".into()), None, 2));
    with_part.part = part(Some("c"));
    expect::modified(with_part.save_checked(conn), ("wide", "1"), 1, 2);
    with_part.version = 2;
    with_part.save_checked(conn).unwrap();
    assert_eq!(
        row(conn),
        (Some("a".into()), Some("b".into()), Some("c".into()), 3)
    );
    let mut batch = [with_part];
    batch[0].a = Some("aa".into());
    batch.save_all_checked(conn).unwrap();
    assert_eq!(
        row(conn),
        (Some("aa".into()), Some("b".into()), Some("c".into()), 4)
    );
    assert_eq!(batch[0].version, 4);
}

/// What Diesel would write does not contain it.
#[test]
fn the_changeset_of_diesel_is_without_it() {
    fn text<S>(set: &S) -> String
    where
        S: diesel::query_builder::QueryFragment<diesel::sqlite::Sqlite>,
    {
        diesel::debug_query::<diesel::sqlite::Sqlite, _>(set).to_string()
    }
    let contact = Contact {
        id: 1,
        version: 1,
        name: "Ann".into(),
        phone: None,
    };
    assert_eq!(
        text(&(&contact).as_changeset()),
        "`name` = ?, `phone` = ? -- binds: [\"Ann\", None]"
    );
    let ours = optlock::VersionedChangeset::changeset(&contact);
    assert_eq!(
        text(&ours),
        "`name` = ?, `phone` = ?, `version` = ? -- binds: [\"Ann\", None, 1]"
    );
}

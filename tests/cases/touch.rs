//! `touch_checked`: the version moves on, and the audit stamp, and nothing else.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::last_version::expect_exhausted;
use crate::helpers::people::{changed_my_mind, delete, find, rename, stored};
use crate::prelude::*;
use chrono::DateTime;
use optlock_tests::models::{Contact, Membership, Patch, Stamped};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{memberships, stamped, wide};

#[test]
fn a_touch_moves_the_version_on_and_writes_no_edit() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Contact {
        name: "not written".into(),
        ..stored(1, conn)
    };
    mine.touch_checked(conn).unwrap();
    assert_eq!((mine.name.as_str(), mine.version), ("not written", 2));
    let touched = Contact {
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(stored(1, conn), touched);
    assert_eq!(stored(2, conn), Contact::bob());
}

#[test]
fn whoever_holds_the_touched_row_is_told() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut mine, mut theirs) = (stored(1, conn), stored(1, conn));
    mine.touch_checked(conn).unwrap();
    expect::modified(theirs.touch_checked(conn), ANN, 1, 2);
    expect::modified(theirs.save_checked(conn), ANN, 1, 2);
    assert_eq!(theirs, Contact::ann());
    mine.touch_checked(conn).unwrap();
    assert_eq!(stored(1, conn).version, 3);
}

#[test]
fn a_stale_touch_is_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    rename(1, "Anna", conn);
    expect::modified(mine.touch_checked(conn), ANN, 1, 2);
    assert_eq!(mine, Contact::ann());
    delete(1, conn);
    expect::missing(mine.touch_checked(conn), ANN, 1);
    assert_eq!(mine, Contact::ann());
    assert_eq!(find(1, conn), None);
}

#[test]
fn the_audit_stamp_moves_on_with_the_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let updated_on = DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc();
    let before = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on,
    };
    diesel::insert_into(stamped::table)
        .values(&before)
        .execute(conn)
        .unwrap();
    let (mut mine, mut stale) = (before.clone(), before.clone());
    mine.touch_checked(conn).unwrap();
    assert_eq!(mine.version, 2);
    assert!(mine.updated_on > updated_on);
    let stored = stamped::table.select(Stamped::as_select()).first(conn);
    assert_eq!(stored, Ok(mine));

    let conflict = stale.touch_checked(conn);
    expect::modified(conflict, ("stamped", "1"), 1, 2);
    assert_eq!(stale, before);
}

#[test]
fn a_touch_that_is_rolled_back_is_taken_back_in_memory() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    let result = transaction(conn, &mut mine, |conn, mine| {
        mine.touch_checked(conn)?;
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(mine, Contact::ann());
    assert_eq!(stored(1, conn), mine);
}

#[test]
fn a_patch_without_changes_can_be_touched() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::a.eq("a"), wide::version.eq(1)))
        .execute(conn)
        .unwrap();
    let mut patch = Patch {
        id: 1,
        version: 1,
        ..Patch::default()
    };
    patch.touch_checked(conn).unwrap();
    assert_eq!(patch.version, 2);
    let row = wide::table.select((wide::a, wide::version)).first(conn);
    assert_eq!(row, Ok((Some("a".to_owned()), 2_i64)));
}

#[test]
fn of_a_composite_key_one_row_is_touched() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let membership = |group_id| Membership {
        user_id: 1,
        group_id,
        role: "guest".into(),
        lock_version: 1,
    };
    diesel::insert_into(memberships::table)
        .values([membership(1), membership(2)])
        .execute(conn)
        .unwrap();
    let mut mine = membership(2);
    mine.touch_checked(conn).unwrap();
    let versions = memberships::table
        .select((memberships::group_id, memberships::lock_version))
        .order(memberships::group_id)
        .load(conn);
    assert_eq!(versions, Ok(vec![(1, 1), (2, 2)]));
}

#[test]
fn at_the_last_version_nothing_is_sent() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = Contact {
        version: i64::MAX,
        ..Contact::ann()
    };
    let mut mine = before.clone();
    let watch = Watch::on(conn);
    expect_exhausted(mine.touch_checked(conn), ANN, i64::MAX);
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(mine, before);
}

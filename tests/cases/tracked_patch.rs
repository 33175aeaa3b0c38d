//! `Tracked`, where `None` leaves a column alone: what that column holds is in the base, or not known.

use crate::helpers::expect::{self, Row};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Field, Outcome, Saved};
use optlock_tests::models::Patch;
use optlock_tests::schema::wide;

const ROW: Row = ("wide", "1");

fn patch(conn: &mut Conn) -> Tracked<Patch> {
    diesel::insert_into(wide::table)
        .values((
            wide::id.eq(1),
            wide::a.eq("a"),
            wide::b.eq("b"),
            wide::c.eq("c"),
        ))
        .execute(conn)
        .unwrap();
    Tracked::new(stored_patch(conn))
}

fn stored_patch(conn: &mut Conn) -> Patch {
    let row = wide::table.find(1).select(Patch::as_select());
    row.first(conn).unwrap()
}

#[test]
fn what_was_left_alone_is_still_the_base() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    mine.a = None;
    mine.b = Some("B".into());
    assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
    let mut theirs = stored_patch(conn);
    theirs.c = Some("C".into());
    theirs.save_checked(conn).unwrap();
    // Nobody else has touched `a`.
    mine.a = Some("A".into());
    assert_eq!(mine.save_merged(conn).unwrap(), [Field::new("c", "c")]);
    assert_eq!(stored_patch(conn), *mine);
}

#[test]
fn of_another_version_a_patch_of_nothing_writes_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    *mine = Patch {
        id: 1,
        version: 7,
        ..Patch::default()
    };
    for save in [Tracked::save_checked, Tracked::save_changed] {
        assert_eq!(save(&mut mine, conn).unwrap(), Saved::NothingChanged);
    }
    assert_eq!(stored_patch(conn).version, 1);
}

/// Somebody else sets `b` or `c`.
fn set(change: impl FnOnce(&mut Patch), conn: &mut Conn) {
    let mut theirs = stored_patch(conn);
    change(&mut theirs);
    theirs.save_checked(conn).unwrap();
}

/// Saves that leave `b` alone in a row that is not the base, whose `b` somebody else has set.
const IN_PART: [fn(&mut Tracked<Patch>, &mut Conn); 4] = [
    |mine, conn| {
        (mine.a, mine.b) = (Some("mine".into()), None);
        mine.force_save(conn).unwrap();
    },
    |mine, conn| {
        (mine.a, mine.b, mine.version) = (Some("mine".into()), None, 2);
        assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
    },
    |mine, conn| {
        (mine.a, mine.b, mine.version) = (Some("mine".into()), None, 2);
        assert_eq!(mine.save_changed(conn).unwrap(), Saved::Written);
    },
    // Nothing is sent.
    |mine, conn| {
        (mine.a, mine.b, mine.c, mine.version) = (None, None, None, 2);
        assert_eq!(mine.save_or_load(conn).unwrap(), Outcome::Saved);
    },
];

/// Runs `test` after each of them.
fn after_each(test: impl Fn(Tracked<Patch>, &mut Conn)) {
    for save in IN_PART {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut mine = patch(conn);
        set(|theirs| theirs.b = Some("theirs".into()), conn);
        save(&mut mine, conn);
        assert_eq!(mine.version, stored_patch(conn).version);
        test(mine, conn);
    }
}

/// Not merged with: the conflict of a save.
#[track_caller]
fn expect_not_merged(mut mine: Tracked<Patch>, conn: &mut Conn) {
    let before = mine.clone();
    let (version, stored) = (mine.version, stored_patch(conn));
    expect::modified(mine.save_merged(conn), ROW, version, version + 1);
    assert_eq!(mine, before);
    assert_eq!(stored_patch(conn), stored);
}

/// It is not what the base was.
#[test]
fn a_change_back_to_the_base_is_saved() {
    after_each(|mut mine, conn| {
        mine.b = Some("b".into());
        assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
        assert_eq!(stored_patch(conn).b.as_deref(), Some("b"));
    });
}

/// Nor is it taken for no change.
#[test]
fn a_change_back_to_the_base_is_not_merged_away() {
    after_each(|mut mine, conn| {
        set(|theirs| theirs.c = Some("theirs".into()), conn);
        mine.b = Some("b".into());
        expect_not_merged(mine, conn);
    });
}

/// "Not known" is not "was NULL".
#[test]
fn what_others_have_cleared_is_not_overwritten() {
    after_each(|mut mine, conn| {
        let next = mine.version + 1;
        diesel::update(wide::table)
            .set((wide::b.eq(None::<String>), wide::version.eq(next)))
            .execute(conn)
            .unwrap();
        mine.b = Some("mine".into());
        expect_not_merged(mine, conn);
    });
}

#[test]
fn a_refresh_knows_it_again() {
    after_each(|mut mine, conn| {
        let _ = mine.refresh(conn).unwrap();
        mine.b = Some("mine".into());
        set(|theirs| theirs.c = Some("theirs".into()), conn);
        assert_eq!(mine.save_merged(conn).unwrap(), [Field::new("c", "c")]);
        assert_eq!(stored_patch(conn), *mine);
    });
}

#[test]
fn after_a_forced_save_that_sends_nothing_the_base_is_what_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    (mine.a, mine.b, mine.c) = (None, None, None);
    mine.force_save(conn).unwrap();
    assert_eq!(stored_patch(conn).version, 1);
    set(|theirs| theirs.b = Some("theirs".into()), conn);
    mine.a = Some("mine".into());
    assert_eq!(mine.save_merged(conn).unwrap(), [Field::new("b", "b")]);
    assert_eq!(stored_patch(conn), *mine);
    assert_eq!(mine.b.as_deref(), Some("theirs"));
}

#[test]
fn after_a_merge_the_base_is_what_was_merged() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    diesel::update(wide::table)
        .set((wide::b.eq(None::<String>), wide::version.eq(2)))
        .execute(conn)
        .unwrap();
    mine.a = Some("mine".into());
    assert_eq!(mine.save_merged(conn).unwrap(), [Field::new("b", "b")]);
    assert_eq!(stored_patch(conn), *mine);
    mine.b = Some("b".into());
    assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
    assert_eq!(stored_patch(conn).b.as_deref(), Some("b"));
}

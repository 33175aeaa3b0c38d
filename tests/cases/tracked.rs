//! `Tracked`: a value that knows what it was loaded as.

use super::expect::{self, ANN};
use super::people::{changed_my_mind, delete, rename, stored};
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Error, Field, Outcome, Refreshed, Saved, Tracked};
use optlock_tests::models::{Contact, Patch, Stamped};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, stamped, wide};

const PHONE: Field = Field::new("phone", "phone");
const NAME: Field = Field::new("name", "name");

type Save = fn(&mut Tracked<Contact>, &mut Conn) -> Result<Saved, Error>;

/// The two saves of a tracked value that ask for nobody else's changes.
const SAVES: [Save; 2] = [Tracked::save_checked, Tracked::save_changed];

fn ann(conn: &mut Conn) -> Tracked<Contact> {
    Tracked::new(stored(1, conn))
}

#[test]
fn what_has_not_changed_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    assert_eq!(ann.changed_fields(), []);
    ann.name = "Ann B.".into();
    ann.name = "Ann".into();

    let watch = Watch::on(conn);
    for save in SAVES {
        assert_eq!(save(&mut ann, conn).unwrap(), Saved::NothingChanged);
    }
    assert_eq!(ann.save_merged(conn).unwrap(), []);
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(ann.into_inner(), Contact::ann());
}

#[test]
fn a_save_moves_the_base_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    for (save, name) in SAVES.into_iter().zip(["Ann B.", "Anna"]) {
        ann.name = name.into();
        assert_eq!(ann.changed_fields(), [NAME]);
        assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written);
        assert_eq!(ann.changed_fields(), []);
        assert_eq!(ann.base(), &*ann);
        assert_eq!(stored(1, conn), *ann);
    }
    assert_eq!(ann.version, 3);
}

#[test]
fn after_a_conflict_the_base_is_what_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    rename(1, "Anna", conn);
    ann.phone = None;
    let before = ann.clone();
    for save in SAVES {
        expect::modified(save(&mut ann, conn), ANN, 1, 2);
        assert_eq!(ann, before);
    }
    delete(1, conn);
    for save in SAVES {
        expect::missing(save(&mut ann, conn), ANN, 1);
        assert_eq!(ann, before);
    }
}

#[test]
fn after_an_error_of_the_database_the_base_is_what_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    ann.name = String::new();
    let before = ann.clone();
    for save in SAVES {
        let error = save(&mut ann, conn).unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error:?}");
        assert_eq!(ann, before);
    }
}

#[test]
fn only_changed_columns_are_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    // A writer that moves no version on, so that it shows which columns were written.
    diesel::update(contacts::table.find(1))
        .set(contacts::phone.eq("222"))
        .execute(conn)
        .unwrap();
    ann.name = "Ann B.".into();
    let watch = Watch::on(conn);
    assert_eq!(ann.save_changed(conn).unwrap(), Saved::Written);
    let sent = watch.take_sent();
    assert!(sent.len() == 1 && !sent[0].contains("phone"), "{sent:?}");
    // There are as many texts as sets of columns: none is kept.
    assert_eq!(watch.take_cached(), [""; 0]);

    let row = stored(1, conn);
    assert_eq!((&*row.name, row.phone.as_deref()), ("Ann B.", Some("222")));
    assert_eq!((row.version, ann.version), (2, 2));

    ann.phone = None;
    assert_eq!(ann.save_changed(conn).unwrap(), Saved::Written);
    assert_eq!(stored(1, conn), *ann);
}

#[test]
fn the_stamp_is_written_with_them() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let long_ago: NaiveDateTime = DateTime::UNIX_EPOCH.naive_utc() + chrono::TimeDelta::days(9_999);
    let start = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on: long_ago,
    };
    diesel::insert_into(stamped::table)
        .values(&start)
        .execute(conn)
        .unwrap();
    let mut ann = Tracked::from(start);
    assert_eq!(ann.save_changed(conn).unwrap(), Saved::NothingChanged);
    ann.name = "Ann B.".into();
    assert_eq!(ann.save_changed(conn).unwrap(), Saved::Written);
    assert!(ann.updated_on > long_ago);
    let row: Stamped = stamped::table
        .select(Stamped::as_select())
        .first(conn)
        .unwrap();
    assert_eq!(row, *ann);
    assert_eq!(row.version, 2);
}

#[test]
fn a_merge_takes_the_base_along() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    rename(1, "Anna", conn);
    ann.phone = None;
    assert_eq!(ann.save_merged(conn).unwrap(), [NAME]);
    assert_eq!(ann.base(), &*ann);
    assert_eq!(stored(1, conn), *ann);

    // With the first base, the name would now pass for my change.
    rename(1, "Ann-Marie", conn);
    ann.phone = Some("222".into());
    assert_eq!(ann.save_merged(conn).unwrap(), [NAME]);
    assert_eq!((&*ann.name, ann.version), ("Ann-Marie", 5));
    assert_eq!(stored(1, conn), *ann);

    rename(1, "Anna", conn);
    ann.name = "Ann".into();
    let before = ann.clone();
    expect::merge_conflict(ann.save_merged(conn), ANN, &["name"]);
    assert_eq!(ann, before);
}

/// The version that a form brought is another one than that of the row that was loaded for it.
#[test]
fn a_base_of_another_version_says_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    for save in SAVES {
        let mut form = ann(conn);
        form.version = 1;
        expect::modified(save(&mut form, conn), ANN, 1, 2);
        form.phone = None;
        expect::modified(save(&mut form, conn), ANN, 1, 2);
        // Nor can it be merged with.
        expect::modified(form.save_merged(conn), ANN, 1, 2);
    }
}

/// Otherwise a change back to the base would not be seen.
#[test]
fn a_value_that_was_saved_past_its_base_is_saved_whole() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for save in SAVES {
        let mut ann = ann(conn);
        ann.phone = Some("222".into());
        let inner: &mut Contact = &mut ann;
        assert_eq!(inner.save_or_load(conn).unwrap(), Outcome::Saved);
        ann.phone = Some("111".into());
        assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written);
        assert_eq!(stored(1, conn), *ann);
        assert_eq!(ann.base(), &*ann);
    }
}

#[test]
fn a_transaction_puts_value_and_base_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    ann.phone = None;
    let before = ann.clone();
    for save in SAVES {
        let result = optlock::transaction(conn, &mut ann, |conn, ann| {
            save(ann, conn)?;
            Err::<(), _>(changed_my_mind())
        });
        expect::changed_mind(result);
        assert_eq!(ann, before);
        assert_eq!(ann.changed_fields(), [PHONE]);
    }
    assert_eq!(stored(1, conn), Contact::ann());
}

#[test]
fn a_refresh_makes_the_row_the_base() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    rename(1, "Anna", conn);
    assert!(matches!(ann.refresh(conn).unwrap(), Refreshed::Updated(_)));
    assert_eq!(ann.changed_fields(), []);
    assert_eq!(ann.save_checked(conn).unwrap(), Saved::NothingChanged);

    // So what others do next is merged with.
    ann.phone = None;
    rename(1, "Ann-Marie", conn);
    assert_eq!(ann.save_merged(conn).unwrap(), [NAME]);
    assert_eq!(stored(1, conn), *ann);

    delete(1, conn);
    let before = ann.clone();
    assert_eq!(ann.refresh(conn).unwrap(), Refreshed::Missing);
    assert_eq!(ann, before);
}

#[test]
fn a_touch_takes_the_base_along_and_leaves_edits_unsaved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    ann.name = "Ann B.".into();
    ann.touch_checked(conn).unwrap();
    assert_eq!(ann.changed_fields(), [NAME]);
    assert_eq!(stored(1, conn).name, "Ann");
    // Somebody who does not count versions: only what has changed is written.
    diesel::update(contacts::table.find(1))
        .set(contacts::phone.eq("222"))
        .execute(conn)
        .unwrap();
    ann.save_changed(conn).unwrap();
    assert_eq!(stored(1, conn).phone.as_deref(), Some("222"));
}

#[test]
fn a_forced_save_and_a_save_or_load_move_the_base_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = ann(conn);
    rename(1, "Anna", conn);
    ann.name = "Ann B.".into();
    let before = ann.clone();
    let Outcome::Changed(theirs) = ann.save_or_load(conn).unwrap() else {
        panic!("somebody has renamed her")
    };
    assert_eq!((theirs.name.as_str(), &ann), ("Anna", &before));

    ann.force_save(conn).unwrap();
    assert_eq!(ann.changed_fields(), []);
    ann.phone = None;
    assert_eq!(ann.save_or_load(conn).unwrap(), Outcome::Saved);
    assert_eq!(ann.changed_fields(), []);
    assert_eq!(stored(1, conn), *ann);
}

/// With `None` they leave columns alone.
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

#[test]
fn a_base_of_another_row_says_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = ann(conn);
    mine.id = 2;
    assert_eq!(mine.save_changed(conn).unwrap(), Saved::Written);
    assert_eq!(stored(2, conn), *mine);
    assert_eq!(mine.name, "Ann");
}

/// Somebody else sets `b` of the patch.
fn set_b(value: &str, conn: &mut Conn) {
    let mut theirs = stored_patch(conn);
    theirs.b = Some(value.into());
    theirs.save_checked(conn).unwrap();
}

/// What a save has left alone in a row that it did not know is not known.
#[track_caller]
fn expect_b_is_saved(mut mine: Tracked<Patch>, conn: &mut Conn) {
    mine.b = Some("b".into());
    assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
    assert_eq!(stored_patch(conn).b.as_deref(), Some("b"));
}

#[test]
fn after_a_forced_save_the_base_knows_nothing_of_what_was_left_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    set_b("theirs", conn);
    (mine.a, mine.b) = (Some("mine".into()), None);
    mine.force_save(conn).unwrap();
    expect_b_is_saved(mine, conn);
}

#[test]
fn after_a_save_at_a_version_of_its_own_neither() {
    for save in [Tracked::save_checked, Tracked::save_changed] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut mine = patch(conn);
        set_b("theirs", conn);
        mine.version = 2;
        (mine.a, mine.b) = (Some("mine".into()), None);
        assert_eq!(save(&mut mine, conn).unwrap(), Saved::Written);
        expect_b_is_saved(mine, conn);
    }
}

#[test]
fn after_nothing_was_sent_neither() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    set_b("theirs", conn);
    *mine = Patch {
        id: 1,
        version: 2,
        ..Patch::default()
    };
    assert_eq!(mine.save_or_load(conn).unwrap(), Outcome::Saved);
    expect_b_is_saved(mine, conn);
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
    expect_b_is_saved(mine, conn);
}

/// Somebody else sets `b` to NULL, in the row at that version.
fn clear_b(version: i64, conn: &mut Conn) {
    let cleared = diesel::update(wide::table.filter(wide::version.eq(version)))
        .set((wide::b.eq(None::<String>), wide::version.eq(version + 1)))
        .execute(conn);
    assert_eq!(cleared, Ok(1));
}

/// A save that sends nothing, and one that leaves `b` alone in a row that may not be the base. Each
/// returns the version of the row.
type SaveInPart = fn(&mut Tracked<Patch>, &mut Conn) -> i64;
const IN_PART: [SaveInPart; 4] = [
    |mine, conn| {
        (mine.a, mine.b, mine.c) = (None, None, None);
        mine.force_save(conn).unwrap();
        1
    },
    |mine, conn| {
        (mine.a, mine.b) = (Some("mine".into()), None);
        mine.force_save(conn).unwrap();
        2
    },
    |mine, conn| {
        set_b("b", conn);
        (mine.a, mine.b, mine.c, mine.version) = (None, None, None, 2);
        assert_eq!(mine.save_or_load(conn).unwrap(), Outcome::Saved);
        2
    },
    |mine, conn| {
        set_b("b", conn);
        (mine.a, mine.b, mine.version) = (Some("mine".into()), None, 2);
        assert_eq!(mine.save_checked(conn).unwrap(), Saved::Written);
        3
    },
];

/// What a column held that was left alone is known, or else nothing is merged: "not known" is not
/// "was NULL".
#[test]
fn what_is_not_known_is_not_merged_with() {
    for (nth, save) in IN_PART.into_iter().enumerate() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut mine = patch(conn);
        let version = save(&mut mine, conn);
        clear_b(version, conn);
        mine.b = Some("mine".into());
        let before = mine.clone();
        let error = mine.save_merged(conn).unwrap_err();
        assert!(error.is_conflict(), "{nth}: {error:?}");
        assert_eq!(mine, before);
        assert_eq!(stored_patch(conn).b, None, "{nth}");

        // A refresh knows it again.
        mine.refresh(conn).unwrap();
        mine.b = Some("mine".into());
        let mut theirs = stored_patch(conn);
        theirs.c = Some("theirs".into());
        theirs.save_checked(conn).unwrap();
        assert_eq!(mine.save_merged(conn).unwrap(), [Field::new("c", "c")]);
        assert_eq!(stored_patch(conn), *mine);
    }
}

/// Nor is a change of others taken for one of the same field.
#[test]
fn what_was_left_alone_by_nobody_is_no_conflict() {
    for save in IN_PART {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut mine = patch(conn);
        save(&mut mine, conn);
        let mut theirs = stored_patch(conn);
        theirs.c = Some("theirs".into());
        theirs.save_checked(conn).unwrap();
        mine.b = Some("mine".into());
        let result = mine.save_merged(conn);
        assert!(
            !matches!(result, Err(Error::MergeConflict(_))),
            "{result:?}"
        );
    }
}

/// A change back to what the base was is one, where the row was not the base.
#[test]
fn a_change_back_to_the_base_is_not_taken_for_none() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = patch(conn);
    set_b("theirs", conn);
    (mine.a, mine.b) = (Some("mine".into()), None);
    mine.force_save(conn).unwrap();
    let mut theirs = stored_patch(conn);
    theirs.c = Some("theirs".into());
    theirs.save_checked(conn).unwrap();
    mine.b = Some("b".into());
    let error = mine.save_merged(conn).unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    assert_eq!(mine.b.as_deref(), Some("b"));
}

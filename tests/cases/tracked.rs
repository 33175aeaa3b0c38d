//! `Tracked`: a value that knows what it was loaded as.

use crate::helpers::expect::{self, ANN};
use crate::helpers::people::{Named, changed_my_mind, delete, rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use optlock::{Error, Field, Outcome, Refreshed, Saved};
use optlock_tests::models::{Contact, Stamped};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, stamped};

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

/// What a call on a tracked value is in a file that imports `VersionedDsl` alone: `Tracked`
/// dereferences to the model, so it is the model's own.
mod by_versioned_dsl_alone {
    use crate::Conn;
    use crate::prelude::{Tracked, VersionedDsl};
    use optlock_tests::models::Contact;

    type Call = fn(&mut Tracked<Contact>, &mut Conn);

    pub(super) const CALLS: [(&str, Call); 6] = [
        ("save_checked", |ann, conn| {
            let () = ann.save_checked(conn).unwrap(); // and no `Saved`
        }),
        ("save_or_load", |ann, conn| {
            let _ = ann.save_or_load(conn).unwrap();
        }),
        ("save_merged", |ann, conn| {
            let base = ann.base().clone();
            ann.save_merged(&base, conn).unwrap(); // takes a base
        }),
        ("force_save", |ann, conn| ann.force_save(conn).unwrap()),
        ("touch_checked", |ann, conn| {
            ann.touch_checked(conn).unwrap();
        }),
        ("refresh", |ann, conn| {
            let _ = ann.refresh(conn).unwrap();
        }),
    ];
}

/// The base is left behind, and each operation by `TrackedDsl` sees that.
#[test]
fn without_tracked_dsl_the_base_stays_behind_and_nothing_is_lost() {
    for (name, call) in by_versioned_dsl_alone::CALLS {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let past_base = |conn: &mut Conn| {
            let mut ann = ann(conn);
            ann.touch_checked(conn).unwrap();
            if name == "refresh" {
                rename(1, "Anna", conn);
            }
            ann.phone = Some("222".into());
            call(&mut ann, conn);
            assert_eq!(ann.base().version + 1, ann.version, "{name}");
            ann
        };

        // A change back to the base is saved.
        for save in SAVES {
            let mut ann = past_base(conn);
            (ann.name, ann.phone) = (ann.base().name.clone(), ann.base().phone.clone());
            assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written, "{name}");
            assert_eq!(stored(1, conn), *ann, "{name}");
            assert_eq!(ann.base(), &*ann, "{name}");
        }

        // What others save is neither overwritten nor merged with.
        let mut ann = past_base(conn);
        let version = ann.version;
        rename(1, "Ann-Marie", conn);
        ann.phone = None;
        for save in SAVES {
            expect::modified(save(&mut ann, conn), ANN, version, version + 1);
        }
        expect::modified(ann.save_merged(conn), ANN, version, version + 1);

        // A refresh by `TrackedDsl` makes the row the base.
        assert!(matches!(ann.refresh(conn).unwrap(), Refreshed::Updated(_)));
        ann.phone = None;
        rename(1, "Anna", conn);
        assert_eq!(ann.save_merged(conn).unwrap(), [NAME], "{name}");
        assert_eq!(stored(1, conn), *ann, "{name}");
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
        let result = transaction(conn, &mut ann, |conn, ann| {
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
fn a_refresh_takes_a_version_that_equality_leaves_out() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = Tracked::new(Named::stored(1, conn));
    assert_eq!(ann.refresh(conn).unwrap(), Refreshed::Unchanged);
    stored(1, conn).touch_checked(conn).unwrap();

    let Refreshed::Updated(before) = ann.refresh(conn).unwrap() else {
        panic!("the version is another one")
    };
    assert_eq!((before.version, ann.version), (1, 2));
    assert_eq!((ann.base().version, ann.changed_fields()), (2, vec![]));
    ann.name = "Ann B.".into();
    assert_eq!(ann.save_checked(conn).unwrap(), Saved::Written);
    let row = stored(1, conn);
    assert_eq!((&*row.name, row.version), ("Ann B.", 3));
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

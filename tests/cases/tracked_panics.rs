//! A `Clone` or a `PartialEq` of the user's panics, each time that one is asked: value and base go
//! together all the same, and are what the row holds.

use crate::helpers::expect::Row;
use crate::helpers::fragile::{Fragile, with_fuse};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::{Outcome, Refreshed, Saved};
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;

diesel::table! {
    vases {
        id -> Integer,
        form -> Text,
        glaze -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
struct Vase {
    id: i32,
    form: Fragile<String>,
    glaze: Fragile<String>,
    version: i64,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = vases)]
struct Plain {
    id: i32,
    form: Fragile<String>,
    glaze: Fragile<String>,
}

/// What each of the two structs can be asked.
trait Shown: Sized {
    fn load(conn: &mut Conn) -> Self;
    fn show(&self) -> String;
}

impl Shown for Vase {
    fn load(conn: &mut Conn) -> Self {
        vases::table.select(Self::as_select()).first(conn).unwrap()
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Shown for Plain {
    fn load(conn: &mut Conn) -> Self {
        vases::table.select(Self::as_select()).first(conn).unwrap()
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

fn reset(conn: &mut Conn) {
    conn.batch_execute(
        "DROP TABLE IF EXISTS vases;
         CREATE TABLE vases (id INTEGER NOT NULL PRIMARY KEY, form VARCHAR(100) NOT NULL, glaze VARCHAR(100) NOT NULL, \
         version BIGINT NOT NULL);
         INSERT INTO vases VALUES (1, 'round', 'blue', 1)",
    )
    .unwrap();
}

const VASE: Row = ("vases", "1");

/// Runs `save` of an edited value again and again, and lets each of the calls panic in turn.
/// `meanwhile` is what somebody else does before.
#[track_caller]
fn at_each_call<M: Shown + Clone>(
    edit: impl Fn(&mut M),
    meanwhile: &str,
    mut save: impl FnMut(&mut Tracked<M>, &mut Conn),
) {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for fuse in 0.. {
        reset(conn);
        let mut tracked = Tracked::new(M::load(conn));
        edit(&mut tracked);
        conn.batch_execute(meanwhile).unwrap();
        let row = M::load(conn).show();
        let before = (tracked.base().show(), tracked.show());

        let (saved, left) = with_fuse(fuse, || save(&mut tracked, conn));

        let now = (tracked.base().show(), tracked.show());
        let row_now = M::load(conn).show();
        if saved.is_err() && row_now == row && now == before {
            continue;
        }
        assert!(saved.is_ok() || left == 0);
        assert_eq!(now, (row_now.clone(), row_now), "at call {fuse}");
        if saved.is_ok() {
            assert!(fuse > 0, "nothing was counted");
            break;
        }
    }
}

const NOTHING: &str = "SELECT 1";
const THEIRS: &str = "UPDATE vases SET glaze = 'green', version = 2";

fn edit(vase: &mut Vase) {
    vase.form = Fragile("tall".into());
}

#[test]
fn a_save() {
    at_each_call(edit, NOTHING, |vase, conn| {
        assert_eq!(vase.save_checked(conn).unwrap(), Saved::Written);
    });
    at_each_call(edit, NOTHING, |vase, conn| {
        assert_eq!(vase.save_changed(conn).unwrap(), Saved::Written);
    });
    at_each_call(edit, NOTHING, |vase, conn| {
        assert!(matches!(vase.save_or_load(conn).unwrap(), Outcome::Saved));
    });
    at_each_call(edit, NOTHING, |vase, conn| vase.force_save(conn).unwrap());
}

#[test]
fn a_merge() {
    at_each_call(edit, NOTHING, |vase, conn| {
        assert_eq!(vase.save_merged(conn).unwrap(), []);
    });
    at_each_call(edit, THEIRS, |vase, conn| {
        assert_eq!(vase.save_merged(conn).unwrap()[0].name(), "glaze");
    });
}

#[test]
fn a_refresh() {
    at_each_call(edit, THEIRS, |vase, conn| {
        assert!(matches!(vase.refresh(conn).unwrap(), Refreshed::Updated(_)));
    });
    at_each_call(
        |_: &mut Vase| {},
        NOTHING,
        |vase, conn| {
            assert!(matches!(vase.refresh(conn).unwrap(), Refreshed::Unchanged));
        },
    );
}

#[test]
fn a_save_without_a_version() {
    // Which sends its update in a transaction.
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let edit = |vase: &mut Plain| vase.form = Fragile("tall".into());
    at_each_call(edit, NOTHING, |vase, conn| {
        assert_eq!(vase.save_unchanged(conn).unwrap(), Saved::Written);
    });
}

#[test]
fn a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    reset(conn);
    let mut vase = Tracked::new(Vase::load(conn));
    edit(&mut vase);
    conn.batch_execute(THEIRS).unwrap();
    let before = vase.clone();
    crate::helpers::expect::modified(vase.save_checked(conn), VASE, 1, 2);
    crate::helpers::expect::modified(vase.save_changed(conn), VASE, 1, 2);
    assert_eq!(vase, before);
}

diesel::table! {
    plants {
        id -> Integer,
        name -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff)]
#[diesel(table_name = plants, treat_none_as_null = false)]
struct Name {
    name: Option<String>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
struct Plant {
    id: i32,
    #[diesel(embed)]
    name: Name,
    version: i64,
}

/// The base is another one, so all of the value is saved, and there is nothing in it.
#[test]
fn what_sends_nothing_was_not_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE plants (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(100), version BIGINT NOT NULL);
         INSERT INTO plants VALUES (1, 'fern', 1)",
    )
    .unwrap();
    let plant = |name: Option<&str>, version| Plant {
        id: 1,
        name: Name {
            name: name.map(str::to_owned),
        },
        version,
    };
    let base = plant(Some("moss"), 1);
    let mut tracked = Tracked::with_base(base.clone(), plant(None, 7));
    let before = tracked.clone();
    // It prints what Diesel is about to send.
    let _log = Watch::on(conn);
    assert_eq!(tracked.save_checked(conn).unwrap(), Saved::NothingChanged);
    assert_eq!(tracked.save_changed(conn).unwrap(), Saved::NothingChanged);
    assert_eq!(tracked.save_merged(conn).unwrap(), []);
    assert_eq!(tracked.save_or_load(conn).unwrap(), Outcome::Saved);
    tracked.force_save(conn).unwrap();
    assert_eq!(tracked, before);
    let stored: Plant = plants::table
        .select(Plant::as_select())
        .first(conn)
        .unwrap();
    assert_eq!(stored, plant(Some("fern"), 1));
}

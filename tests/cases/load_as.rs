//! A partial struct that loads the whole row: `load_current_as` and `save_or_load_as`.

use crate::helpers::expect::{self, ANN};
use crate::helpers::patch::{Patch, patch};
use crate::helpers::people::{delete, rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use optlock::{Error, Outcome};
use optlock_tests::capabilities::require;
use optlock_tests::models::{Contact, Legacy, Rename};

/// A handler of PATCH: the row that was saved is the answer.
fn answer(patch: &mut Patch, conn: &mut Conn) -> Result<Option<Contact>, Error> {
    transaction(conn, patch, |conn, patch| {
        patch.save_checked(conn)?;
        patch.load_current_as::<Contact>(conn)
    })
}

#[test]
fn a_patch_tells_null_from_absent_and_answers_with_the_whole_row() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let name = Some("Anna".to_owned());
    for (name, phone, expected) in [
        (None, None, ("Ann", Some("111"))),
        (name, None, ("Anna", Some("111"))),
        (None, Some(None), ("Anna", None)),
        (None, Some(Some("222".to_owned())), ("Anna", Some("222"))),
    ] {
        let mut patch = Patch {
            name,
            phone,
            ..patch(stored(1, conn).version)
        };
        let contact = answer(&mut patch, conn).unwrap().unwrap();
        assert_eq!((contact.name.as_str(), contact.phone.as_deref()), expected);
        assert_eq!(contact.version, patch.version);
        assert_eq!(contact, stored(1, conn));
    }
    assert_eq!(stored(1, conn).version, 4);
}

#[test]
fn a_struct_that_borrows_loads_one_that_does_not() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let name = String::from("Ann B.");
    let mut mine = Rename {
        id: 1,
        name: &name,
        version: 1,
    };
    mine.save_checked(conn).unwrap();
    let row = mine.load_current_as::<Contact>(conn).unwrap();
    assert_eq!(row, Some(stored(1, conn)));
    let mut stale = Rename { version: 1, ..mine };
    assert_eq!(
        stale.save_or_load_as::<Contact>(conn).unwrap(),
        Outcome::Changed(stored(1, conn))
    );
    delete(1, conn);
    assert_eq!(mine.load_current_as::<Contact>(conn).unwrap(), None);
    assert_eq!(
        stale.save_or_load_as::<Contact>(conn).unwrap(),
        Outcome::Missing
    );
}

#[test]
fn what_is_loaded_needs_no_version_of_its_own() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let mut stale = Patch {
        name: Some("mine".into()),
        ..patch(1)
    };
    let theirs = Legacy {
        id: 1,
        name: "Anna".into(),
        phone: Some("111".into()),
    };
    assert_eq!(
        stale.load_current_as::<Legacy>(conn).unwrap(),
        Some(theirs.clone())
    );
    assert_eq!(
        stale.save_or_load_as::<Legacy>(conn).unwrap(),
        Outcome::Changed(theirs)
    );
    assert_eq!(stale.version, 1);
}

#[test]
fn save_or_load_as_saves() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = Patch {
        name: Some("Anna".into()),
        ..patch(1)
    };
    let outcome = mine.save_or_load_as::<Contact>(conn).unwrap();
    assert_eq!(outcome, Outcome::Saved);
    assert_eq!((mine.version, stored(1, conn).name), (2, "Anna".into()));
}

/// A `Tracked` value follows a save that may load another struct.
#[test]
fn the_base_of_a_tracked_value_moves_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = Tracked::new(stored(1, conn));
    ann.phone = None;
    assert_eq!(ann.save_or_load_as::<Legacy>(conn).unwrap(), Outcome::Saved);
    assert_eq!((ann.base().version, ann.changed_fields()), (2, vec![]));
    rename(1, "Anna", conn);
    let before = ann.clone();
    let Outcome::Changed(theirs) = ann.save_or_load_as::<Legacy>(conn).unwrap() else {
        panic!("somebody has changed the row")
    };
    assert_eq!((theirs.name.as_str(), theirs.phone), ("Anna", None));
    assert_eq!(ann, before);
}

fn story<C>(conn: &mut C)
where
    C: TransactionConnection,
    Patch: methods::Save<C> + methods::LoadCurrent<C, Contact> + methods::SaveOrLoad<C, Contact>,
{
    let mut mine = Patch {
        phone: Some(None),
        ..patch(1)
    };
    let row = transaction(conn, &mut mine, |conn, mine| {
        mine.save_checked(conn)?;
        mine.load_current_as::<Contact>(conn)
    });
    let row = row.unwrap().unwrap();
    assert_eq!((row.version, row.phone.as_deref()), (2, None));
    mine.version = 1;
    assert_eq!(
        mine.save_or_load_as::<Contact>(conn).unwrap(),
        Outcome::Changed(row)
    );
    expect::modified(mine.save_checked(conn), ANN, 1, 2);
}

#[test]
fn on_a_connection() {
    story(&mut Scratch::new().connect());
}

#[test]
fn on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    story(&mut AnyConnection::from(Scratch::new().connect()));
}

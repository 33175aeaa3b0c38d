//! In a transaction that has read the row before somebody else changed it.

use crate::helpers::legacy::{self, legacy};
use crate::helpers::patch::{Patch, patch};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{CAPABILITIES, Scratch};
use optlock::{Error, Outcome};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use std::cell::RefCell;

/// The row that is merged with is the newest one, whatever plain reads show here.
#[test]
fn the_newest_row_is_merged_with() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), RefCell::new(scratch.connect()));
    let mut mine = transaction(conn, (), |conn, ()| {
        let base = stored(1, conn);
        rename(1, "Anna", &mut other.borrow_mut());
        let mut mine = Contact {
            phone: None,
            ..base.clone()
        };
        mine.save_merged(&base, conn)?;
        Ok::<_, Error>(mine)
    })
    .unwrap();
    let merged = Contact {
        name: "Anna".into(),
        phone: None,
        version: 3,
        ..Contact::ann()
    };
    assert_eq!(mine, merged);
    let other = &mut other.into_inner();
    assert_eq!(stored(1, other), merged);
    mine.save_checked(other).unwrap();
}

/// Loaded as another struct, it is the newest row as well.
#[test]
fn the_newest_row_is_loaded_as_another_struct() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), RefCell::new(scratch.connect()));
    transaction(conn, (), |conn, ()| {
        let base = stored(1, conn);
        let other = &mut *other.borrow_mut();
        rename(1, "Anna", other);
        let mut mine = Patch {
            phone: Some(None),
            ..patch(base.version)
        };
        let outcome = mine.save_or_load_as::<Contact>(conn)?;
        assert_eq!(outcome, Outcome::Changed(stored(1, other)));
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn the_newest_row_is_compared_with_where_there_is_no_version() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), RefCell::new(scratch.connect()));
    transaction(conn, (), |conn, ()| {
        let mut ann = legacy(1, conn);
        rename(1, "Anna", &mut other.borrow_mut());
        ann.phone = None;
        legacy::changed(ann.save_unchanged(conn), &["name"]);
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(stored(1, &mut other.into_inner()).phone, Some("111".into()));
}

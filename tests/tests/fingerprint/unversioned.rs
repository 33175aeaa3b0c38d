//! A value whose table has no version.

use super::prelude::*;
use super::{Conn, Scratch};
use crate::{changed, editing, keys, refused};
use optlock::seal::Seal;
use optlock::{Error, Fingerprint, Found, Saved, SealError};
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::schema::contacts;
use std::cell::RefCell;

fn load(conn: &mut Conn) -> Tracked<Legacy> {
    let row = contacts::table.find(1).select(Legacy::as_select());
    Tracked::new(row.first(conn).unwrap())
}

fn page(seal: &Seal<'_>, conn: &mut Conn) -> String {
    Fingerprint::builder(seal).row(&*load(conn)).build().into()
}

fn save(
    ann: &mut Tracked<Legacy>,
    fingerprint: &str,
    seal: &Seal<'_>,
    conn: &mut Conn,
) -> Result<Saved, Error> {
    ann.save_if_unchanged(fingerprint, seal, conn, |_, page, _| Ok(page))
}

fn set_phone(phone: &str, conn: &mut Conn) {
    diesel::update(contacts::table.find(1))
        .set(contacts::phone.eq(phone))
        .execute(conn)
        .unwrap();
}

#[test]
fn what_is_as_the_page_has_shown_is_saved() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = page(&seal, conn);
    let mut ann = load(conn);
    ann.name = "Ann B.".into();
    let saved = save(&mut ann, &fingerprint, &seal, conn).unwrap();
    assert_eq!(saved, Saved::Written);
    assert_eq!(ann.base(), &*ann);
    assert_eq!(*load(&mut scratch.connect()), *ann);
}

/// Loaded for the request, the value has what the page has not shown.
#[test]
fn what_has_changed_since_the_page_is_named_and_left_alone() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = page(&seal, conn);
    set_phone("222", conn);
    let mut ann = load(conn);
    ann.name = "Ann B.".into();
    ann.phone = Some("111".into()); // as the page has it
    let before = ann.clone();
    let result = save(&mut ann, &fingerprint, &seal, conn);
    changed(result, &["contacts 1.phone"]);
    assert_eq!(ann, before);
    assert_eq!(load(conn).phone.as_deref(), Some("222"));
    assert_eq!(load(conn).name, "Ann");

    // Without a change of ours the page is compared too.
    let result = save(&mut load(conn), &fingerprint, &seal, conn);
    changed(result, &["contacts 1.phone"]);
}

/// Changed between page and request, it is kept; changed between load and save, it is a conflict.
#[test]
fn what_the_page_leaves_out_is_not_overwritten() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let shown = load(conn);
    let shown = Fingerprint::builder(&seal).row(&*shown).without("phone");
    let fingerprint = shown.build();
    let save = |ann: &mut Tracked<Legacy>, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| {
            Ok(page.without("phone"))
        })
    };
    set_phone("222", conn);
    let mut ann = load(conn);
    ann.name = "Ann B.".into();
    set_phone("333", conn);
    let Err(Error::ConcurrentModification(conflict)) = save(&mut ann, conn) else {
        panic!("the phone has changed since the load")
    };
    let Found::Changed { fields } = conflict.found() else {
        panic!("{conflict:?}")
    };
    assert_eq!(fields[0].name(), "phone");
    assert_eq!(load(conn).name, "Ann");

    let mut ann = load(conn);
    ann.name = "Ann B.".into();
    assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written);
    assert_eq!(load(conn).phone.as_deref(), Some("333"));
    assert_eq!(load(conn).name, "Ann B.");
}

#[test]
fn a_row_that_is_gone_is_missing() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (fingerprint, mut ann) = (page(&seal, conn), load(conn));
    diesel::delete(contacts::table.find(1))
        .execute(conn)
        .unwrap();
    let error = save(&mut ann, &fingerprint, &seal, conn).unwrap_err();
    assert!(error.is_missing(), "{error:?}");
    assert_eq!(error.to_string(), "contacts 1 is gone");
    assert_eq!(contacts::table.count().get_result(conn), Ok(1));
}

#[test]
fn the_fingerprint_of_another_session_is_refused() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (fingerprint, mut ann) = (page(&seal, conn), load(conn));
    ann.name = "Ann B.".into();
    let bobs = keys.purpose("edit").session("bob").unwrap();
    refused(
        save(&mut ann, &fingerprint, &bobs, conn),
        SealError::NotGenuine,
    );
    assert_eq!(load(conn).name, "Ann");
}

#[test]
fn it_is_no_part_of_another_transaction() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (fingerprint, ann) = (page(&seal, conn), RefCell::new(load(conn)));
    transaction(conn, (), |conn, ()| {
        let result = save(&mut ann.borrow_mut(), &fingerprint, &seal, conn);
        assert!(
            matches!(result, Err(Error::AlreadyInTransaction { .. })),
            "{result:?}"
        );
        Ok::<_, Error>(())
    })
    .unwrap();
}

/// A version and a page of its table, in a program that knows the version.
#[test]
fn a_model_with_a_version_has_the_same_parts() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = page(&seal, conn);
    let ann = contacts::table.find(1).select(Contact::as_select());
    let mut ann: Contact = ann.first(conn).unwrap();
    ann.name = "Ann B.".into();
    ann.save_if_unchanged(&fingerprint, &seal, conn, |_, page, _| Ok(page))
        .unwrap();
    assert_eq!(ann.version, 2);
}

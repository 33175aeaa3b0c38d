//! A value with a version.

use super::prelude::*;
use super::{CAPABILITIES, Conn, Scratch};
use crate::{changed, editing, keys, refused};
use diesel::result::DatabaseErrorKind::ForeignKeyViolation;
use diesel::result::Error::{DatabaseError, RollbackTransaction};
use optlock::seal::Seal;
use optlock::{Error, Fingerprint, Found, Saved, SealError};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;

fn stored(id: i32, conn: &mut Conn) -> Contact {
    let row = contacts::table.find(id).select(Contact::as_select());
    row.first(conn).unwrap()
}

fn count(conn: &mut Conn) -> QueryResult<i64> {
    contacts::table.count().get_result(conn)
}

/// A page that shows Ann, and how many contacts there are.
fn page(seal: &Seal<'_>, conn: &mut Conn) -> (Contact, String) {
    let ann = stored(1, conn);
    let page = Fingerprint::builder(seal)
        .row(&ann)
        .value("contacts", &count(conn).unwrap());
    (ann, page.build().into())
}

fn save(
    ann: &mut Contact,
    fingerprint: &str,
    seal: &Seal<'_>,
    conn: &mut Conn,
) -> Result<(), Error> {
    ann.save_if_unchanged(fingerprint, seal, conn, |conn, page, _| {
        Ok(page.value("contacts", &count(conn)?))
    })
}

#[test]
fn what_is_as_the_page_has_shown_is_saved() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    ann.name = "Ann B.".into();
    save(&mut ann, &fingerprint, &seal, conn).unwrap();
    assert_eq!(ann.version, 2);
    assert_eq!(stored(1, &mut scratch.connect()), ann);

    // The page is out of date by its own save.
    let again = save(&mut ann, &fingerprint, &seal, conn);
    changed(again, &["contacts 1.name"]);
}

#[test]
fn what_another_client_has_changed_is_named_and_left_alone() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    let mut theirs = ann.clone();
    theirs.phone = None;
    theirs.save_checked(conn).unwrap();

    ann.name = "Ann B.".into();
    let before = ann.clone();
    let result = save(&mut ann, &fingerprint, &seal, conn);
    changed(result, &["contacts 1.phone"]);
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn), theirs);

    // With the version of the row as well: the page is what was shown.
    ann.version = theirs.version;
    let result = save(&mut ann, &fingerprint, &seal, conn);
    changed(result, &["contacts 1.phone"]);
    assert_eq!(stored(1, conn), theirs);
}

#[test]
fn what_else_the_page_has_shown_is_compared() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    diesel::delete(contacts::table.find(2))
        .execute(conn)
        .unwrap();
    ann.name = "Ann B.".into();
    let result = save(&mut ann, &fingerprint, &seal, conn);
    changed(result, &["contacts"]);
    assert_eq!(stored(1, conn), Contact::ann());
}

#[test]
fn the_version_is_compared_as_well() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    // Another client has touched the row: no field is another one.
    ann.clone().touch_checked(conn).unwrap();
    ann.name = "Ann B.".into();
    let before = ann.clone();
    let Err(Error::ConcurrentModification(conflict)) = save(&mut ann, &fingerprint, &seal, conn)
    else {
        panic!("the version has moved on")
    };
    assert_eq!(conflict.expected(), Some(&1.into()));
    assert_eq!(*conflict.found(), Found::Modified { version: 2.into() });
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn).name, "Ann");
}

#[test]
fn what_is_left_out_is_guarded_by_the_version() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = stored(1, conn);
    let shown = Fingerprint::builder(&seal).without("phone").row(&ann);
    let fingerprint = shown.build();
    let mut theirs = ann.clone();
    theirs.phone = None;
    theirs.save_checked(conn).unwrap();
    let mut save = |ann: &mut Contact| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| {
            Ok(page.without("phone"))
        })
    };
    ann.name = "Ann B.".into();
    assert!(matches!(
        save(&mut ann),
        Err(Error::ConcurrentModification(_))
    ));
    // Loaded for this request, it keeps what the page has not shown.
    theirs.name = "Ann B.".into();
    save(&mut theirs).unwrap();
    assert_eq!(stored(1, conn), theirs);
    assert_eq!(theirs.phone, None);
}

#[test]
fn a_row_that_is_gone_is_missing() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    stored(1, conn).delete_checked(conn).unwrap();
    let error = save(&mut ann, &fingerprint, &seal, conn).unwrap_err();
    assert!(error.is_missing(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "contacts 1 is gone: expected version 1, found no row"
    );
    assert_eq!(ann, Contact::ann());
    assert_eq!(count(conn), Ok(1));
}

#[test]
fn the_fingerprint_of_another_form_is_refused() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    ann.name = "Ann B.".into();
    let bobs = keys.purpose("edit").session("bob").unwrap();
    let result = save(&mut ann, &fingerprint, &bobs, conn);
    refused(result, SealError::NotGenuine);
    let delete = keys.purpose("delete").session("ann").unwrap();
    let result = save(&mut ann, &fingerprint, &delete, conn);
    refused(result, SealError::NotGenuine);
    let result = save(&mut ann, "", &seal, conn);
    refused(result, SealError::Malformed);
    // Of another page of this session
    let (_, bob) = (stored(2, conn), stored(2, conn));
    let other = Fingerprint::builder(&seal).row(&bob).build();
    let result = ann.save_if_unchanged(other.as_str(), &seal, conn, |_, page, _| Ok(page));
    changed(result, &["contacts 1.name", "contacts 1.phone"]);
    assert_eq!(stored(1, conn), Contact::ann());
    assert_eq!(ann.version, 1);
}

#[test]
fn an_error_of_the_page_rolls_back() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    ann.name = "Ann B.".into();
    let before = ann.clone();
    let result = ann.save_if_unchanged(&fingerprint, &seal, conn, |conn, _, _| {
        diesel::delete(contacts::table.find(2)).execute(conn)?;
        Err(RollbackTransaction.into())
    });
    assert!(
        matches!(result, Err(Error::Database(RollbackTransaction))),
        "{result:?}"
    );
    assert_eq!(ann, before);
    assert_eq!(stored(2, conn), Contact::bob());
    save(&mut ann, &fingerprint, &seal, conn).unwrap();
}

#[test]
fn a_commit_that_fails_puts_the_value_back() {
    let Some(()) = require(CAPABILITIES.deferred_constraints) else {
        return;
    };
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    conn.batch_execute(
        "CREATE TABLE notes (
             contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED
         )",
    )
    .unwrap();
    let (mut ann, fingerprint) = page(&seal, conn);
    ann.name = "Ann B.".into();
    let before = ann.clone();
    let result = ann.save_if_unchanged(&fingerprint, &seal, conn, |conn, page, _| {
        diesel::sql_query("INSERT INTO notes (contact_id) VALUES (9)").execute(conn)?;
        Ok(page.value("contacts", &count(conn)?))
    });
    assert!(
        matches!(
            result,
            Err(Error::Database(DatabaseError(ForeignKeyViolation, _)))
        ),
        "{result:?}"
    );
    assert_eq!(ann, before);
    assert_eq!(stored(1, conn), Contact::ann());
    save(&mut ann, &fingerprint, &seal, conn).unwrap();
}

#[test]
fn it_is_no_part_of_another_transaction() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (ann, fingerprint) = page(&seal, conn);
    let watch = Watch::on(conn);
    transaction(conn, (), |conn, ()| {
        watch.take_sent();
        let error = save(&mut ann.clone(), &fingerprint, &seal, conn).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`save_if_unchanged` must be the outermost transaction, and one is open already"
        );
        assert!(matches!(error, Error::AlreadyInTransaction { .. }));
        assert_eq!(watch.take_sent(), [""; 0]);
        Ok::<_, Error>(())
    })
    .unwrap();
}

/// In a transaction the steps are the user's.
#[test]
fn in_a_transaction_a_page_is_verified_behind_a_lock() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let (mut ann, fingerprint) = page(&seal, conn);
    let save = |ann: &mut Contact, conn: &mut Conn| {
        transaction(conn, ann, |conn, ann| {
            ann.lock_checked(conn)?;
            Fingerprint::builder(&seal)
                .row(&stored(1, conn))
                .value("contacts", &count(conn)?)
                .verify(&fingerprint)?;
            ann.save_checked(conn)
        })
    };
    ann.name = "Ann B.".into();
    save(&mut ann, conn).unwrap();
    assert_eq!(stored(1, conn), ann);
    let before = ann.clone();
    ann.name = "Anna".into();
    changed(save(&mut ann, conn), &["contacts 1.name"]);
    assert_eq!(stored(1, conn), before);
}

#[test]
fn a_tracked_value_moves_its_base() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let ann = stored(1, conn);
    let fingerprint = Fingerprint::builder(&seal).row(&ann).build();
    let mut ann = Tracked::new(ann);
    let save = |ann: &mut Tracked<Contact>, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page))
    };
    assert_eq!(save(&mut ann, conn).unwrap(), Saved::NothingChanged);
    ann.name = "Ann B.".into();
    assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written);
    assert_eq!((ann.base(), ann.version), (&*ann, 2));
    assert_eq!(stored(1, conn), *ann);

    // Also where nothing has changed, the page is compared.
    let before = ann.clone();
    changed(save(&mut ann, conn), &["contacts 1.name"]);
    ann.name = "Anna".into();
    changed(save(&mut ann, conn), &["contacts 1.name"]);
    assert_eq!(ann.base(), before.base());
}

/// The closure need not use the builder that it gets.
#[test]
fn a_fingerprint_of_another_purpose_is_refused_whatever_the_closure_returns() {
    let (scratch, keys) = (Scratch::new(), keys());
    let conn = &mut scratch.connect();
    let (seal, other) = (editing(&keys), keys.purpose("show").without_session());
    let mut ann: Contact = contacts::table
        .find(1)
        .select(Contact::as_select())
        .first(conn)
        .unwrap();
    let fingerprint = Fingerprint::builder(&other).row(&ann).build();
    ann.name = "Ann B.".into();
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, _, _| {
        Ok(Fingerprint::builder(&other))
    });
    assert!(
        matches!(saved, Err(Error::Seal(SealError::NotGenuine))),
        "{saved:?}"
    );
    assert_eq!(ann.version, 1);
}

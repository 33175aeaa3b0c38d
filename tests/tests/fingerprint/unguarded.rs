//! Fields that the fingerprint does not cover: no save changes them.

use super::prelude::*;
use super::{Conn, Scratch};
use crate::{changed, editing, keys};
use diesel::query_builder::AsChangeset;
use optlock::fingerprint::{ChangeWriter, FieldWriter, FingerprintFields, FingerprintRow};
use optlock::seal::Seal;
use optlock::{Error, Fingerprint, Found, Saved, VersionedChangeset};
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::schema::contacts;
use std::cell::RefCell;
use std::fmt::Debug;

/// A contact whose phone is not on the page.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Named {
    id: i32,
    name: String,
    #[optlock(skip_fingerprint)]
    phone: Option<String>,
    version: i64,
}

/// A contact whose phone nobody edits.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Audited {
    id: i32,
    name: String,
    #[optlock(ignore)]
    phone: Option<String>,
    version: i64,
}

/// A contact of which a save writes what is there, and never the name.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct Patch {
    id: i32,
    #[diesel(skip_update)]
    name: String,
    phone: Option<String>,
    version: i64,
}

/// The page shows the first letter.
fn letter(name: &str) -> String {
    name.chars().take(1).collect()
}

#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Listed {
    id: i32,
    #[optlock(fingerprint_with = letter)]
    name: String,
    phone: Option<String>,
    version: i64,
}

/// Without a version, and with a phone that is not on the page.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Unversioned,
    Diff,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct OldNamed {
    id: i32,
    name: String,
    #[optlock(skip_fingerprint)]
    phone: Option<String>,
}

/// The row of Ann as that struct.
macro_rules! load {
    ($Model:ty, $conn:expr) => {{
        let row = contacts::table.find(1).select(<$Model>::as_select());
        row.first::<$Model>($conn).unwrap()
    }};
}

fn set_phone(phone: &str, conn: &mut Conn) {
    let set = (
        contacts::phone.eq(phone),
        contacts::version.eq(contacts::version + 1),
    );
    diesel::update(contacts::table.find(1))
        .set(set)
        .execute(conn)
        .unwrap();
}

fn stored(conn: &mut Conn) -> Contact {
    load!(Contact, conn)
}

#[track_caller]
fn unguarded<T: Debug>(result: Result<T, Error>, expected: &[&str]) {
    let error = result.unwrap_err();
    assert!(!error.is_conflict() && !error.is_missing() && !error.is_transient());
    assert!(!error.outcome_unknown() && !optlock::retry::is_retryable(&error));
    match error {
        Error::NotInFingerprint { table, fields, .. } => {
            assert_eq!(table, "contacts");
            assert_eq!(fields, expected);
        }
        error => panic!("the field is not in the fingerprint: {error:?}"),
    }
}

/// What is typed into the form, for a value that was loaded when the form came back.
fn typed(phone: &str) -> Option<String> {
    Some(phone.to_owned())
}

/// The page has not shown the phone, and the form has one all the same.
#[test]
fn a_field_that_is_left_out_is_not_overwritten() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let shown = Fingerprint::builder(&seal).row(&stored(conn));
    let fingerprint = shown.without("phone").build();
    set_phone("222", conn);
    let save = |ann: &mut Contact, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| {
            Ok(page.without("phone"))
        })
    };
    let mut ann = stored(conn);
    ann.name = "Ann B.".into();
    ann.phone = typed("333");
    let before = ann.clone();
    unguarded(save(&mut ann, conn), &["phone"]);
    assert_eq!(ann, before);
    let row = stored(conn);
    assert_eq!((&*row.name, row.phone), ("Ann", typed("222")));

    // As it was loaded, it is kept.
    ann.phone = typed("222");
    save(&mut ann, conn).unwrap();
    assert_eq!(stored(conn), ann);
    assert_eq!((ann.phone, ann.version), (typed("222"), 3));
}

#[test]
fn a_field_that_is_marked_is_not_overwritten() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = Fingerprint::builder(&seal).row(&load!(Named, conn)).build();
    set_phone("222", conn);
    let mut ann = load!(Named, conn);
    ann.phone = None;
    let save = |ann: &mut Named, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page))
    };
    unguarded(save(&mut ann, conn), &["phone"]);
    assert_eq!(stored(conn).phone, typed("222"));
    ann.phone = typed("222");
    ann.name = "Ann B.".into();
    save(&mut ann, conn).unwrap();
    assert_eq!(load!(Named, conn), ann);
}

#[test]
fn a_tracked_value_does_not_overwrite_it_either() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = Fingerprint::builder(&seal).row(&load!(Named, conn)).build();
    set_phone("222", conn);
    let save = |ann: &mut Tracked<Named>, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page))
    };
    let mut ann = Tracked::new(load!(Named, conn));
    ann.phone = typed("333");
    let before = ann.clone();
    unguarded(save(&mut ann, conn), &["phone"]);
    assert_eq!(ann, before);

    // It is the same mistake if the version is stale as well.
    set_phone("444", conn);
    unguarded(save(&mut ann, conn), &["phone"]);
    // Without the mistake the version decides.
    ann.phone = typed("222");
    ann.name = "Ann B.".into();
    let Err(Error::ConcurrentModification(conflict)) = save(&mut ann, conn) else {
        panic!("the version is stale")
    };
    assert_eq!(*conflict.found(), Found::Modified { version: 3.into() });
    assert_eq!(stored(conn).phone, typed("444"));

    let mut ann = Tracked::new(load!(Named, conn));
    ann.name = "Ann B.".into();
    assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written);
    assert_eq!(stored(conn).phone, typed("444"));
}

/// The whole value is saved, whatever the base says.
#[test]
fn a_base_that_was_put_together_does_not_hide_a_change() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = Fingerprint::builder(&seal).row(&load!(Named, conn)).build();
    let shown = Named {
        id: 1,
        name: "Ann".into(),
        phone: None, // the page does not have it
        version: 1,
    };
    let typed_name = Named {
        name: "Ann B.".into(),
        ..shown.clone()
    };
    let mut ann = Tracked::with_base(shown, typed_name);
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page));
    unguarded(saved, &["phone"]);
    assert_eq!(stored(conn), Contact::ann());
}

#[test]
fn a_value_without_a_version_does_not_overwrite_it_either() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let fingerprint = Fingerprint::builder(&seal)
        .row(&load!(OldNamed, conn))
        .build();
    set_phone("222", conn);
    let save = |ann: &mut Tracked<OldNamed>, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page))
    };
    let mut ann = Tracked::new(load!(OldNamed, conn));
    ann.name = "Ann B.".into();
    ann.phone = typed("333");
    let before = ann.clone();
    unguarded(save(&mut ann, conn), &["phone"]);
    assert_eq!(ann, before);
    assert_eq!(
        (stored(conn).name, stored(conn).phone),
        ("Ann".into(), typed("222"))
    );
    ann.phone = typed("222");
    assert_eq!(save(&mut ann, conn).unwrap(), Saved::Written);
    assert_eq!(
        (stored(conn).name, stored(conn).phone),
        ("Ann B.".into(), typed("222"))
    );

    // Left out by the builder.
    let shown = Fingerprint::builder(&seal).row(&load!(Legacy, conn));
    let fingerprint = shown.without("phone").build();
    let mut ann = Tracked::new(load!(Legacy, conn));
    ann.phone = None;
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| {
        Ok(page.without("phone"))
    });
    unguarded(saved, &["phone"]);
}

/// Its meaning: nobody edits it, and the application writes it.
#[test]
fn an_ignored_field_is_the_applications() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = load!(Audited, conn);
    let fingerprint = Fingerprint::builder(&seal).row(&ann).build();
    ann.phone = typed("by Bob");
    ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page))
        .unwrap();
    assert_eq!(stored(conn).phone, typed("by Bob"));
}

#[test]
fn what_a_save_leaves_alone_is_no_change() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let shown = Fingerprint::builder(&seal).row(&load!(Patch, conn));
    let fingerprint = shown.without("phone").without("name").build();
    let save = |ann: &mut Patch, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| {
            Ok(page.without("phone").without("name"))
        })
    };
    let mut ann = Patch {
        id: 1,
        name: "never written".into(),
        phone: None,
        version: 1,
    };
    save(&mut ann, conn).unwrap();
    assert_eq!(
        (stored(conn).name, stored(conn).phone),
        ("Ann".into(), typed("111"))
    );
    ann.phone = typed("333");
    unguarded(save(&mut ann, conn), &["phone"]);
}

/// What a function leaves away is saved as well.
#[test]
fn a_part_that_a_function_makes_guards_what_it_shows() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = load!(Listed, conn);
    let shown = || Fingerprint::builder(&seal).row(&ann);
    let (whole, without) = (shown().build(), shown().without("name").build());
    ann.name = "Anna".into();
    let saved = ann.save_if_unchanged(without.as_str(), &seal, conn, |_, page, _| {
        Ok(page.without("name"))
    });
    unguarded(saved, &["name"]);

    ann.name = "Bob".into();
    ann.save_if_unchanged(whole.as_str(), &seal, conn, |_, page, _| Ok(page))
        .unwrap();
    assert_eq!(stored(conn).name, "Bob");
    let again = ann.save_if_unchanged(whole.as_str(), &seal, conn, |_, page, _| Ok(page));
    changed(again, &["contacts 1.name"]);
}

/// The version says that the row is another one than was loaded: it decides.
#[test]
fn a_stale_value_is_a_conflict_and_no_mistake() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = load!(Named, conn);
    let fingerprint = Fingerprint::builder(&seal).row(&ann).build();
    set_phone("222", conn);
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page));
    assert!(
        matches!(saved, Err(Error::ConcurrentModification(_))),
        "{saved:?}"
    );
    assert_eq!(stored(conn).phone, typed("222"));
}

/// A struct whose impl by hand leaves a field out, and says so.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct ByHand {
    id: i32,
    name: String,
    phone: Option<String>,
    version: i64,
}

impl FingerprintFields for ByHand {
    fn write_fields(&self, fields: &mut FieldWriter<'_>) {
        fields.field("name", &self.name);
    }

    fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
        changes.field("name", self.name != row.name);
        changes.skipped("phone", self.phone != row.phone);
    }
}

impl FingerprintRow for ByHand {
    type Key = i32;
    type Scope = ();
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id
    }

    fn scope(&self) {}
}

/// A struct whose impl by hand leaves a field out, and does not say so. In a `Tracked` value, the base does.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Brief {
    id: i32,
    name: String,
    phone: Option<String>,
    version: i64,
}

impl FingerprintFields for Brief {
    fn write_fields(&self, fields: &mut FieldWriter<'_>) {
        fields.field("name", &self.name);
    }

    fn write_changes(&self, row: &Self, changes: &mut ChangeWriter) {
        changes.compare(self, row);
    }
}

impl FingerprintRow for Brief {
    type Key = i32;
    type Scope = ();
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id
    }

    fn scope(&self) {}
}

#[test]
fn an_impl_by_hand_names_what_it_leaves_out() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = load!(ByHand, conn);
    let fingerprint = Fingerprint::builder(&seal).row(&ann).build();
    ann.phone = None;
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page));
    unguarded(saved, &["phone"]);

    let mut ann = Tracked::new(load!(Brief, conn));
    ann.phone = None;
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page));
    unguarded(saved, &["phone"]);
    let mut ann = load!(Brief, conn);
    ann.name = "Ann B.".into();
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| {
        Ok(page.without("name"))
    });
    changed(saved, &["contacts 1.row"]);
}

/// A field that is called as a version, and is none: the version is the one before it.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Diff, Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Misnamed {
    id: i32,
    name: String,
    #[diesel(column_name = version)]
    #[optlock(ignore)]
    revision: i64,
    #[diesel(column_name = phone)]
    version: Option<String>,
}

impl Versioned for Misnamed {
    type Table = contacts::table;
    type Key = i32;
    type VersionColumn = contacts::version;
    type Version = i64;
    type Scope = ();
    type Text = optlock::statement::ByText;
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id
    }

    fn version(&self) -> &i64 {
        &self.revision
    }

    fn set_version(&mut self, version: i64) {
        self.revision = version;
    }

    fn scope(&self) {}
}

impl<'a> VersionedChangeset<'a> for Misnamed {
    type Changeset = <&'a Self as AsChangeset>::Changeset;
    type StampChangeset = ();

    fn changeset(&'a self) -> Self::Changeset {
        self.as_changeset()
    }

    fn stamp_changeset(&'a self) {}
}

#[test]
fn a_field_that_is_called_version_and_is_none_is_not_overwritten() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = load!(Misnamed, conn);
    let fingerprint = Fingerprint::builder(&seal).row(&ann).build();
    ann.name = "Ann B.".into();
    ann.version = typed("333");
    let save = |ann: &mut Misnamed, conn: &mut Conn| {
        ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page))
    };
    unguarded(save(&mut ann, conn), &["version"]);
    ann.version = typed("111");
    save(&mut ann, conn).unwrap();
    assert_eq!((ann.revision, stored(conn).version), (2, 2));
}

/// What is made of the value would be what the form has made of it.
#[test]
fn the_page_is_made_of_the_row_as_it_is() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let page = |seal: &Seal<'_>, ann: &Contact| -> String {
        let page = Fingerprint::builder(seal).row(ann);
        page.value("length", &ann.name.len()).build().into()
    };
    let fingerprint = page(&seal, &stored(conn));
    let mut ann = stored(conn);
    ann.name = "Ann B.".into();
    let seen = RefCell::new(None);
    ann.save_if_unchanged(&fingerprint, &seal, conn, |_, page, row| {
        seen.replace(Some(row.clone()));
        Ok(page.value("length", &row.name.len()))
    })
    .unwrap();
    assert_eq!(seen.take(), Some(Contact::ann()));

    let mut ann = Tracked::new(load!(Legacy, conn));
    let fingerprint = page(&seal, &stored(conn));
    set_phone("222", conn);
    ann.name = "Anna".into();
    let result = ann.save_if_unchanged(&fingerprint, &seal, conn, |_, page, row| {
        assert_eq!((&*row.name, row.phone.as_deref()), ("Ann B.", Some("222")));
        Ok(page.value("length", &row.name.len()))
    });
    changed(result, &["contacts 1.phone"]);
}

/// How a contact is reached, which is one part of the page.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Reach {
    phone: Option<String>,
}

fn reach(reach: &Reach) -> Option<String> {
    reach.phone.clone()
}

#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Reached {
    id: i32,
    name: String,
    #[diesel(embed)]
    #[optlock(fingerprint_with = reach)]
    reach: Reach,
    version: i64,
}

/// A `Tracked` value names the fields within the part.
#[test]
fn the_fields_of_an_embedded_struct_that_is_one_part_are_covered_by_it() {
    let (scratch, keys) = (Scratch::new(), keys());
    let (conn, seal) = (&mut scratch.connect(), editing(&keys));
    let mut ann = Tracked::new(load!(Reached, conn));
    let fingerprint = Fingerprint::builder(&seal).row(&*ann).build();
    ann.reach.phone = typed("333");
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page));
    assert_eq!(saved.unwrap(), Saved::Written);
    assert_eq!((stored(conn).phone, ann.version), (typed("333"), 2));

    let shown = Fingerprint::builder(&seal).row(&*ann).without("reach");
    ann.reach.phone = typed("444");
    let saved = ann.save_if_unchanged(shown.build().as_str(), &seal, conn, |_, page, _| {
        Ok(page.without("reach"))
    });
    unguarded(saved, &["reach", "phone"]);
    assert_eq!(stored(conn).phone, typed("333"));

    let fingerprint = Fingerprint::builder(&seal)
        .row(&load!(Reached, conn))
        .build();
    set_phone("222", conn);
    let mut ann = Tracked::new(load!(Reached, conn));
    ann.reach.phone = typed("444");
    let saved = ann.save_if_unchanged(fingerprint.as_str(), &seal, conn, |_, page, _| Ok(page));
    changed(saved, &["contacts 1.reach"]);
    assert_eq!(stored(conn).phone, typed("222"));
}

//! Form tokens of models: each type of version, of key and of scope. What is signed is tested in
//! `optlock/src/seal/text.rs`.
#![allow(clippy::unwrap_used, clippy::panic)]

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::seal::{Keys, Seal};
use optlock::{Error, Found, SealError, UuidBytes, UuidText, VersionToken};
use std::fmt::Debug;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    suppliers (id) {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    pages (site, slug) {
        site -> Integer,
        slug -> Text,
        tenant -> Nullable<Integer>,
        text -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
struct Contact {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    version: i64,
}

/// Its values look like those of a contact.
#[derive(Debug, Identifiable, AsChangeset, Versioned)]
struct Supplier {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    version: i64,
}

/// A part of a contact, borrowed from the form.
#[derive(Debug, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Rename<'a> {
    id: i32,
    name: &'a str,
    #[diesel(skip_update)]
    version: i64,
}

#[derive(Debug, Identifiable, AsChangeset, Versioned)]
#[diesel(primary_key(site, slug), treat_none_as_null = true)]
struct Page {
    site: i32,
    slug: String,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<i32>,
    text: String,
    #[diesel(skip_update)]
    version: i64,
}

fn keys() -> Keys {
    Keys::new([7; 32]).unwrap()
}

fn editing(keys: &Keys) -> Seal<'_> {
    keys.purpose("edit").session("ann").unwrap()
}

fn contact(id: i32, version: i64) -> Contact {
    let name = "Ann".to_owned();
    Contact { id, name, version }
}

#[track_caller]
fn refuses<M: Versioned<Version: Debug + PartialEq> + FormDsl>(
    model: &mut M,
    token: &str,
    seal: &Seal<'_>,
    why: SealError,
) where
    M::Key: optlock::KeyText,
    M::Scope: optlock::KeyText,
{
    let before = model.version().clone();
    match model.open_form_token(token, seal) {
        Err(Error::Seal(error)) => assert_eq!(error, why),
        other => panic!("it should be refused: {other:?}"),
    }
    assert_eq!(*model.version(), before);
}

/// Whoever changes it breaks each form that is open.
#[test]
fn a_token_is_pinned() {
    let token = contact(7, 3).form_token(&editing(&keys()));
    let text = "AQAz0840xutnzb23-HVyjXxZOkHW_KSZuZlYmhpUlePyBAU";
    assert_eq!(token.as_str(), text);
    assert_eq!(token.to_string(), text);
    assert_eq!(token.as_ref(), text);
    assert_eq!(String::from(token), text);
}

#[test]
fn a_page_that_is_old_is_a_conflict() {
    let conn = &mut SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version BIGINT NOT NULL);
         INSERT INTO contacts VALUES (7, 'Ann', 3)",
    )
    .unwrap();
    let keys = keys();
    let loaded: Contact = contacts::table.first(conn).unwrap();
    let token = loaded.form_token(&editing(&keys)).to_string();

    let mut rename = Rename {
        id: 7,
        name: "Ann B.",
        version: 0,
    };
    // Forgotten, the call leaves a version that no row has.
    let error = rename.save_checked(conn).unwrap_err();
    assert!(error.is_conflict(), "{error}");
    rename.open_form_token(&token, &editing(&keys)).unwrap();
    rename.save_checked(conn).unwrap();
    assert_eq!(rename.version, 4);

    let mut again = contact(7, 0);
    again.open_form_token(&token, &editing(&keys)).unwrap();
    let Err(Error::ConcurrentModification(conflict)) = again.save_checked(conn) else {
        panic!("the page was old")
    };
    assert_eq!(conflict.expected(), Some(&3.into()));
    assert_eq!(*conflict.found(), Found::Modified { version: 4.into() });
    let stored: Contact = contacts::table.first(conn).unwrap();
    assert_eq!((stored.name.as_str(), stored.version), ("Ann B.", 4));
}

#[test]
fn a_token_is_of_one_row_one_purpose_and_one_session() {
    let keys = keys();
    let seal = editing(&keys);
    let token = contact(7, 3).form_token(&seal);
    let (token, no) = (token.as_str(), SealError::NotGenuine);

    contact(7, 0).open_form_token(token, &seal).unwrap();
    refuses(&mut contact(8, 0), token, &seal, no);
    let mut supplier = Supplier {
        id: 7,
        name: "Ann".to_owned(),
        version: 0,
    };
    refuses(&mut supplier, token, &seal, no);
    let delete = keys.purpose("delete").session("ann").unwrap();
    refuses(&mut contact(7, 0), token, &delete, no);
    let bobs = keys.purpose("edit").session("bob").unwrap();
    refuses(&mut contact(7, 0), token, &bobs, no);
    let nobodys = keys.purpose("edit").without_session();
    refuses(&mut contact(7, 0), token, &nobodys, no);
    let elsewhere = Keys::new([8; 32]).unwrap();
    refuses(&mut contact(7, 0), token, &editing(&elsewhere), no);
    refuses(&mut contact(7, 0), "", &seal, SealError::Malformed);
}

#[test]
fn a_token_is_of_one_tenant() {
    let keys = keys();
    let seal = editing(&keys);
    let page = |site, slug: &str, tenant| Page {
        site,
        slug: slug.to_owned(),
        tenant,
        text: String::new(),
        version: 5,
    };
    let token = page(1, "news", Some(3)).form_token(&seal);
    let mut mine = page(1, "news", Some(3));
    mine.version = 0;
    mine.open_form_token(token.as_str(), &seal).unwrap();
    assert_eq!(mine.version, 5);
    for mut other in [
        page(1, "news", Some(4)),
        page(1, "news", None),
        page(1, "old", Some(3)),
        page(2, "news", Some(3)),
        page(1, "news/3", None),
    ] {
        refuses(&mut other, token.as_str(), &seal, SealError::NotGenuine);
    }
}

#[test]
fn nothing_of_the_row_but_its_version_is_in_the_token() {
    let keys = keys();
    let page = Page {
        site: 1,
        slug: "confidential".to_owned(),
        tenant: Some(3),
        text: String::new(),
        version: 5,
    };
    let token = page.form_token(&editing(&keys));
    // Format, no expiry, one digit of a version, a tag of 32 bytes: each 3 bytes are 4 letters.
    assert_eq!(token.as_str().len(), (35_usize * 4).div_ceil(3));
}

/// A model of one row with any version: `Versioned` by hand would do as well.
macro_rules! versions {
    ($($name:ident: $ty:ty as ($($sql:tt)+), $unset:expr, [$($version:expr),+ $(,)?];)+) => {$(
        mod $name {
            use super::*;

            diesel::table! {
                use diesel::sql_types::*;
                rows (id) {
                    id -> Integer,
                    version -> $($sql)+,
                }
            }

            #[derive(Debug, Clone, Identifiable, AsChangeset, Versioned)]
            #[diesel(table_name = rows, treat_none_as_null = true)]
            struct Row {
                id: i32,
                version: $ty,
            }

            #[test]
            fn comes_back() {
                let keys = keys();
                let seal = editing(&keys);
                for version in [$($version),+] {
                    let row = Row { id: 1, version };
                    let token = row.form_token(&seal);
                    let mut opened = Row { version: $unset, ..row.clone() };
                    opened.open_form_token(token.as_str(), &seal).unwrap();
                    assert_eq!(opened.version, row.version);
                    assert_eq!(opened.version.encode(), row.version.encode());
                    let mut other = Row { id: 2, version: $unset };
                    refuses(&mut other, token.as_str(), &seal, SealError::NotGenuine);
                }
            }
        }
    )+};
}

fn time() -> NaiveDateTime {
    let date = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
    date.and_hms_micro_opt(23, 59, 59, 999_999).unwrap()
}

fn spelled(text: &str) -> UuidText {
    text.parse().unwrap()
}

fn drawn() -> UuidBytes {
    UuidBytes::first()
}

versions! {
    integers: i64 as (BigInt), 0, [1, -7, i64::MIN, i64::MAX];
    small_integers: i16 as (SmallInt), 0, [1, i16::MAX];
    nullable: Option<i64> as (Nullable<BigInt>), Some(0), [None, Some(1), Some(0)];
    uuids_as_bytes: UuidBytes as (Binary), drawn(), [drawn(), drawn()];
    uuids_as_text: UuidText as (Text), spelled("67e55044-10b1-426f-9247-bb680e5fe0c8"), [
        spelled("67E55044-10B1-426F-9247-BB680E5FE0C8"),
        spelled("67e5504410b1426f9247bb680e5fe0c8"),
    ];
    times: NaiveDateTime as (Timestamp), NaiveDateTime::default(), [time(), NaiveDateTime::MAX];
    times_in_utc: DateTime<Utc> as (TimestamptzSqlite), DateTime::default(), [time().and_utc()];
}

/// The type of the version has changed while the page was open.
#[test]
fn a_version_of_another_type_is_refused() {
    diesel::table! {
        contacts (id) {
            id -> Integer,
            version -> Binary,
        }
    }

    #[derive(Identifiable, AsChangeset, Versioned)]
    #[diesel(table_name = contacts)]
    struct Contact {
        id: i32,
        version: UuidBytes,
    }

    let keys = keys();
    let token = contact(7, 3).form_token(&editing(&keys));
    let mut contact = Contact {
        id: 7,
        version: drawn(),
    };
    let seal = editing(&keys);
    refuses(&mut contact, token.as_str(), &seal, SealError::Malformed);
}

#[test]
fn a_token_is_for_a_value_that_is_tracked_next() {
    let keys = keys();
    let token = contact(7, 3).form_token(&editing(&keys));
    let mut opened = contact(7, 0);
    opened
        .open_form_token(token.as_str(), &editing(&keys))
        .unwrap();
    let tracked = Tracked::new(opened);
    assert_eq!(tracked.form_token(&editing(&keys)), token);
    assert!(tracked.changed_fields().is_empty());
}

#[test]
fn a_refusal_says_what_to_do() {
    let texts = [
        SealError::Malformed,
        SealError::NotGenuine,
        SealError::Expired,
    ]
    .map(|error| Error::from(error).to_string());
    assert_eq!(
        texts,
        [
            "the hidden field of the page is damaged: load the page again",
            "the hidden field of the page does not belong to this request: load the page again",
            "the page was open for too long: load it again",
        ]
    );
    let error = Error::from(SealError::Expired);
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    assert!(!optlock::retry::is_retryable(&error));
}

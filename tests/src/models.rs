//! The models of the suite.

use crate::schema::*;
use diesel::prelude::*;
use optlock::{Diff, Fingerprint, Unversioned, Versioned};

/// The plain case.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
    Fingerprint,
)]
#[diesel(
    table_name = contacts,
    treat_none_as_null = true,
    treat_none_as_default_value = false
)]
pub struct Contact {
    pub id: i32,
    pub name: String,
    pub phone: Option<String>,
    pub version: i64,
}

impl Contact {
    /// As [`Scratch::new`](crate::sqlite::Scratch::new) inserts it.
    pub fn ann() -> Self {
        Self {
            id: 1,
            name: "Ann".into(),
            phone: Some("111".into()),
            version: 1,
        }
    }

    pub fn bob() -> Self {
        Self {
            id: 2,
            name: "Bob".into(),
            phone: None,
            version: 1,
        }
    }

    /// A value that was never stored.
    pub fn unstored(id: i32) -> Self {
        Self {
            id,
            name: "Cid".into(),
            phone: None,
            version: 0,
        }
    }

    /// As [`unstored`](Self::unstored) is in the table.
    pub fn inserted(id: i32) -> Self {
        Self {
            version: 1,
            ..Self::unstored(id)
        }
    }
}

/// A partial, borrowed struct: saved without loading the row.
#[derive(Debug, Clone, PartialEq, Eq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
pub struct Rename<'a> {
    pub id: i32,
    pub name: &'a str,
    pub version: i64,
}

/// A composite key, and Rails' name for the version.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
)]
#[diesel(table_name = memberships, primary_key(user_id, group_id), treat_none_as_default_value = false)]
pub struct Membership {
    pub user_id: i32,
    pub group_id: i32,
    pub role: String,
    pub lock_version: i32,
}

/// A PATCH: what is `None` stays as it is.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
)]
#[diesel(table_name = wide, treat_none_as_null = false)]
pub struct Patch {
    pub id: i32,
    pub a: Option<String>,
    pub b: Option<String>,
    pub c: Option<String>,
    pub d: Option<String>,
    pub e: Option<String>,
    pub f: Option<String>,
    pub g: Option<String>,
    pub h: Option<String>,
    pub i: Option<String>,
    pub j: Option<String>,
    pub version: i64,
}

/// An audit stamp beside an integer version.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
)]
#[diesel(table_name = stamped, treat_none_as_default_value = false)]
pub struct Stamped {
    pub id: i32,
    pub name: String,
    pub version: i64,
    #[optlock(updated_on)]
    pub updated_on: chrono::NaiveDateTime,
}

/// A model whose `id` is no key.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = twins)]
pub struct Twin {
    pub id: i32,
    pub name: String,
    pub version: i64,
}

/// Constraints that a save can violate, and an audit stamp.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub struct Account {
    pub id: i32,
    pub email: String,
    pub version: i64,
    #[optlock(updated_on)]
    pub updated_on: chrono::NaiveDateTime,
}

/// What each of many threads counts up.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
)]
#[diesel(table_name = counters)]
pub struct Counter {
    pub id: i32,
    pub value: i32,
    pub version: i64,
}

/// A column for each of many writers.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
)]
#[diesel(table_name = wide, treat_none_as_null = true)]
pub struct Wide {
    pub id: i32,
    pub a: Option<String>,
    pub b: Option<String>,
    pub c: Option<String>,
    pub d: Option<String>,
    pub version: i64,
}

/// A contact, of a program that does not know the version.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Identifiable,
    AsChangeset,
    Diff,
    Unversioned,
    Fingerprint,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
pub struct Legacy {
    pub id: i32,
    pub name: String,
    pub phone: Option<String>,
}

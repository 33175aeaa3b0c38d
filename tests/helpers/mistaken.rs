//! Models that are written by hand, each with a mistake.

use crate::prelude::*;
use diesel::dsl::Eq;
use optlock::columns::{ColumnValue, VersionedColumns};
use optlock::statement::{AssignSome, ByText, assign_some};
use optlock::{Field, Fields};
use optlock_tests::schema::contacts;
use std::fmt::Debug;

pub(crate) const NONE: u8 = 0;
pub(crate) const CLONE: u8 = 1;
pub(crate) const SET_VERSION: u8 = 2;
pub(crate) const SAME_VERSION: u8 = 3;
pub(crate) const KEY: u8 = 4;
pub(crate) const MOVED: u8 = 5;
pub(crate) const LEFT_OUT: u8 = 6;
pub(crate) const CAPPED: u8 = 7;
pub(crate) const STAMP: u8 = 8;
pub(crate) const COLUMNS: u8 = 9;

/// A contact with one of these mistakes.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = contacts)]
pub(crate) struct Mistaken<const MISTAKE: u8> {
    id: i32,
    name: String,
    version: i64,
}

impl<const MISTAKE: u8> Mistaken<MISTAKE> {
    pub(crate) fn ann() -> Self {
        Self {
            id: 1,
            name: "Ann".into(),
            version: 1,
        }
    }
}

impl<const MISTAKE: u8> Clone for Mistaken<MISTAKE> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            name: self.name.clone(),
            version: self.version + i64::from(MISTAKE == CLONE),
        }
    }
}

impl<const MISTAKE: u8> Versioned for Mistaken<MISTAKE> {
    type Table = contacts::table;
    type Key = i32;
    type VersionColumn = contacts::version;
    type Version = i64;
    type Scope = ();
    type Text = ByText;
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id + i32::from(MISTAKE == KEY)
    }
    fn version(&self) -> &i64 {
        &self.version
    }
    fn set_version(&mut self, version: i64) {
        if MISTAKE != SET_VERSION {
            self.version = version;
        }
    }
    fn scope(&self) {}
    fn next_version(&self) -> Option<i64> {
        Some(self.version + i64::from(MISTAKE != SAME_VERSION))
    }
}

type Set<'a> = (
    Option<Eq<contacts::id, i32>>,
    Eq<contacts::name, &'a String>,
    Option<Eq<contacts::version, i64>>,
);

impl<'a, const MISTAKE: u8> optlock::VersionedChangeset<'a> for Mistaken<MISTAKE> {
    type Changeset = <Set<'a> as AsChangeset>::Changeset;
    type StampChangeset = AssignSome<contacts::version, i64>;

    fn changeset(&'a self) -> Self::Changeset {
        let version = if MISTAKE == CAPPED {
            self.version.min(2)
        } else {
            self.version
        };
        (
            (MISTAKE == MOVED).then(|| contacts::id.eq(self.id + 100)),
            contacts::name.eq(&self.name),
            (MISTAKE != LEFT_OUT).then(|| contacts::version.eq(version)),
        )
            .as_changeset()
    }
    fn stamp_changeset(&'a self) -> Self::StampChangeset {
        assign_some((MISTAKE == STAMP).then_some(77))
    }
}

impl<'a, const MISTAKE: u8> VersionedColumns<'a> for Mistaken<MISTAKE> {
    type Key = ColumnValue<contacts::id, &'a i32>;
    type Set = (
        ColumnValue<contacts::name, &'a String>,
        ColumnValue<contacts::version, &'a i64>,
    );

    fn key_columns(&'a self) -> Self::Key {
        ColumnValue::new(&self.id)
    }
    fn set_columns(&'a self) -> Self::Set {
        let version = if MISTAKE == COLUMNS {
            &77
        } else {
            &self.version
        };
        (ColumnValue::new(&self.name), ColumnValue::new(version))
    }
}

pub(crate) const FORGETS: u8 = 1;
pub(crate) const TAKES_NOTHING: u8 = 2;

/// A contact whose `Diff` has one of these mistakes.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
pub(crate) struct Compared<const MISTAKE: u8> {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) version: i64,
}

const NAME: Field = Field::new("name", "name");
const PHONE: Field = Field::new("phone", "phone");

impl<const MISTAKE: u8> Diff for Compared<MISTAKE> {
    const FIELDS: Fields = if MISTAKE == FORGETS {
        Fields::new(&[NAME])
    } else {
        Fields::new(&[NAME, PHONE])
    };

    fn differs_in(&self, other: &Self, field: usize) -> bool {
        match field {
            0 => self.name != other.name,
            _ => self.phone != other.phone,
        }
    }
    fn take_field(&mut self, other: &Self, field: usize) {
        match field {
            _ if MISTAKE == TAKES_NOTHING => {}
            0 => self.name.clone_from(&other.name),
            _ => self.phone.clone_from(&other.phone),
        }
    }
    fn field_value(&self, field: usize) -> &dyn Debug {
        match field {
            0 => &self.name,
            _ => &self.phone,
        }
    }
}

//! The tables that clients write: one for each kind of version.

use crate::history::{Contents, Row, Stamp, Version};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Unstored, UuidText, VersionToken, VersionValue};
use std::fmt::Debug;

/// Rows in each table. Few, so that clients meet.
pub const KEYS: i32 = 4;

/// The tables in SQL that all three databases understand, but for the type of a time.
pub fn create_tables(time: &str) -> Vec<String> {
    [
        (Numbered::TABLE, "BIGINT"),
        (Unique::TABLE, "CHAR(36)"),
        (Timed::TABLE, time),
    ]
    .map(|(table, version)| {
        format!(
            "CREATE TABLE {table} (id INTEGER PRIMARY KEY, left_stamp BIGINT NOT NULL, \
             right_stamp BIGINT NOT NULL, version {version} NOT NULL)"
        )
    })
    .into()
}

/// Makes each update need a page of the file, so that a full disk is noticed.
pub fn create_ballast() -> Vec<String> {
    let table = "CREATE TABLE ballast (bytes BLOB)".to_owned();
    let triggers = [Numbered::TABLE, Unique::TABLE, Timed::TABLE].map(|table| {
        format!(
            "CREATE TRIGGER {table}_ballast AFTER UPDATE ON {table} \
             BEGIN INSERT INTO ballast VALUES (zeroblob(3000)); END"
        )
    });
    [table].into_iter().chain(triggers).collect()
}

/// What all models have.
pub trait Model:
    Versioned<Version: Unstored + Send + Sync>
    + Diff
    + Clone
    + PartialEq
    + Debug
    + Send
    + Sync
    + 'static
{
    const TABLE: &'static str;

    /// A value that was never stored.
    fn unstored(key: i32) -> Self;

    fn id(&self) -> i32;

    /// The two columns that a client writes.
    fn columns(&mut self) -> [&mut i64; 2];

    fn stamps(&self) -> [Stamp; 2];

    fn row(&self) -> Row {
        row::<Self>(self.id())
    }

    fn known_version(&self) -> Version {
        version(&self.version().describe())
    }

    fn contents(&self) -> Contents {
        let [left, right] = self.stamps();
        Contents {
            version: self.known_version(),
            left,
            right,
        }
    }
}

pub fn row<M: Model>(key: i32) -> Row {
    Row {
        table: M::TABLE,
        key: key.into(),
    }
}

/// A version as optlock's errors hold it.
pub fn version(value: &VersionValue) -> Version {
    match value.as_number().map(i64::try_from) {
        Some(Ok(number)) => Version::Number(number),
        _ => Version::Token(value.to_string()),
    }
}

macro_rules! model {
    ($Model:ident, $table:ident, $Type:ident, $Version:ty) => {
        diesel::table! {
            $table {
                id -> Integer,
                left_stamp -> BigInt,
                right_stamp -> BigInt,
                version -> $Type,
            }
        }

        #[derive(
            Debug,
            Clone,
            PartialEq,
            Queryable,
            Selectable,
            Insertable,
            Identifiable,
            AsChangeset,
            Versioned,
            Diff,
        )]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub struct $Model {
            id: i32,
            left_stamp: i64,
            right_stamp: i64,
            #[diesel(skip_update)]
            version: $Version,
        }

        impl Model for $Model {
            const TABLE: &'static str = stringify!($table);

            fn unstored(key: i32) -> Self {
                Self {
                    id: key,
                    left_stamp: 0,
                    right_stamp: 0,
                    version: Unstored::unstored(),
                }
            }

            fn id(&self) -> i32 {
                self.id
            }

            fn columns(&mut self) -> [&mut i64; 2] {
                [&mut self.left_stamp, &mut self.right_stamp]
            }

            fn stamps(&self) -> [Stamp; 2] {
                [self.left_stamp, self.right_stamp].map(|stamp| Stamp(stamp as u64))
            }
        }
    };
}

model!(Numbered, numbered, BigInt, i64);
model!(Unique, unique_tokens, Text, UuidText);
model!(Timed, timed, Timestamp, NaiveDateTime);

//! Two tables: the version of one counts, that of the other is a UUID. What a row holds are the numbers of
//! the writes that wrote it.

use diesel::prelude::*;
use optlock::{Diff, UuidText, Versioned};
use optlock_proof::history::{Contents, Row, Stamp, Version};

diesel::table! {
    counted {
        id -> BigInt,
        left_stamp -> BigInt,
        right_stamp -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    tagged {
        id -> BigInt,
        left_stamp -> BigInt,
        right_stamp -> BigInt,
        version -> Text,
    }
}

/// Makes both tables. Where the version is a UUID, the scenario draws the first one.
pub const TABLES: [&str; 2] = [
    "CREATE TABLE counted (id BIGINT NOT NULL PRIMARY KEY, left_stamp BIGINT NOT NULL DEFAULT 0, \
     right_stamp BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 1)",
    "CREATE TABLE tagged (id BIGINT NOT NULL PRIMARY KEY, left_stamp BIGINT NOT NULL DEFAULT 0, \
     right_stamp BIGINT NOT NULL DEFAULT 0, version VARCHAR(36) NOT NULL)",
];

/// A row whose version counts.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = counted)]
pub struct Counted {
    pub id: i64,
    pub left_stamp: i64,
    pub right_stamp: i64,
    #[diesel(skip_update)]
    pub version: i64,
}

/// A row whose version is a UUID.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = tagged)]
pub struct Tagged {
    pub id: i64,
    pub left_stamp: i64,
    pub right_stamp: i64,
    #[diesel(skip_update)]
    pub version: UuidText,
}

/// One of the two columns that clients write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// A row of either table.
pub trait Line:
    Versioned<Version: std::fmt::Debug + Send + Sync>
    + Clone
    + PartialEq
    + std::fmt::Debug
    + Send
    + Sync
    + 'static
{
    /// A value with this key that was never loaded.
    fn with_key(key: i64) -> Self;

    /// The statement that makes a row with this key.
    fn insert(key: i64) -> String;

    fn row(&self) -> Row;

    fn contents(&self) -> Contents;

    fn put(&mut self, side: Side, stamp: Stamp);
}

macro_rules! line {
    ($Line:ident: $version:path, $first:expr) => {
        impl Line for $Line {
            fn with_key(id: i64) -> Self {
                Self {
                    id,
                    left_stamp: 0,
                    right_stamp: 0,
                    version: optlock::VersionToken::first(),
                }
            }

            fn insert(key: i64) -> String {
                let table = Self::TABLE_NAME;
                format!(
                    "INSERT INTO {table} (id, version) VALUES ({key}, {})",
                    $first
                )
            }

            fn row(&self) -> Row {
                Row {
                    table: Self::TABLE_NAME,
                    key: self.id,
                }
            }

            fn contents(&self) -> Contents {
                Contents {
                    version: $version(&self.version),
                    left: Stamp(self.left_stamp.unsigned_abs()),
                    right: Stamp(self.right_stamp.unsigned_abs()),
                }
            }

            fn put(&mut self, side: Side, stamp: Stamp) {
                let column = match side {
                    Side::Left => &mut self.left_stamp,
                    Side::Right => &mut self.right_stamp,
                };
                *column = i64::try_from(stamp.0).unwrap();
            }
        }
    };
}

fn number(version: &i64) -> Version {
    Version::Number(*version)
}

fn token(version: &UuidText) -> Version {
    Version::Token(version.as_str().to_owned())
}

line!(Counted: number, 1);
line!(Tagged: token, format!("'{}'", <UuidText as optlock::VersionToken>::first().as_str()));

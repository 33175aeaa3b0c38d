//! How a column stores its values, by its type in `table!`.

use diesel::sql_types::{self as sql, Nullable, SqlType, is_nullable::NotNull};
use std::any::TypeId;

/// How a column stores its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "a database stores in some of these ways")
)]
pub(crate) enum Stored {
    Integer {
        bits: u32,
        is_signed: bool,
    },
    /// Without a zone: in UTC.
    Timestamp,
    /// PostgreSQL's `timestamptz`.
    Zoned,
    /// MySQL's and MariaDB's `DATETIME`, which knows no zone of the session.
    Datetime,
    /// SQLite's text with a zone.
    ZonedText,
    Uuid,
    Binary,
    Text,
    /// A type of the user's.
    Other,
}

impl Stored {
    /// Of the type or its `Nullable`.
    pub(super) fn of(sql_type: TypeId) -> Self {
        let known = known();
        let known = known.iter().find(|(types, _)| types.contains(&sql_type));
        known.map_or(Self::Other, |(_, stored)| *stored)
    }

    pub(crate) fn is_timestamp(self) -> bool {
        matches!(
            self,
            Self::Timestamp | Self::Zoned | Self::Datetime | Self::ZonedText
        )
    }
}

fn known() -> Vec<([TypeId; 2], Stored)> {
    let integer = |bits, is_signed| Stored::Integer { bits, is_signed };
    let mut known = vec![
        (ids::<sql::SmallInt>(), integer(16, true)),
        (ids::<sql::Integer>(), integer(32, true)),
        (ids::<sql::BigInt>(), integer(64, true)),
        (ids::<sql::Timestamp>(), Stored::Timestamp),
        (ids::<sql::Binary>(), Stored::Binary),
        (ids::<sql::Text>(), Stored::Text),
    ];
    #[cfg(feature = "postgres")]
    known.extend([
        (ids::<sql::Timestamptz>(), Stored::Zoned),
        (ids::<sql::Uuid>(), Stored::Uuid),
    ]);
    #[cfg(feature = "mysql")]
    known.extend([
        (ids::<sql::Unsigned<sql::SmallInt>>(), integer(16, false)),
        (ids::<sql::Unsigned<sql::Integer>>(), integer(32, false)),
        (ids::<sql::Unsigned<sql::BigInt>>(), integer(64, false)),
        (ids::<sql::Datetime>(), Stored::Datetime),
    ]);
    #[cfg(feature = "sqlite")]
    known.push((ids::<sql::TimestamptzSqlite>(), Stored::ZonedText));
    known
}

fn ids<ST: SqlType<IsNull = NotNull>>() -> [TypeId; 2] {
    [TypeId::of::<ST>(), TypeId::of::<Nullable<ST>>()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nullable_type_is_stored_as_the_other() {
        let integer = Stored::Integer {
            bits: 64,
            is_signed: true,
        };
        for id in ids::<sql::BigInt>() {
            assert_eq!(Stored::of(id), integer);
        }
        assert_eq!(Stored::of(TypeId::of::<sql::Bool>()), Stored::Other);
    }
}

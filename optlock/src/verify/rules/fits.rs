//! Does the type of a column hold each version of the model?

use super::Rules;
use crate::backend::Database;
use crate::shape::{Stored, VersionShape};
use crate::token::Precision;

/// What a column does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    Type,
    Precision,
}

impl Rules<'_> {
    /// `ty` is the type as the database names it.
    pub(super) fn misfit(&self, ty: &str) -> Option<Misfit> {
        misfit(self.database, &self.shape.version, &ty.to_lowercase())
    }
}

fn misfit(database: Database, version: &VersionShape, ty: &str) -> Option<Misfit> {
    let fits = match database {
        Database::Postgres => fits_pg(version, ty),
        Database::Mysql => fits_mysql(version, ty),
        Database::Sqlite => fits_sqlite(version.stored, ty),
    };
    if !fits {
        return Some(Misfit::Type);
    }
    let is_cut = version.stored.is_timestamp()
        && database != Database::Sqlite
        && digits(database, ty) < needed(version.precision);
    is_cut.then_some(Misfit::Precision)
}

/// Digits behind the point of a second.
pub(super) fn needed(precision: Precision) -> u32 {
    match precision {
        Precision::Micros => 6,
        Precision::Millis => 3,
        Precision::Seconds => 0,
    }
}

fn digits(database: Database, ty: &str) -> u32 {
    let unless_said = match database {
        Database::Postgres => 6,
        _ => 0,
    };
    length(ty).unwrap_or(unless_said)
}

/// The number in `varchar(36)`.
fn length(ty: &str) -> Option<u32> {
    let (_, rest) = ty.split_once('(')?;
    rest.split_once(')')?.0.parse().ok()
}

/// Diesel reads an integer of its own width only, and binds a timestamp with or without a zone.
fn fits_pg(version: &VersionShape, ty: &str) -> bool {
    match version.stored {
        Stored::Integer { bits, .. } => {
            let types = [(16, "smallint"), (32, "integer"), (64, "bigint")];
            types.contains(&(bits, ty))
        }
        Stored::Timestamp => ty.starts_with("timestamp") && ty.ends_with("without time zone"),
        Stored::Zoned => ty.starts_with("timestamp") && ty.ends_with("with time zone"),
        Stored::Uuid => ty == "uuid",
        Stored::Binary => ty == "bytea",
        // PostgreSQL hands on the spaces behind a shorter text.
        Stored::Text if ty.starts_with("character(") => {
            !is_uuid_text(version) || length(ty) == Some(36)
        }
        Stored::Text => is_text(version, ty, &["text", "character varying"]),
        Stored::Datetime | Stored::ZonedText | Stored::Other => true,
    }
}

fn fits_mysql(version: &VersionShape, ty: &str) -> bool {
    match version.stored {
        Stored::Integer { bits, is_signed } => integer_fits(ty, bits, is_signed),
        Stored::Timestamp | Stored::Datetime => {
            ty.starts_with("timestamp") || ty.starts_with("datetime")
        }
        Stored::Binary if is_uuid_bytes(version) => match length(ty) {
            Some(length) if ty.starts_with("binary") => length == 16,
            Some(length) if ty.starts_with("varbinary") => length >= 16,
            _ => ty.ends_with("blob"),
        },
        Stored::Text => {
            ty.ends_with("text") || ty == "uuid" || is_text(version, ty, &["varchar", "char"])
        }
        _ => true,
    }
}

/// An unsigned column holds the positive half of what is signed, which is all that a version counts through.
fn integer_fits(ty: &str, bits: u32, is_signed: bool) -> bool {
    let types = [
        ("tinyint", 8),
        ("smallint", 16),
        ("mediumint", 24),
        ("int", 32),
        ("bigint", 64),
    ];
    let base = ty.split(['(', ' ']).next().unwrap_or_default();
    let known = types.into_iter().find(|(name, _)| *name == base);
    let of_column = known.map_or(0, |(_, bits)| bits);
    if is_signed || ty.contains("unsigned") {
        of_column >= bits
    } else {
        of_column > bits
    }
}

/// By its affinity. Each other stores what it is given.
/// <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>
fn fits_sqlite(stored: Stored, ty: &str) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| ty.contains(name));
    !matches!(stored, Stored::Integer { .. })
        || has(&["int"])
        || !has(&["char", "clob", "text", "real", "floa", "doub"])
}

/// Of a user's own text the length is not known.
fn is_text(version: &VersionShape, ty: &str, names: &[&str]) -> bool {
    let base = ty.split('(').next().unwrap_or_default();
    let is_long_enough = !is_uuid_text(version) || length(ty).is_none_or(|length| length >= 36);
    names.contains(&base) && is_long_enough
}

#[cfg(feature = "uuid")]
pub(super) fn is_uuid_bytes(version: &VersionShape) -> bool {
    version.token == std::any::TypeId::of::<crate::token::UuidBytes>()
}

#[cfg(feature = "uuid")]
pub(super) fn is_uuid_text(version: &VersionShape) -> bool {
    version.token == std::any::TypeId::of::<crate::token::UuidText>()
}

#[cfg(not(feature = "uuid"))]
pub(super) fn is_uuid_bytes(_version: &VersionShape) -> bool {
    false
}

#[cfg(not(feature = "uuid"))]
pub(super) fn is_uuid_text(_version: &VersionShape) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use Database::{Mysql, Postgres, Sqlite};
    use std::any::TypeId;

    const BIG: Stored = integer(64, true);

    const fn integer(bits: u32, is_signed: bool) -> Stored {
        Stored::Integer { bits, is_signed }
    }

    #[track_caller]
    fn expect(database: Database, stored: Stored, misfit_: Option<Misfit>, types: &[&str]) {
        expect_of::<i64>(database, stored, misfit_, types);
    }

    #[track_caller]
    fn expect_of<T: 'static>(
        database: Database,
        stored: Stored,
        expected: Option<Misfit>,
        types: &[&str],
    ) {
        let version = VersionShape {
            column: "version",
            stored,
            token: TypeId::of::<T>(),
            is_nullable: false,
            is_generated: false,
            precision: Precision::Micros,
            first: None,
        };
        for ty in types {
            assert_eq!(misfit(database, &version, ty), expected, "{ty}");
        }
    }

    #[test]
    fn an_integer_needs_a_column_that_holds_it() {
        let no = Some(Misfit::Type);
        expect(Postgres, BIG, None, &["bigint"]);
        expect(
            Postgres,
            BIG,
            no,
            &["integer", "numeric", "text", "double precision"],
        );
        expect(Postgres, integer(32, true), no, &["bigint", "smallint"]);
        expect(
            Mysql,
            BIG,
            None,
            &["bigint(20)", "bigint", "bigint(20) unsigned"],
        );
        expect(
            Mysql,
            BIG,
            no,
            &["int(11)", "decimal(20,0)", "varchar(20)", "double"],
        );
        expect(Mysql, integer(64, false), no, &["bigint(20)"]);
        expect(
            Mysql,
            integer(32, false),
            None,
            &["bigint(20)", "int(10) unsigned"],
        );
        expect(
            Sqlite,
            BIG,
            None,
            &["bigint", "int", "numeric", "", "decimal(9)"],
        );
        expect(
            Sqlite,
            BIG,
            no,
            &["text", "varchar(20)", "real", "double precision"],
        );
    }

    #[test]
    fn a_timestamp_needs_its_digits_and_its_zone() {
        let (no, cut) = (Some(Misfit::Type), Some(Misfit::Precision));
        let plain = "timestamp without time zone";
        let zoned = "timestamp with time zone";
        expect(
            Postgres,
            Stored::Timestamp,
            None,
            &[plain, "timestamp(6) without time zone"],
        );
        expect(
            Postgres,
            Stored::Timestamp,
            cut,
            &["timestamp(3) without time zone"],
        );
        expect(Postgres, Stored::Timestamp, no, &[zoned, "date"]);
        expect(Postgres, Stored::Zoned, no, &[plain]);
        expect(
            Mysql,
            Stored::Datetime,
            None,
            &["datetime(6)", "timestamp(6)"],
        );
        expect(
            Mysql,
            Stored::Datetime,
            cut,
            &["datetime", "datetime(3)", "timestamp"],
        );
        expect(Sqlite, Stored::Timestamp, None, &["timestamp", "text"]);
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn a_uuid_needs_all_of_its_bytes_and_no_more() {
        use crate::token::{UuidBytes, UuidText};

        let no = Some(Misfit::Type);
        let binary = Stored::Binary;
        expect_of::<UuidBytes>(
            Mysql,
            binary,
            None,
            &["binary(16)", "varbinary(20)", "blob"],
        );
        expect_of::<UuidBytes>(
            Mysql,
            binary,
            no,
            &["binary(20)", "varbinary(8)", "char(16)"],
        );
        let text = Stored::Text;
        expect_of::<UuidText>(
            Mysql,
            text,
            None,
            &["varchar(36)", "char(36)", "text", "uuid"],
        );
        expect_of::<UuidText>(Mysql, text, no, &["varchar(20)", "binary(16)"]);
        expect_of::<UuidText>(
            Postgres,
            text,
            no,
            &["character varying(20)", "character(40)", "uuid"],
        );
        expect_of::<UuidText>(Postgres, text, None, &["text", "character(36)"]);
        expect_of::<i64>(Postgres, text, None, &["character varying(20)"]);
    }
}

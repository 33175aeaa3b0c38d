//! The messages about one row: with its key, or without it.

use super::row_name::RowName;
use crate::token::VersionValue;

pub(super) fn refused(table: &str, key: Option<&str>, version: Option<&VersionValue>) -> String {
    let row = RowName(table, key);
    let entitled = match version {
        Some(version) => format!("it still has version {version}"),
        None => "nobody has changed it".to_owned(),
    };
    format!(
        "{row} was not written although {entitled}: a policy or a trigger of the database refused it"
    )
}

pub(super) fn version_exhausted(table: &str, key: Option<&str>, version: &VersionValue) -> String {
    let row = RowName(table, key);
    format!("{row} cannot be written: no version follows {version}")
}

pub(super) fn not_generated(table: &str, key: Option<&str>, version: &VersionValue) -> String {
    let row = RowName(table, key);
    format!(
        "{row} was not written: the database is to generate its version, and no trigger has advanced {version}"
    )
}

pub(super) fn key_not_unique(table: &str, key: Option<&str>, rows: usize) -> String {
    let row = RowName(table, key);
    format!("{row} matched {rows} rows: the model's primary key is not unique")
}

#[cfg(feature = "http")]
pub(super) fn precondition_failed(table: &str, key: Option<&str>, any: bool) -> String {
    let row = RowName(table, key);
    let why = if any {
        "If-Match is `*`, and a version is required"
    } else {
        "its version is none of those that If-Match names"
    };
    format!("{row} was not written: {why}")
}

pub(super) fn duplicate_key(table: &str, key: Option<&str>) -> String {
    let row = RowName(table, key);
    format!("{row} is in the batch twice")
}

#[cfg(feature = "fingerprint")]
pub(super) fn not_in_fingerprint(table: &str, fields: &[String]) -> String {
    let (are, they, them, were) = match fields {
        [_] => ("is", "it", "it", "was"),
        _ => ("are", "they", "them", "were"),
    };
    let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
    let fields = fields.join(", ");
    format!(
        "a row of {table} was not saved: {fields} would change and {are} not in the fingerprint, so another client's change of \
         {them} would be lost: cover {them}, by leaving `without` or `skip_fingerprint` away, or save {them} as {they} \
         {were} loaded"
    )
}

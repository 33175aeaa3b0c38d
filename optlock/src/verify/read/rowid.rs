//! The rowid of a table of SQLite's, which Diesel's CLI takes for the key of a table that names none.
//! <https://www.sqlite.org/rowidtable.html>

use super::super::catalogue::Row;
use super::super::found::{Column, Relation, Unique};

/// What a rowid is called, where no column is.
const NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// Adds the rowid, if the table has one: to the columns, and to what is unique. The rows are those of the columns and of
/// the indexes.
pub(super) fn add(columns: &[Row], indexes: &[Row], relation: &mut Relation) {
    if relation.is_view || is_without_rowid(indexes) {
        return;
    }
    let is_renumbered = !is_kept(columns, indexes);
    for name in NAMES {
        if relation.column(name, str::eq_ignore_ascii_case).is_some() {
            continue;
        }
        relation.columns.push(column(name));
        relation.unique.push(Unique {
            is_renumbered,
            ..Unique::of(vec![name.to_owned()])
        });
    }
}

/// Then the index of the primary key is the table. Elsewhere each index has the rowid as its last column.
fn is_without_rowid(indexes: &[Row]) -> bool {
    let mut indexes = indexes.iter();
    indexes.any(|[_, _, _, _, origin, has_rowid]| origin == "pk" && has_rowid == "0")
}

/// A column is `INTEGER PRIMARY KEY`, which has no index: it is the rowid.
fn is_kept(columns: &[Row], indexes: &[Row]) -> bool {
    let has_key = columns
        .iter()
        .any(|[_, _, _, _, position, _]| position != "0");
    has_key && !indexes.iter().any(|[_, _, _, _, origin, _]| origin == "pk")
}

fn column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        ty: "INTEGER".to_owned(),
        is_nullable: false,
        default: None,
        is_computed: false,
    }
}

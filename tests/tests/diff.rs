//! The shapes of structs that `#[derive(Diff)]` takes, and what it compares. No database is asked.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "diff/embedded.rs"]
mod embedded;
#[path = "diff/floats.rs"]
mod floats;
#[path = "diff/left_out.rs"]
mod left_out;
#[path = "diff/none.rs"]
mod none;
#[path = "diff/shapes.rs"]
mod shapes;

use optlock::{Diff, FieldConflict};

/// The names of the fields that differ.
fn differing<M: Diff>(mine: &M, theirs: &M) -> Vec<&'static str> {
    let changes = mine.diff(theirs);
    changes.iter().map(|change| change.field().name()).collect()
}

/// The names of the fields in conflict.
fn in_conflict<M: Diff>(conflicts: &[FieldConflict<'_, M>]) -> Vec<&'static str> {
    let fields = conflicts.iter().map(FieldConflict::field);
    fields.map(|field| field.name()).collect()
}

//! Which fields a fingerprint covers.

use crate::ast::{Field, Model};
use crate::compared::left_out_as;
use crate::errors::Errors;
use crate::rules;

/// A struct that a page shows.
pub(crate) struct Shown<'m> {
    pub(crate) model: &'m Model<'m>,
    /// The fields that are covered, in the order of the struct.
    pub(crate) fields: Vec<&'m Field<'m>>,
    /// The fields of the primary key; none in an embedded struct.
    pub(crate) key: Option<Vec<&'m Field<'m>>>,
}

/// All that a page can show of the row: written by a save or not. Which row it is, and its version, is
/// no content.
pub(crate) fn check<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Shown<'m> {
    let is_covered =
        |field: &&Field<'_>| field.marks.ignore.is_none() && left_out_as(model, field).is_none();
    let fields: Vec<_> = model.fields.iter().filter(is_covered).collect();
    rules::columns_are_named(&fields, errors);
    Shown {
        model,
        fields,
        key: model.has_key().then(|| rules::key(model, errors)),
    }
}

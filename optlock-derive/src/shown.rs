//! Which fields a fingerprint covers.

use crate::ast::{Field, Model};
use crate::compared::left_out_as;
use crate::errors::Errors;
use crate::rules;
use syn::ExprPath;

/// A struct that a page shows.
pub(crate) struct Shown<'m> {
    pub(crate) model: &'m Model<'m>,
    /// The fields that are content, in the order of the struct.
    pub(crate) fields: Vec<Content<'m>>,
    /// The fields of the primary key; none in an embedded struct.
    pub(crate) key: Option<Vec<&'m Field<'m>>>,
}

/// A field that a page can show: not which row it is, not its version, and nothing that is ignored.
pub(crate) struct Content<'m> {
    pub(crate) field: &'m Field<'m>,
    pub(crate) coverage: Coverage<'m>,
}

/// How a fingerprint covers a field.
#[derive(Clone, Copy)]
pub(crate) enum Coverage<'m> {
    /// It is a part of its row.
    Part,
    /// What this function makes of it is a part of its row.
    With(&'m ExprPath),
    /// It is no part.
    Skipped,
    /// It is called as a version is, and is not marked: only the compiler knows whether the struct has a version.
    NamedAsVersion,
}

/// All that a page can show of the row: written by a save or not.
pub(crate) fn check<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Shown<'m> {
    for field in &model.fields {
        marks_fit(model, field, errors);
    }
    let content = |field| {
        let coverage = coverage(model, field)?;
        Some(Content { field, coverage })
    };
    let fields: Vec<_> = model.fields.iter().filter_map(content).collect();
    let named: Vec<_> = fields.iter().map(|content| content.field).collect();
    rules::columns_are_named(&named, errors);
    Shown {
        model,
        fields,
        key: model.has_key().then(|| rules::key(model, errors)),
    }
}

fn coverage<'m>(model: &Model<'_>, field: &'m Field<'_>) -> Option<Coverage<'m>> {
    let marks = &field.marks;
    if marks.ignore.is_some() || role(model, field).is_some() {
        return None;
    }
    match (&marks.skip_fingerprint, &marks.fingerprint_with) {
        (Some(_), _) => Some(Coverage::Skipped),
        (None, Some((_, function))) => Some(Coverage::With(function)),
        (None, None) if is_named_as_version(model, field) => Some(Coverage::NamedAsVersion),
        (None, None) => Some(Coverage::Part),
    }
}

/// What a field is, if it is no content of the row.
fn role(model: &Model<'_>, field: &Field<'_>) -> Option<&'static str> {
    if is_named_as_version(model, field) {
        return None;
    }
    left_out_as(model, field)
}

/// Is it the version by its name alone?
fn is_named_as_version(model: &Model<'_>, field: &Field<'_>) -> bool {
    let marks = &field.marks;
    let is_marked = marks.version.is_some() || marks.updated_on.is_some() || marks.scope.is_some();
    rules::is_version(model, field) && !is_marked && !model.is_key(field)
}

/// A mark that would say nothing, or the contrary of another one, is a mistake.
fn marks_fit(model: &Model<'_>, field: &Field<'_>, errors: &mut Errors) {
    let marks = &field.marks;
    let with = marks.fingerprint_with.as_ref().map(|(key, _)| key);
    for mark in marks.skip_fingerprint.iter().chain(with) {
        if let Some(role) = role(model, field) {
            errors.add(
                mark,
                format!(
                    "`{field}` is {role}, which is never a part of a fingerprint by itself\n\
                     help: remove `{mark}`"
                ),
            );
        } else if marks.ignore.is_some() {
            errors.add(
                mark,
                format!(
                    "`{field}` is ignored, so no fingerprint covers it\n\
                     help: if a form edits it, remove `ignore`\n\
                     help: if nobody does, remove `{mark}`"
                ),
            );
        }
    }
    if let (Some(_), Some(with)) = (&marks.skip_fingerprint, with) {
        errors.add(
            with,
            format!(
                "`fingerprint_with` covers `{field}`, and `skip_fingerprint` leaves it out\n\
                 help: remove one of them"
            ),
        );
    }
}

//! Which fields are compared.

use crate::ast::{Field, Model};
use crate::attr::optlock::Scope;
use crate::errors::Errors;
use crate::rules::{columns_are_distinct, columns_are_named, is_version, none_is_decided};

/// A struct whose fields can be compared.
pub(crate) struct Compared<'m> {
    pub(crate) model: &'m Model<'m>,
    /// The fields of the struct itself, in its order.
    pub(crate) own: Vec<&'m Field<'m>>,
    /// The embedded structs, whose fields are compared too.
    pub(crate) embedded: Vec<&'m Field<'m>>,
}

impl Compared<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.embedded.is_empty()
    }
}

pub(crate) fn check<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Compared<'m> {
    for field in &model.fields {
        if let (Some(ignore), Some(role)) = (&field.marks.ignore, left_out_as(model, field)) {
            errors.add(
                ignore,
                format!(
                    "`{field}` is {role}, which is never compared\n\
                     help: remove `ignore`"
                ),
            );
        }
    }
    let compared: Vec<_> = model
        .set()
        .filter(|field| field.marks.ignore.is_none() && left_out_as(model, field).is_none())
        .collect();
    columns_are_named(&compared, errors);
    columns_are_distinct(model, errors);
    none_is_decided(&compared, None, errors);
    embedded_has_no_role(model, errors);
    let (embedded, own) = compared
        .into_iter()
        .partition(|field| field.embed.is_some());
    Compared {
        model,
        own,
        embedded,
    }
}

/// Version, audit stamp and scope belong to the row, and so to the struct that holds its key.
fn embedded_has_no_role(model: &Model<'_>, errors: &mut Errors) {
    if model.has_key() {
        return;
    }
    for field in &model.fields {
        let scope = field.marks.scope.as_ref().map(|(key, _)| key);
        let marks = [&field.marks.version, &field.marks.updated_on];
        for mark in marks.into_iter().flatten().chain(scope) {
            errors.add(
                mark,
                format!(
                    "`{mark}` is said of a field beside the primary key, and this struct holds none\n\
                     help: put the field into the struct around this one; or name the key: \
                     `#[diesel(primary_key(..))]`"
                ),
            );
        }
    }
}

/// What a field is, if it is left out without being ignored.
pub(crate) fn left_out_as(model: &Model<'_>, field: &Field<'_>) -> Option<&'static str> {
    if model.is_key(field) {
        Some("part of the primary key")
    } else if is_version(model, field) {
        Some("the version")
    } else if field.marks.updated_on.is_some() {
        Some("the audit stamp")
    } else if let Some((_, Scope::Same)) = field.marks.scope {
        Some("the scope")
    } else {
        None
    }
}

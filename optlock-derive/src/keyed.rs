//! The rules for a model without a version.

use crate::ast::{Field, Model};
use crate::errors::Errors;
use crate::rules::{self, is_version};
use crate::scope;

/// A model and its key.
pub(crate) struct Keyed<'m> {
    pub(crate) model: &'m Model<'m>,
    pub(crate) key: Vec<&'m Field<'m>>,
}

/// Nothing that has a version is saved without looking at it.
pub(crate) fn check<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Keyed<'m> {
    let key = rules::key(model, errors);
    for field in &model.fields {
        if is_version(model, field) {
            errors.add(
                field.marks.version.as_ref().or(field.source.ident.as_ref()),
                format!(
                    "`{field}` is a version, so this is not unversioned\n\
                     help: derive `Versioned` instead, which needs no lock\n\
                     help: if it is something else, call the field something else: `#[diesel(column_name = {field})]`"
                ),
            );
        }
        if let Some(updated_on) = &field.marks.updated_on {
            errors.add(
                updated_on,
                "an audit stamp moves on with the version, and there is none\n\
                 help: remove the mark, or `ignore` the field",
            );
        }
    }
    scope::check(model, errors);
    rules::columns_are_distinct(model, errors);
    rules::none_is_decided(&model.set().collect::<Vec<_>>(), None, errors);
    Keyed { model, key }
}

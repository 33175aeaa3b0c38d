//! The rules for the fields that say which rows count.

use crate::ast::{Field, Model};
use crate::attr::optlock::Scope;
use crate::errors::Errors;
use crate::rules::{columns_are_named, is_version};

pub(crate) fn check(model: &Model<'_>, errors: &mut Errors) {
    for (field, key, scope) in model.scope() {
        let mistake = role(model, field).or_else(|| match scope {
            Scope::Same => written(field),
            Scope::IsNull => never_null(field),
        });
        if let Some(mistake) = mistake {
            errors.add(key, mistake);
        }
    }
    let unwritten: Vec<_> = model
        .scope()
        .map(|(field, ..)| field)
        .filter(|field| field.skip_update.is_some())
        .collect();
    columns_are_named(&unwritten, errors);
}

/// What the field is already cannot be its scope.
fn role(model: &Model<'_>, field: &Field<'_>) -> Option<String> {
    if model.is_key(field) {
        return Some(format!(
            "`{field}` is part of the primary key, so no other row is reached anyway\n\
             help: remove `scope`"
        ));
    }
    if field.embed.is_some() {
        return Some(
            "an embedded struct is no column, and a scope is one\n\
             help: put the field for the column into this struct, without `embed`"
                .to_owned(),
        );
    }
    let role = if is_version(model, field) {
        "version"
    } else if field.marks.updated_on.is_some() {
        "audit stamp"
    } else {
        return None;
    };
    Some(format!(
        "`{field}` is the {role}, which changes at each save, and a scope does not\n\
         help: remove `scope`"
    ))
}

fn written(field: &Field<'_>) -> Option<String> {
    field.skip_update.is_none().then(|| {
        format!(
            "`{field}` says whose row it is, and a save would write it\n\
             help: no save changes it with `#[diesel(skip_update)]`\n\
             help: for rows that count while the column is NULL, until a save sets it: `#[optlock(scope = none)]`"
        )
    })
}

fn never_null(field: &Field<'_>) -> Option<String> {
    (!field.is_plain_option()).then(|| {
        format!(
            "a row counts while `{field}` is NULL, and this field is never `None`\n\
             help: `scope = none` belongs on an `Option`"
        )
    })
}

//! The rules that each derive asks for.

use crate::ast::{Field, Model};
use crate::errors::Errors;

/// What the version is called where no field is marked.
pub(crate) const VERSION_NAMES: [&str; 2] = ["version", "lock_version"];

pub(crate) fn is_version(model: &Model<'_>, field: &Field<'_>) -> bool {
    if model
        .fields
        .iter()
        .any(|field| field.marks.version.is_some())
    {
        return field.marks.version.is_some();
    }
    // In an embedded struct it is a column like any other: the version of a release, for example.
    model.has_key()
        && field
            .name()
            .is_some_and(|name| VERSION_NAMES.contains(&&*name))
}

/// The fields of the primary key.
pub(crate) fn key<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Vec<&'m Field<'m>> {
    let mut fields = Vec::new();
    for key in &model.primary_key {
        match model.key_field(key) {
            Some(field) => fields.push(field),
            None => errors.add(
                key,
                format!(
                    "no field holds the primary key column `{key}`, so a save could not find its row\n\
                     help: add the field, or name the columns of the key: `#[diesel(primary_key(..))]`"
                ),
            ),
        }
    }
    fields
}

/// What a save does with a `None` must be said. The version has none in a save.
pub(crate) fn none_is_decided(
    set: &[&Field<'_>],
    version: Option<&Field<'_>>,
    errors: &mut Errors,
) {
    embedded_none_is_not_null(set, errors);
    let undecided: Vec<_> = set
        .iter()
        .filter(|field| field.is_plain_option() && field.none_as_null.is_none())
        .filter(|field| !version.is_some_and(|version| std::ptr::eq(version, **field)))
        .collect();
    // One answer on the struct is enough, so it is asked once.
    if let Some(first) = undecided.first() {
        let names: Vec<_> = undecided.iter().map(|field| format!("`{field}`")).collect();
        errors.add(
            first.ty(),
            format!(
                "nothing says what a save does where {} is `None`; on the struct or on the field, write\n\
                 help: `#[diesel(treat_none_as_null = true)]`: the column becomes NULL\n\
                 help: `#[diesel(treat_none_as_null = false)]`: the column is left alone",
                names.join(" or ")
            ),
        );
    }
}

/// Diesel leaves the columns of an embedded `None` alone, whatever is said of it.
fn embedded_none_is_not_null(set: &[&Field<'_>], errors: &mut Errors) {
    for field in set {
        if field.is_embedded_option() && field.none_as_null == Some(true) {
            errors.add(
                field.ty(),
                format!(
                    "where the embedded `{field}` is `None`, its columns would not become NULL: Diesel leaves them alone, \
                     in spite of `treat_none_as_null = true`\n\
                     help: embed the struct without `Option`, and make its fields optional: each `None` among them is written\n\
                     help: or if the columns are to be left alone, say `treat_none_as_null` on the other fields and not on the struct",
                ),
            );
        }
    }
}

/// A field of a tuple struct has no name that could be its column's.
pub(crate) fn columns_are_named(set: &[&Field<'_>], errors: &mut Errors) {
    for field in set {
        if field.column.is_none() && field.embed.is_none() {
            errors.add(
                field.source,
                "a field of a tuple struct does not say which column it is\n\
                 help: name it: `#[diesel(column_name = ..)]`",
            );
        }
    }
}

/// Of a column that is set twice the database takes one value and says nothing (PostgreSQL refuses the
/// statement): an old version in the other field would undo the new one.
pub(crate) fn columns_are_distinct(model: &Model<'_>, errors: &mut Errors) {
    let mut before: Vec<&Field<'_>> = Vec::new();
    for field in model.fields.iter().filter(|field| field.embed.is_none()) {
        let Some(column) = &field.column else {
            continue;
        };
        match before.iter().find(|other| other.holds(column)) {
            Some(first) => errors.add(
                field.blame(),
                format!(
                    "`{first}` and `{field}` are both the column `{column}`, which a save would set twice\n\
                     help: name the column of one of them: `#[diesel(column_name = ..)]`, or remove it",
                ),
            ),
            None => before.push(field),
        }
    }
}

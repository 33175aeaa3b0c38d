//! The rules for a model with a version.

use crate::ast::{Field, Model};
use crate::attr::optlock::Marks;
use crate::errors::Errors;
use crate::rules::{VERSION_NAMES, columns_are_distinct, columns_are_named, key, none_is_decided};
use crate::scope;
use proc_macro2::Ident;

/// A model that follows the rules.
pub(crate) struct Facts<'m> {
    pub(crate) model: &'m Model<'m>,
    pub(crate) key: Vec<&'m Field<'m>>,
    pub(crate) version: &'m Field<'m>,
    pub(crate) stamp: Option<&'m Field<'m>>,
    /// What a save writes: the fields in Diesel's changeset, and behind them the version and the
    /// audit stamp if Diesel leaves them alone.
    pub(crate) set: Vec<&'m Field<'m>>,
}

impl<'m> Facts<'m> {
    /// The embedded structs that a save writes.
    pub(crate) fn embedded(&self) -> impl Iterator<Item = &'m Field<'m>> {
        self.set
            .iter()
            .copied()
            .filter(|field| field.embed.is_some())
    }

    /// What a save writes beside Diesel's changeset: a version or an audit stamp with
    /// `#[diesel(skip_update)]`.
    pub(crate) fn beside(&self) -> impl Iterator<Item = &'m Field<'m>> {
        self.set
            .iter()
            .copied()
            .filter(|field| field.skip_update.is_some())
    }

    /// Does the database make the version?
    pub(crate) fn is_generated(&self) -> bool {
        self.version.marks.generated.is_some()
    }

    pub(crate) fn is_version(&self, field: &Field<'_>) -> bool {
        std::ptr::eq(self.version, field)
    }

    pub(crate) fn is_stamp(&self, field: &Field<'_>) -> bool {
        self.stamp.is_some_and(|stamp| std::ptr::eq(stamp, field))
    }

    /// May a save leave the column alone? Version and stamp are never `None` in a save.
    pub(crate) fn may_be_skipped(&self, field: &Field<'_>) -> bool {
        field.is_skipped_if_none() && !self.is_version(field) && !self.is_stamp(field)
    }
}

pub(crate) fn check<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Option<Facts<'m>> {
    // What could not be read may be just what seems to be missing.
    let all_read = errors.is_empty();
    let key = key(model, errors);
    let mut set: Vec<_> = model.set().collect();
    columns_are_named(&set, errors);
    columns_are_distinct(model, errors);
    let version = version(model, all_read, errors);
    let stamp = stamp(model, version, errors);
    scope::check(model, errors);
    none_is_decided(&set, version, errors);
    generated(model, version, errors);
    let beside = [version, stamp].into_iter().flatten();
    let beside: Vec<_> = beside.filter(|field| field.skip_update.is_some()).collect();
    columns_are_named(&beside, errors);
    changeset_is_not_empty(&set, &beside, errors);
    set.extend(
        beside
            .into_iter()
            .filter(|field| field.marks.generated.is_none()),
    );
    if all_read {
        timestamps_are_marked(model, version, errors);
    }
    Some(Facts {
        model,
        key,
        version: version?,
        stamp,
        set,
    })
}

/// Diesel's changeset cannot be empty.
fn changeset_is_not_empty(set: &[&Field<'_>], beside: &[&Field<'_>], errors: &mut Errors) {
    if !set.is_empty() {
        return;
    }
    for field in beside {
        if let Some(generated) = &field.marks.generated {
            if beside.len() > 1 {
                continue;
            }
            errors.add(
                generated,
                "a struct of key and generated version has nothing that a save could write\n\
                 help: remove `generated`, and `skip_update`: then a save writes the version",
            );
            continue;
        }
        errors.add(
            &field.skip_update,
            "without this column Diesel's changeset is empty, which Diesel refuses\n\
             help: remove `skip_update`: a struct of key and version has nothing else to save",
        );
    }
}

fn version<'m>(model: &'m Model<'m>, all_read: bool, errors: &mut Errors) -> Option<&'m Field<'m>> {
    let marked = marked(model, |marks| marks.version.as_ref(), errors);
    let version = marked.or_else(|| {
        let named = |names: &[&str]| {
            let is_one =
                |field: &&Field<'_>| field.name().is_some_and(|name| names.contains(&&*name));
            model.fields.iter().filter(is_one).collect::<Vec<_>>()
        };
        match &named(&VERSION_NAMES)[..] {
            [version] => Some(*version),
            [_, second, ..] => {
                errors.add(
                    &second.source.ident,
                    "both `version` and `lock_version` could be the version\n\
                     help: mark the one that is: `#[optlock(version)]`",
                );
                None
            }
            [] => {
                if all_read {
                    errors.add(
                        &model.input.ident,
                        no_version(&named(&["updated_on", "updated_at"])),
                    );
                }
                None
            }
        }
    })?;
    is_column(
        model,
        version,
        version.marks.version.as_ref(),
        "version",
        errors,
    );
    if let Some(stored) = &version.serialize_as {
        errors.add(
            stored,
            format!(
                "a save compares `{version}` with the column as it is, and would write it as another type\n\
                 help: remove `serialize_as`: a type of your own that implements `optlock::VersionToken` is stored as it is compared"
            ),
        );
    }
    Some(version)
}

/// A version that the database makes is no part of what is written.
fn generated(model: &Model<'_>, version: Option<&Field<'_>>, errors: &mut Errors) {
    for field in &model.fields {
        let Some(mark) = &field.marks.generated else {
            continue;
        };
        if !version.is_some_and(|version| std::ptr::eq(version, field)) {
            errors.add(
                mark,
                "`generated` is said of the version, and this field is not it\n\
                 help: mark the field: `#[optlock(version, generated)]`",
            );
            continue;
        }
        if field.skip_update.is_none() {
            errors.add(
                mark,
                format!(
                    "the database makes `{field}`, and Diesel's changeset would write it\n\
                     help: add `#[diesel(skip_update)]`"
                ),
            );
        }
        let precision = field.marks.precision.as_ref().map(|(key, _)| key);
        let clock = field.marks.clock.as_ref().map(|(key, _)| key);
        for key in precision.into_iter().chain(clock) {
            errors.add(
                key,
                format!(
                    "`{key}` says how optlock makes a version, and the database makes this one\n\
                     help: remove `{key}`"
                ),
            );
        }
    }
}

fn no_version(candidates: &[&Field<'_>]) -> String {
    let mut message = "no field is the version, so a save could not be checked\n\
                       help: call the field `version` or `lock_version`, or mark it: `#[optlock(version)]`"
        .to_owned();
    for field in candidates {
        message += &format!(
            "\nhelp: if `{field}` changes at each write, mark it: `#[optlock(version)] {field}: ..`"
        );
    }
    message
}

fn stamp<'m>(
    model: &'m Model<'m>,
    version: Option<&Field<'_>>,
    errors: &mut Errors,
) -> Option<&'m Field<'m>> {
    let stamp = marked(model, |marks| marks.updated_on.as_ref(), errors)?;
    let mark = stamp.marks.updated_on.as_ref();
    if version.is_some_and(|version| std::ptr::eq(version, stamp)) {
        errors.add(
            mark,
            "a field cannot be both the version and the audit stamp\n\
             help: `#[optlock(updated_on)]` belongs on a field beside the version",
        );
    }
    is_column(model, stamp, mark, "audit stamp", errors);
    Some(stamp)
}

fn timestamps_are_marked(model: &Model<'_>, version: Option<&Field<'_>>, errors: &mut Errors) {
    for field in &model.fields {
        if version.is_some_and(|version| std::ptr::eq(version, field)) {
            continue;
        }
        if field.marks.updated_on.is_some() {
            continue;
        }
        let precision = field.marks.precision.as_ref().map(|(key, _)| key);
        let clock = field.marks.clock.as_ref().map(|(key, _)| key);
        for key in precision.into_iter().chain(clock) {
            errors.add(
                key,
                format!(
                    "`{key}` is said of an audit stamp or of the version, and this field is neither\n\
                     help: mark the field: `#[optlock(updated_on, {key} = ..)]`"
                ),
            );
        }
    }
}

/// The one field that has a mark.
fn marked<'m>(
    model: &'m Model<'m>,
    mark: impl Fn(&Marks) -> Option<&Ident>,
    errors: &mut Errors,
) -> Option<&'m Field<'m>> {
    let mut marked = model
        .fields
        .iter()
        .filter_map(|field| Some((field, mark(&field.marks)?)));
    let (first, _) = marked.next()?;
    for (_, mark) in marked {
        errors.add(
            mark,
            format!(
                "`#[optlock({mark})]` is on `{first}` already, and a model has one\n\
                 help: remove it from one of them"
            ),
        );
    }
    Some(first)
}

/// The version and the stamp move on in memory at each save, so the save must write them: to a column
/// of this struct, outside the key.
fn is_column(
    model: &Model<'_>,
    field: &Field<'_>,
    mark: Option<&Ident>,
    role: &str,
    errors: &mut Errors,
) {
    if model.is_key(field) {
        errors.add(
            mark.or(field.source.ident.as_ref()),
            format!(
                "`{field}` is part of the primary key, which a save never changes, and the {role} changes at each save\n\
                 help: use a column outside `#[diesel(primary_key(..))]`"
            ),
        );
    }
    if let Some(embed) = &field.embed {
        errors.add(
            embed,
            format!(
                "an embedded struct is no column, and the {role} is one\n\
                 help: put the field for the column into this struct, without `embed`"
            ),
        );
    }
}

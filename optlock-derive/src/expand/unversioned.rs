//! `impl Unversioned`

use super::{bounds, embedded, key, scope};
use crate::ast::{Field, Model};
use crate::compared::is_version;
use crate::errors::Errors;
use crate::{scope as scopes, valid};
use proc_macro2::TokenStream;
use quote::quote;

/// A model and its key.
pub(super) struct Keyed<'m> {
    pub(super) model: &'m Model<'m>,
    pub(super) key: Vec<&'m Field<'m>>,
}

/// Nothing that has a version is saved without looking at it.
pub(super) fn check<'m>(model: &'m Model<'m>, errors: &mut Errors) -> Keyed<'m> {
    let key = valid::key(model, errors);
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
    scopes::check(model, errors);
    valid::columns_are_distinct(model, errors);
    valid::none_is_decided(&model.set().collect::<Vec<_>>(), None, errors);
    Keyed { model, key }
}

pub(super) fn expand(keyed: &Keyed<'_>) -> TokenStream {
    let model = keyed.model;
    let name = &model.input.ident;
    let key = key::expand(&keyed.key);
    let scope = scope::expand(model);
    let where_clause = bounds::of_unversioned(keyed, &key.ty, &scope.ty);
    let (key_type, key_value) = (key.ty, key.value);
    let (scope_type, scope_value) = (scope.ty, scope.value);
    let (impl_generics, ty_generics, _) = model.input.generics.split_for_impl();
    let (table, table_name) = (&model.table, model.table_name());
    let key_column = keyed.key.first().map(|field| &field.column);
    let key_is_the_tables = key::check(model);
    let columns_are_distinct = embedded::check(model);
    quote! {
        #key_is_the_tables
        #columns_are_distinct

        #[automatically_derived]
        impl #impl_generics ::optlock::Unversioned for #name #ty_generics #where_clause {
            type Table = #table::table;
            type Key = #key_type;
            type KeyColumn = #table::#key_column;
            type Scope = #scope_type;

            const TABLE_NAME: &'static str = #table_name;

            fn key(&self) -> Self::Key {
                #key_value
            }

            fn scope(&self) -> Self::Scope {
                #scope_value
            }
        }
    }
}

//! `impl Unversioned`

use super::{bounds, embedded, key, scope};
use crate::keyed::Keyed;
use proc_macro2::TokenStream;
use quote::quote;

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

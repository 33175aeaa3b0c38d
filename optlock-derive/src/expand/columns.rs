//! `impl VersionedColumns`: each column with its value, for statements of many rows.

use crate::ast::Field;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

pub(super) fn expand(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    let (_, ty_generics, where_clause) = input.generics.split_for_impl();
    let mut generics = input.generics.clone();
    generics.params.insert(0, parse_quote!('optlock));
    let (impl_generics, ..) = generics.split_for_impl();

    let key = columns(facts, &facts.key);
    let set = if is_known(facts) {
        columns(facts, &facts.set)
    } else {
        Columns {
            ty: quote!(::optlock::columns::Unknown),
            value: quote!(::optlock::columns::Unknown),
        }
    };
    let (key_type, key_value, set_type, set_value) = (key.ty, key.value, set.ty, set.value);
    quote! {
        #[automatically_derived]
        impl #impl_generics ::optlock::columns::VersionedColumns<'optlock> for #name #ty_generics
        #where_clause
        {
            type Key = #key_type;
            type Set = #set_type;

            fn key_columns(&'optlock self) -> Self::Key {
                #key_value
            }

            fn set_columns(&'optlock self) -> Self::Set {
                #set_value
            }
        }
    }
}

/// Each field that is written is one column, and always written. (A version that may be NULL is no
/// exception: a save gives it a value.)
fn is_known(facts: &Facts<'_>) -> bool {
    facts.set.iter().all(|field| {
        field.embed.is_none() && (facts.is_version(field) || !field.is_skipped_if_none())
    })
}

/// The type and the value.
struct Columns {
    ty: TokenStream,
    value: TokenStream,
}

fn columns(facts: &Facts<'_>, fields: &[&Field<'_>]) -> Columns {
    let table = &facts.model.table;
    let columns = pairs(
        fields,
        &|Field { column, .. }| quote!(::optlock::columns::One<#table::#column>),
    );
    let types = pairs(fields, &|field| match &field.serialize_as {
        Some(stored) => quote!(#stored),
        None => {
            let ty = field.ty();
            quote!(&'optlock #ty)
        }
    });
    let values = pairs(fields, &|field| {
        let member = &field.member;
        match &field.serialize_as {
            Some(stored) => {
                quote!(::std::convert::Into::<#stored>::into(::std::clone::Clone::clone(&self.#member)))
            }
            None => quote!(&self.#member),
        }
    });
    Columns {
        ty: quote!(::optlock::columns::ColumnValues<#columns, #types>),
        value: quote!(::optlock::columns::ColumnValues::new(#values)),
    }
}

/// Nested pairs, `((a, b), (c, d))`: of a list the compiler would have to search each element in a step of
/// its own, and it gives up after 128.
pub(super) fn pairs(fields: &[&Field<'_>], one: &dyn Fn(&Field<'_>) -> TokenStream) -> TokenStream {
    if let [field] = fields {
        return one(field);
    }
    let (left, right) = fields.split_at(fields.len().div_ceil(2));
    let (left, right) = (pairs(left, one), pairs(right, one));
    quote!((#left, #right))
}

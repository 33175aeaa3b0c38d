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

/// Nested pairs, `((a, b), (c, d))`: of a list the compiler would have to search each element in a step of
/// its own, and it gives up after 128.
struct Pairs {
    columns: TokenStream,
    types: TokenStream,
    values: TokenStream,
}

/// The type and the value.
struct Columns {
    ty: TokenStream,
    value: TokenStream,
}

fn columns(facts: &Facts<'_>, fields: &[&Field<'_>]) -> Columns {
    let Pairs {
        columns,
        types,
        values,
    } = pairs(facts, fields);
    Columns {
        ty: quote!(::optlock::columns::ColumnValues<#columns, #types>),
        value: quote!(::optlock::columns::ColumnValues::new(#values)),
    }
}

fn pairs(facts: &Facts<'_>, fields: &[&Field<'_>]) -> Pairs {
    if let [field] = fields {
        return column(facts, field);
    }
    let (left, right) = fields.split_at(fields.len().div_ceil(2));
    let (left, right) = (pairs(facts, left), pairs(facts, right));
    let pair = |left: TokenStream, right: TokenStream| quote!((#left, #right));
    Pairs {
        columns: pair(left.columns, right.columns),
        types: pair(left.types, right.types),
        values: pair(left.values, right.values),
    }
}

fn column(facts: &Facts<'_>, field: &Field<'_>) -> Pairs {
    let (table, column, member) = (&facts.model.table, &field.column, &field.member);
    let (types, values) = match &field.serialize_as {
        Some(stored) => (
            quote!(#stored),
            quote!(::std::convert::Into::<#stored>::into(::std::clone::Clone::clone(&self.#member))),
        ),
        None => {
            let ty = field.ty();
            (quote!(&'optlock #ty), quote!(&self.#member))
        }
    };
    Pairs {
        columns: quote!(::optlock::columns::One<#table::#column>),
        types,
        values,
    }
}

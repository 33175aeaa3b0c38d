//! `impl SetByColumn`: what a save writes, in place of Diesel's changeset.

use super::columns::pairs;
use crate::ast::Field;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Index, parse_quote};

/// For fields that are one column each, and always written.
pub(super) fn expand(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    let (_, ty_generics, where_clause) = input.generics.split_for_impl();
    let mut generics = input.generics.clone();
    generics.params.insert(0, parse_quote!('optlock));
    let (impl_generics, ..) = generics.split_for_impl();

    let table = &facts.model.table;
    let columns = facts.set.iter().map(|field| &field.column);
    let beside = Index::from(facts.beside().count());
    let beside = (beside.index > 0).then(|| quote!(const BESIDE: usize = #beside;));
    let types = pairs(&facts.set, &|field| ty(facts, field));
    let values = pairs(&facts.set, &|field| value(facts, field));
    quote! {
        #[automatically_derived]
        impl #impl_generics ::optlock::private::SetByColumn<'optlock> for #name #ty_generics
        #where_clause
        {
            type Values = #types;

            const COLUMNS: &'static [&'static str] = &[
                #(<#table::#columns as ::optlock::private::Column>::NAME),*
            ];
            #beside

            fn values(&'optlock self) -> Self::Values {
                #values
            }
        }
    }
}

fn ty(facts: &Facts<'_>, field: &Field<'_>) -> TokenStream {
    let (table, column, ty) = (&facts.model.table, &field.column, field.ty());
    let column = quote_spanned!(ty.span()=> #table::#column);
    // What Diesel leaves alone is written as a clone.
    let borrow = field.skip_update.is_none().then(|| quote!(&'optlock));
    quote!(::optlock::private::ValueIn<#column, #borrow #ty>)
}

fn value(facts: &Facts<'_>, field: &Field<'_>) -> TokenStream {
    let (table, column, member) = (&facts.model.table, &field.column, &field.member);
    let value = match field.skip_update {
        Some(_) => quote!(::std::clone::Clone::clone(&self.#member)),
        None => quote!(&self.#member),
    };
    quote!(::optlock::private::value::<::optlock::private::SqlTypeOf<#table::#column>, _>(#value))
}

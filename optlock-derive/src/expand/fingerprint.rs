//! `impl FingerprintFields`, and of a row `impl FingerprintRow`

use super::{bounds, key, scope};
use crate::ast::Field;
use crate::shown::Shown;
use crate::types::in_option;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

pub(super) fn expand(shown: &Shown<'_>) -> TokenStream {
    let fields = of_fields(shown);
    let row = shown.key.as_deref().map(|key| of_row(shown, key));
    quote! {
        #fields
        #row
    }
}

fn of_fields(shown: &Shown<'_>) -> TokenStream {
    let input = shown.model.input;
    let name = &input.ident;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let where_clause = bounds::of_fingerprint(shown);
    let unused = shown
        .fields
        .is_empty()
        .then(|| quote!(#[allow(unused_variables)]));
    let fields = shown.fields.iter().map(|field| {
        let (member, name) = (&field.member, field.name());
        // What cannot be written is reported at its type.
        let span = Span::call_site().located_at(field.ty().span());
        let value = quote_spanned!(span=> &self.#member);
        if field.is_embedded_option() {
            quote!(fields.optional(#name, ::std::option::Option::as_ref(#value));)
        } else if field.embed.is_some() {
            quote!(::optlock::fingerprint::FingerprintFields::write_fields(#value, fields);)
        } else {
            quote!(fields.field(#name, #value);)
        }
    });
    quote! {
        #[automatically_derived]
        #unused
        impl #impl_generics ::optlock::fingerprint::FingerprintFields for #name #ty_generics
        #where_clause
        {
            fn write_fields(&self, fields: &mut ::optlock::fingerprint::FieldWriter<'_>) {
                #(#fields)*
            }
        }
    }
}

fn of_row(shown: &Shown<'_>, key: &[&Field<'_>]) -> TokenStream {
    let model = shown.model;
    let name = &model.input.ident;
    let key_fields = key;
    let (key, scope) = (key::expand(key_fields), scope::expand(model));
    let where_clause = bounds::of_fingerprint_row(shown, key_fields, &key.ty, &scope.ty);
    let (key_type, key_value) = (key.ty, key.value);
    let (scope_type, scope_value) = (scope.ty, scope.value);
    let (impl_generics, ty_generics, _) = model.input.generics.split_for_impl();
    let table_name = model.table_name();
    quote! {
        #[automatically_derived]
        impl #impl_generics ::optlock::fingerprint::FingerprintRow for #name #ty_generics
        #where_clause
        {
            type Key = #key_type;
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

/// The type of an embedded struct, without its `Option`.
pub(super) fn embedded<'f>(field: &Field<'f>) -> &'f syn::Type {
    in_option(field.ty()).unwrap_or_else(|| field.ty())
}

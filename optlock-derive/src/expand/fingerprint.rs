//! `impl FingerprintFields`, and of a row `impl FingerprintRow`

use super::{bounds, key, scope};
use crate::ast::Field;
use crate::shown::{Content, Coverage, Shown};
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
    let parts: Vec<_> = shown.fields.iter().filter_map(part).collect();
    let changes: Vec<_> = written(shown).map(change).collect();
    let unused =
        (parts.is_empty() || changes.is_empty()).then(|| quote!(#[allow(unused_variables)]));
    let is_named_as_version =
        |content: &Content<'_>| matches!(content.coverage, Coverage::NamedAsVersion);
    let without_version = shown.fields.iter().any(is_named_as_version).then(|| {
        quote! {
            #[allow(unused_imports)]
            use ::optlock::private::WithoutVersion as _;
        }
    });
    let is_compared = |content: &Content<'_>| match content.coverage {
        Coverage::Part => content.field.embed.is_none(),
        Coverage::NamedAsVersion => true,
        Coverage::With(_) | Coverage::Skipped => false,
    };
    let differing = written(shown)
        .any(is_compared)
        .then(|| quote!(let parts = ::optlock::private::DifferingParts::of(self, row);));
    quote! {
        #[automatically_derived]
        #unused
        impl #impl_generics ::optlock::fingerprint::FingerprintFields for #name #ty_generics
        #where_clause
        {
            fn write_fields(&self, fields: &mut ::optlock::fingerprint::FieldWriter<'_>) {
                #without_version
                #(#parts)*
            }

            fn write_changes(&self, row: &Self, changes: &mut ::optlock::fingerprint::ChangeWriter) {
                #without_version
                #differing
                #(#changes)*
            }
        }
    }
}

/// Writes a field as a part of its row.
fn part(content: &Content<'_>) -> Option<TokenStream> {
    let field = content.field;
    let (member, name) = (&field.member, field.name());
    // What cannot be written is reported at its type.
    let span = Span::call_site().located_at(field.ty().span());
    let value = quote_spanned!(span=> &self.#member);
    Some(match content.coverage {
        Coverage::Skipped => return None,
        Coverage::With(function) => quote!(fields.field(#name, &#function(#value));),
        Coverage::NamedAsVersion => {
            quote!(::optlock::private::VersionOf::<Self>::write(fields, #name, #value);)
        }
        Coverage::Part if field.is_embedded_option() => {
            quote!(fields.optional(#name, ::std::option::Option::as_ref(#value));)
        }
        Coverage::Part if field.embed.is_some() => {
            quote!(::optlock::fingerprint::FingerprintFields::write_fields(#value, fields);)
        }
        Coverage::Part => quote!(fields.field(#name, #value);),
    })
}

/// The content that a save writes.
pub(super) fn written<'s>(shown: &'s Shown<'s>) -> impl Iterator<Item = &'s Content<'s>> {
    let is_set = move |content: &&Content<'_>| {
        shown
            .model
            .set()
            .any(|field| std::ptr::eq(field, content.field))
    };
    shown.fields.iter().filter(is_set)
}

/// Names a field that a save would change.
fn change(content: &Content<'_>) -> TokenStream {
    let field = content.field;
    let (member, name) = (&field.member, field.name());
    let span = Span::call_site().located_at(field.ty().span());
    let (mine, theirs) = (
        quote_spanned!(span=> &self.#member),
        quote_spanned!(span=> &row.#member),
    );
    let embeds = matches!(content.coverage, Coverage::Part) && field.embed.is_some();
    if embeds && field.is_embedded_option() {
        let as_ref = quote!(::std::option::Option::as_ref);
        return quote!(changes.optional(#name, #as_ref(#mine), #as_ref(#theirs)););
    }
    if embeds {
        let trait_name = quote!(::optlock::fingerprint::FingerprintFields);
        return quote!(#trait_name::write_changes(#mine, #theirs, changes););
    }
    let is_written = (field.is_skipped_if_none() || field.is_embedded_option())
        .then(|| quote!(self.#member.is_some() &&));
    let compared = quote!(::optlock::private::Comparable::differs(#mine, #theirs));
    if matches!(content.coverage, Coverage::With(_)) && field.embed.is_some() {
        // `Diff` names the fields within it.
        let embedded = embedded(field);
        return quote!(changes.whole(
            #name,
            {
                #[allow(unused_imports)]
                use ::optlock::private::Unlisted as _;
                ::optlock::private::Listed::<#embedded>::FIELDS
            },
            #is_written #compared,
        ););
    }
    let (method, differ) = match content.coverage {
        Coverage::NamedAsVersion => {
            let version = quote!(::optlock::private::VersionOf::<Self>);
            return quote!(#version::change(changes, #name, #mine, #theirs, parts.contain(#name)););
        }
        Coverage::Part => (quote!(field), quote!(parts.contain(#name))),
        // What the function leaves away is saved as well.
        Coverage::With(_) => (quote!(field), compared),
        Coverage::Skipped => (quote!(skipped), compared),
    };
    quote!(changes.#method(#name, #is_written #differ);)
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

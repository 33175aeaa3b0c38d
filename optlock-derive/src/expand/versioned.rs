//! `impl Versioned`

use super::{bounds, changes, embedded, key, scope, text};
use crate::attr::optlock::{Marks, Precision};
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

pub(super) fn expand(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    let table = &facts.model.table;
    let table_name = facts.model.table_name();

    let (version, version_column) = (&facts.version.member, &facts.version.column);
    // Its span is that of the field's type, where a type that is no token is then reported.
    let version_type = facts.version.ty();

    let key = key::expand(&facts.key);
    let text = text::ty(facts);
    let scope = scope::expand(facts.model);
    let where_clause = bounds::of_versioned(facts, &key.ty, &scope.ty);
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();

    let (key_type, key_value) = (key.ty, key.value);
    let (scope_type, scope_value) = (scope.ty, scope.value);
    let generated = generated(facts);
    let precision = precision(facts);
    let next_version = next_version(facts);
    let stamp = stamp(facts);
    let has_changes = has_changes(facts);

    let key_is_the_tables = key::check(facts.model);
    let columns_are_distinct = embedded::check(facts.model);
    let is_identifiable = key::is_identifiable(facts.model);
    quote! {
        #key_is_the_tables
        #columns_are_distinct

        #[automatically_derived]
        impl #impl_generics ::optlock::Versioned for #name #ty_generics #where_clause {
            type Table = #table::table;
            type Key = #key_type;
            type VersionColumn = #table::#version_column;
            type Version = #version_type;
            type Scope = #scope_type;
            type Text = #text;

            const TABLE_NAME: &'static str = #table_name;

            #generated

            #precision

            fn key(&self) -> Self::Key {
                #is_identifiable
                #key_value
            }

            fn scope(&self) -> Self::Scope {
                #scope_value
            }

            fn version(&self) -> &Self::Version {
                &self.#version
            }

            fn set_version(&mut self, version: Self::Version) {
                self.#version = version;
            }

            #next_version

            #stamp

            #has_changes
        }
    }
}

/// Nothing, where it is simply `true`.
fn has_changes(facts: &Facts<'_>) -> Option<TokenStream> {
    // Embedded structs answer with their changesets.
    if facts.embedded().next().is_some() {
        return None;
    }
    // With nothing but a version to set, a save is there to move it on.
    changes::own(facts).next()?;
    let has_changes = changes::outside_embedded(facts)?;
    Some(quote! {
        fn has_changes(&self) -> bool {
            #has_changes
        }
    })
}

/// Nothing, where it is the default.
fn generated(facts: &Facts<'_>) -> Option<TokenStream> {
    facts.is_generated().then(|| {
        quote! {
            const GENERATED: bool = true;
        }
    })
}

/// Nothing, where it is the default.
fn precision(facts: &Facts<'_>) -> Option<TokenStream> {
    let (_, precision) = facts.version.marks.precision.as_ref()?;
    let precision = &precision.0;
    Some(quote! {
        const VERSION_PRECISION: ::optlock::Precision = ::optlock::Precision::#precision;
    })
}

/// Nothing, where the type of the version knows its next one.
fn next_version(facts: &Facts<'_>) -> Option<TokenStream> {
    let version = facts.version;
    if version.marks.precision.is_none() && version.marks.clock.is_none() {
        return None;
    }
    let (member, resolution) = (&version.member, resolution(&version.marks));
    // A type that is no timestamp is reported at the field's type.
    let version = quote_spanned!(version.ty().span()=> &self.#member);
    Some(quote! {
        fn next_version(&self) -> ::std::option::Option<Self::Version> {
            ::optlock::private::next_timestamp(#version, #resolution)
        }
    })
}

fn stamp(facts: &Facts<'_>) -> Option<TokenStream> {
    let field = facts.stamp?;
    let (member, column, table) = (&field.member, &field.column, &facts.model.table);
    let resolution = resolution(&field.marks);
    // A type that is no stamp is reported at the field's type.
    let stamp = quote_spanned!(field.ty().span()=> &mut self.#member);
    Some(quote! {
        fn stamp(&mut self) -> ::std::option::Option<::optlock::Stamp<'_>> {
            ::optlock::private::stamp::<#table::#column>(#stamp, #resolution)
        }
    })
}

/// The precision and the clock, as two arguments.
fn resolution(marks: &Marks) -> TokenStream {
    let precision = match &marks.precision {
        Some((_, precision)) => precision.clone(),
        None => Precision::default(),
    };
    let precision = precision.0;
    let now = match &marks.clock {
        Some((_, clock)) => quote!(#clock),
        None => quote!(::optlock::private::now),
    };
    quote!(::optlock::Precision::#precision, #now)
}

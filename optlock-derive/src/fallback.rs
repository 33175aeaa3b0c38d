//! What to emit for a struct with mistakes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, parse_quote};

/// The mistakes, and impls of which nothing is known, so that code that uses the struct adds no
/// errors of its own.
///
/// The compiler says no more about a type that it could not make out, and such a one is an array
/// whose length is a `compile_error!`. (In the place of a type, `compile_error!` counts as `()`.) So
/// the first mistake stands there, and the others beside it.
pub(crate) fn versioned(input: &DeriveInput, mistakes: Error) -> TokenStream {
    let mut mistakes = mistakes
        .into_iter()
        .map(|mistake| mistake.to_compile_error());
    let first = mistakes.next();
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let mut generics = input.generics.clone();
    generics.params.insert(0, parse_quote!('optlock));
    let (changeset_generics, ..) = generics.split_for_impl();
    quote! {
        type Unknown = [(); #first];
        #(#mistakes)*

        #[automatically_derived]
        impl #impl_generics ::optlock::Versioned for #name #ty_generics #where_clause {
            type Table = Unknown;
            type Key = Unknown;
            type VersionColumn = Unknown;
            type Version = Unknown;
            type Scope = Unknown;
            type Text = Unknown;

            const TABLE_NAME: &'static str = "";

            fn key(&self) -> Self::Key {
                ::std::unreachable!()
            }

            fn scope(&self) -> Self::Scope {
                ::std::unreachable!()
            }

            fn version(&self) -> &Self::Version {
                ::std::unreachable!()
            }

            fn set_version(&mut self, _: Self::Version) {}
        }

        #[automatically_derived]
        impl #changeset_generics ::optlock::VersionedChangeset<'optlock> for #name #ty_generics
        #where_clause
        {
            type Changeset = Unknown;
            type StampChangeset = Unknown;

            fn changeset(&'optlock self) -> Self::Changeset {
                ::std::unreachable!()
            }

            fn stamp_changeset(&'optlock self) -> Self::StampChangeset {
                ::std::unreachable!()
            }
        }

        #[automatically_derived]
        impl #changeset_generics ::optlock::columns::VersionedColumns<'optlock> for #name #ty_generics
        #where_clause
        {
            type Key = Unknown;
            type Set = Unknown;

            fn key_columns(&'optlock self) -> Self::Key {
                ::std::unreachable!()
            }

            fn set_columns(&'optlock self) -> Self::Set {
                ::std::unreachable!()
            }
        }
    }
}

/// The same for `#[derive(Diff)]`, whose impl names no type that could be made out wrongly.
pub(crate) fn diff(input: &DeriveInput, mistakes: Error) -> TokenStream {
    let mistakes = mistakes.to_compile_error();
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #mistakes

        #[automatically_derived]
        impl #impl_generics ::optlock::Diff for #name #ty_generics #where_clause {
            const FIELDS: ::optlock::Fields = ::optlock::Fields::new(&[]);

            fn differs_in(&self, _: &Self, _: usize) -> bool {
                false
            }

            fn take_field(&mut self, _: &Self, _: usize) {}

            fn field_value(&self, _: usize) -> &dyn ::std::fmt::Debug {
                &()
            }
        }
    }
}

/// The same for `#[derive(Unversioned)]`.
pub(crate) fn unversioned(input: &DeriveInput, mistakes: Error) -> TokenStream {
    let mut mistakes = mistakes
        .into_iter()
        .map(|mistake| mistake.to_compile_error());
    let first = mistakes.next();
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        type Unknown = [(); #first];
        #(#mistakes)*

        #[automatically_derived]
        impl #impl_generics ::optlock::Unversioned for #name #ty_generics #where_clause {
            type Table = Unknown;
            type Key = Unknown;
            type KeyColumn = Unknown;
            type Scope = Unknown;

            const TABLE_NAME: &'static str = "";

            fn key(&self) -> Self::Key {
                ::std::unreachable!()
            }

            fn scope(&self) -> Self::Scope {
                ::std::unreachable!()
            }
        }
    }
}

/// The same for `#[derive(Fingerprint)]`.
pub(crate) fn fingerprint(input: &DeriveInput, mistakes: Error) -> TokenStream {
    let mistakes = mistakes.to_compile_error();
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #mistakes

        #[automatically_derived]
        impl #impl_generics ::optlock::fingerprint::FingerprintFields for #name #ty_generics
        #where_clause
        {
            fn write_fields(&self, _: &mut ::optlock::fingerprint::FieldWriter<'_>) {}

            fn write_changes(&self, _: &Self, _: &mut ::optlock::fingerprint::ChangeWriter) {}
        }

        #[automatically_derived]
        impl #impl_generics ::optlock::fingerprint::FingerprintRow for #name #ty_generics
        #where_clause
        {
            type Key = ();
            type Scope = ();

            const TABLE_NAME: &'static str = "";

            fn key(&self) -> Self::Key {}

            fn scope(&self) -> Self::Scope {}
        }
    }
}

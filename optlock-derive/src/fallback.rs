//! What to emit for a struct with mistakes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

/// The mistakes, and an impl of which nothing is known, so that code that uses the struct adds no errors of its own.
///
/// About a type that could not be made out the compiler says no more than that once, and `compile_error!` in the place of a
/// type is such a one. So the first mistake stands there, and the others beside it.
pub(crate) fn expand(input: &DeriveInput, mistakes: Error) -> TokenStream {
    let mut mistakes = mistakes
        .into_iter()
        .map(|mistake| mistake.to_compile_error());
    let first = mistakes.next();
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        type Unknown = #first;
        #(#mistakes)*

        #[automatically_derived]
        impl #impl_generics ::optlock::Versioned for #name #ty_generics #where_clause {
            type Table = Unknown;
            type Key = Unknown;
            type VersionColumn = Unknown;
            type Version = Unknown;
            type Changeset<'optlock> = Unknown where Self: 'optlock;
            type Text = Unknown;

            const TABLE_NAME: &'static str = "";

            fn key(&self) -> Self::Key {
                ::std::unreachable!()
            }

            fn version(&self) -> &Self::Version {
                ::std::unreachable!()
            }

            fn set_version(&mut self, _version: Self::Version) {}

            fn changeset(&self) -> Self::Changeset<'_> {
                ::std::unreachable!()
            }
        }
    }
}

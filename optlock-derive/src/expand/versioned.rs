//! `impl Versioned`

use super::{bounds, changeset, key, text};
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

pub(super) fn expand(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    let table = &facts.model.table;
    let table_name = table
        .segments
        .last()
        .map(|segment| segment.ident.unraw().to_string());

    let (version, version_column) = (&facts.version.member, &facts.version.column);
    // Its span is that of the field's type, where a type that is no token is then reported.
    let version_type = facts.version.ty();

    let key = key::expand(facts);
    let text = text::expand(facts);
    let changeset = changeset::expand(facts);
    let where_clause = bounds::expand(facts, &key, &changeset);
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();

    let (key_type, key_value) = (key.ty, key.value);
    let (changeset_type, changeset_value) = (changeset.ty, changeset.value);
    let (text_type, proof) = (text.ty, text.proof);
    let stamp = stamp(facts);
    let has_changes = changeset.has_changes.map(|has_changes| {
        quote! {
            fn has_changes(&self) -> bool {
                #has_changes
            }
        }
    });

    quote! {
        #proof

        #[automatically_derived]
        impl #impl_generics ::optlock::Versioned for #name #ty_generics #where_clause {
            type Table = #table::table;
            type Key = #key_type;
            type VersionColumn = #table::#version_column;
            type Version = #version_type;
            type Changeset<'optlock> = #changeset_type where Self: 'optlock;
            type Text = #text_type;

            const TABLE_NAME: &'static str = #table_name;

            fn key(&self) -> Self::Key {
                #key_value
            }

            fn version(&self) -> &Self::Version {
                &self.#version
            }

            fn set_version(&mut self, version: Self::Version) {
                self.#version = version;
            }

            #stamp

            #has_changes

            fn changeset(&self) -> Self::Changeset<'_> {
                #changeset_value
            }
        }
    }
}

fn stamp(facts: &Facts<'_>) -> Option<TokenStream> {
    let (field, precision) = facts.stamp.as_ref()?;
    let (member, precision) = (&field.member, &precision.0);
    // A type that is no stamp is reported at the field's type.
    let stamp = quote_spanned!(field.ty().span()=> &mut self.#member);
    Some(quote! {
        fn stamp(&mut self) -> ::std::option::Option<::optlock::Stamp<'_>> {
            ::optlock::private::stamp(#stamp, ::optlock::Precision::#precision)
        }
    })
}

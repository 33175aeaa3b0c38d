//! What the derive emits: facts, and no behaviour.

mod bounds;
mod by_column;
mod changes;
mod changeset;
mod columns;
mod diff;
mod embedded;
mod fingerprint;
mod insert;
mod key;
mod scope;
mod text;
mod unversioned;
mod versioned;

use crate::ast::Model;
use crate::errors::Errors;
use crate::{compared, fallback, keyed, shown, valid};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) fn derive_versioned(input: &DeriveInput) -> TokenStream {
    let refusal = "this cannot be versioned\n\
                   help: `#[derive(Versioned)]` belongs on a struct with a field for each column";
    derive(input, refusal, fallback::versioned, |model, mut errors| {
        let facts = valid::check(model, &mut errors);
        let facts = errors.finish(facts)?;
        let fixed_text = text::proof(&facts);
        let versioned = versioned::expand(&facts);
        let changeset = changeset::expand(&facts);
        let columns = columns::expand(&facts);
        let insert = insert::expand(&facts);
        Ok(quote! {
            #fixed_text
            #versioned
            #changeset
            #columns
            #insert
        })
    })
}

pub(crate) fn derive_diff(input: &DeriveInput) -> TokenStream {
    let refusal = "this has no fields to compare\n\
                   help: `#[derive(Diff)]` belongs on a struct with a field for each column";
    derive(input, refusal, fallback::diff, |model, mut errors| {
        let compared = compared::check(model, &mut errors);
        Ok(diff::expand(&errors.finish(Some(compared))?))
    })
}

pub(crate) fn derive_unversioned(input: &DeriveInput) -> TokenStream {
    let refusal = "this is no row of a table\n\
                   help: `#[derive(Unversioned)]` belongs on a struct with a field for each column";
    derive(
        input,
        refusal,
        fallback::unversioned,
        |model, mut errors| {
            let keyed = keyed::check(model, &mut errors);
            Ok(unversioned::expand(&errors.finish(Some(keyed))?))
        },
    )
}

pub(crate) fn derive_fingerprint(input: &DeriveInput) -> TokenStream {
    let refusal = "this has no fields that a page could show\n\
                   help: `#[derive(Fingerprint)]` belongs on a struct with a field for each column";
    derive(
        input,
        refusal,
        fallback::fingerprint,
        |model, mut errors| {
            let shown = shown::check(model, &mut errors);
            Ok(fingerprint::expand(&errors.finish(Some(shown))?))
        },
    )
}

/// Reads the model, checks it and emits its impls, or the mistakes and what `fallback` has for them.
fn derive(
    input: &DeriveInput,
    refusal: &str,
    fallback: fn(&DeriveInput, syn::Error) -> TokenStream,
    expand: impl FnOnce(&Model<'_>, Errors) -> syn::Result<TokenStream>,
) -> TokenStream {
    let mut errors = Errors::default();
    let impls = match Model::read(input, refusal, &mut errors) {
        Some(model) => expand(&model, errors),
        None => errors.finish(None),
    };
    let impls = impls.unwrap_or_else(|mistakes| fallback(input, mistakes));
    quote! {
        const _: () = {
            #impls
        };
    }
}

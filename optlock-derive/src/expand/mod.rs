//! What the derive emits: facts, and no behaviour.

mod bounds;
mod changes;
mod changeset;
mod columns;
mod diff;
mod embedded;
mod key;
mod scope;
mod text;
mod unversioned;
mod versioned;

use crate::ast::Model;
use crate::errors::Errors;
use crate::{compared, fallback, valid};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) fn derive_versioned(input: &DeriveInput) -> TokenStream {
    wrap(try_versioned(input).unwrap_or_else(|mistakes| fallback::versioned(input, mistakes)))
}

pub(crate) fn derive_diff(input: &DeriveInput) -> TokenStream {
    wrap(try_diff(input).unwrap_or_else(|mistakes| fallback::diff(input, mistakes)))
}

pub(crate) fn derive_unversioned(input: &DeriveInput) -> TokenStream {
    wrap(try_unversioned(input).unwrap_or_else(|mistakes| fallback::unversioned(input, mistakes)))
}

fn wrap(impls: TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            #impls
        };
    }
}

fn try_diff(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let refusal = "this has no fields to compare\n\
                   help: `#[derive(Diff)]` belongs on a struct with a field for each column";
    let model = Model::read(input, refusal, &mut errors);
    let compared = model
        .as_ref()
        .map(|model| compared::check(model, &mut errors));
    Ok(diff::expand(&errors.finish(compared)?))
}

fn try_unversioned(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let refusal = "this is no row of a table\n\
                   help: `#[derive(Unversioned)]` belongs on a struct with a field for each column";
    let model = Model::read(input, refusal, &mut errors);
    let keyed = model
        .as_ref()
        .map(|model| unversioned::check(model, &mut errors));
    Ok(unversioned::expand(&errors.finish(keyed)?))
}

fn try_versioned(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let refusal = "this cannot be versioned\n\
                   help: `#[derive(Versioned)]` belongs on a struct with a field for each column";
    let model = Model::read(input, refusal, &mut errors);
    let facts = model
        .as_ref()
        .and_then(|model| valid::check(model, &mut errors));
    let facts = errors.finish(facts)?;

    let fixed_text = text::proof(&facts);
    let versioned = versioned::expand(&facts);
    let changeset = changeset::expand(&facts);
    let columns = columns::expand(&facts);
    Ok(quote! {
        #fixed_text
        #versioned
        #changeset
        #columns
    })
}

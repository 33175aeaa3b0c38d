//! What the derive emits: facts, and no behaviour.

mod bounds;
mod changes;
mod changeset;
mod key;
mod text;
mod versioned;

use crate::ast::Model;
use crate::errors::Errors;
use crate::{fallback, valid};
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let impls = try_expand(input).unwrap_or_else(|mistakes| fallback::expand(input, mistakes));
    quote! {
        const _: () = {
            #impls
        };
    }
}

fn try_expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let model = Model::read(input, &mut errors);
    let facts = model
        .as_ref()
        .and_then(|model| valid::check(model, &mut errors));
    let facts = errors.finish(facts)?;

    let fixed_text = text::proof(&facts);
    let versioned = versioned::expand(&facts);
    let changeset = changeset::expand(&facts);
    Ok(quote! {
        #fixed_text
        #versioned
        #changeset
    })
}

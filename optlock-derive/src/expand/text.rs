//! What is known about the text of the `UPDATE`.

use super::bounds::has_parameters;
use crate::types::with_static;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::quote;

/// The type `Versioned::Text`, and what it needs.
pub(super) struct Text {
    pub(super) ty: TokenStream,
    /// `impl FixedText`
    pub(super) proof: Option<TokenStream>,
}

pub(super) fn expand(facts: &Facts<'_>) -> Text {
    let statement = quote!(::optlock::statement);
    let generics = &facts.model.input.generics;
    if facts
        .set
        .iter()
        .any(|field| field.embed.is_some() || field.is_skipped_if_none())
    {
        return Text {
            ty: quote!(#statement::Varying),
            proof: None,
        };
    }
    // The id of a statement is a type with nothing left open, and the text of a `serialize_as` is that of another type.
    if has_parameters(generics) || facts.set.iter().any(|field| field.serialize_as.is_some()) {
        return Text {
            ty: quote!(#statement::ByText),
            proof: None,
        };
    }
    let model = static_model(facts);
    let table = &facts.model.table;
    let fields = facts.set.iter().map(|field| {
        let column = &field.column;
        let ty = with_static(field.ty(), generics);
        quote!(#statement::is_fixed::<#table::#column, &'static #ty>())
    });
    Text {
        ty: quote!(#statement::Fixed<#model>),
        proof: Some(quote! {
            #[automatically_derived]
            impl #statement::FixedText for #model {
                const FIXED: bool = #(#fields)&&*;
            }
        }),
    }
}

/// The model with `'static` for its lifetimes.
fn static_model(facts: &Facts<'_>) -> TokenStream {
    let name = &facts.model.input.ident;
    let lifetimes = facts
        .model
        .input
        .generics
        .lifetimes()
        .map(|_| quote!('static));
    let arguments = quote!(#(#lifetimes),*);
    if arguments.is_empty() {
        quote!(#name)
    } else {
        quote!(#name<#arguments>)
    }
}

//! What is known about the text of the `UPDATE`.

use crate::types::has_parameters;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::quote;

/// The type `Versioned::Text`.
pub(super) fn ty(facts: &Facts<'_>) -> TokenStream {
    if is_varying(facts) {
        quote!(::optlock::statement::Varying)
    } else if may_be_fixed(facts) {
        let model = static_model(facts);
        quote!(::optlock::statement::Fixed<#model>)
    } else {
        quote!(::optlock::statement::ByText)
    }
}

/// `impl FixedText`, where the type is `Fixed`.
pub(super) fn proof(facts: &Facts<'_>) -> Option<TokenStream> {
    if !may_be_fixed(facts) {
        return None;
    }
    let model = static_model(facts);
    Some(quote! {
        #[automatically_derived]
        impl ::optlock::statement::FixedText for #model {
            const FIXED: bool = ::optlock::private::are_fixed::<
                <Self as ::optlock::private::SetByColumn<'static>>::Values
            >();
        }
    })
}

/// Which columns are written depends on the values.
fn is_varying(facts: &Facts<'_>) -> bool {
    facts.embedded().next().is_some() || facts.set.iter().any(|field| facts.may_be_skipped(field))
}

/// Each field is one column, which is always written. The id of a statement is a type with nothing left open, and the
/// text of a `serialize_as` is that of a value which is not there yet.
pub(super) fn may_be_fixed(facts: &Facts<'_>) -> bool {
    !is_varying(facts)
        && !has_parameters(&facts.model.input.generics)
        && facts
            .set
            .iter()
            .all(|field| field.serialize_as.is_none() && !field.is_skipped_if_none())
}

/// The model with `'static` for its lifetimes.
fn static_model(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    if input.generics.params.is_empty() {
        return quote!(#name);
    }
    let lifetimes = input.generics.lifetimes().map(|_| quote!('static));
    quote!(#name<#(#lifetimes),*>)
}

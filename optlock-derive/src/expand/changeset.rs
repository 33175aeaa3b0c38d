//! What a save writes: Diesel's own changeset.

use crate::ast::Field;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

/// `Versioned::Changeset<'optlock>`
pub(super) struct Changeset {
    pub(super) ty: TokenStream,
    pub(super) value: TokenStream,
    /// The body of `Versioned::has_changes`, unless it is simply `true`.
    pub(super) has_changes: Option<TokenStream>,
    /// The trait that the changeset comes from.
    pub(super) source: TokenStream,
}

pub(super) fn expand(facts: &Facts<'_>) -> Changeset {
    let (source, take) = source(facts);
    let ty = quote!(<Self as #source>::Set);
    let value = quote!(#take::changeset(self));
    let has_changes = has_changes(facts);

    let embedded: Vec<_> = facts
        .set
        .iter()
        .filter(|field| field.embed.is_some())
        .collect();
    if embedded.is_empty() {
        return Changeset {
            ty,
            value,
            has_changes,
            source,
        };
    }
    let types = embedded.iter().map(|field| {
        let ty = field.ty();
        quote_spanned!(ty.span()=> <#ty as #source>::Set)
    });
    let values = embedded.iter().map(|field| {
        let member = &field.member;
        quote!(#take::changeset(&self.#member))
    });
    let has_changes = has_changes.unwrap_or_else(|| quote!(true));
    Changeset {
        ty: quote!(::optlock::private::WithEmbedded<#ty, (#(#types,)*)>),
        value: quote! {
            ::optlock::private::WithEmbedded {
                set: #value,
                embedded: (#(#values,)*),
                has_changes: #has_changes,
            }
        },
        // Only the embedded changesets know.
        has_changes: None,
        source,
    }
}

/// With `serialize_as`, Diesel has a changeset of the owned struct only.
fn source(facts: &Facts<'_>) -> (TokenStream, TokenStream) {
    if facts.set.iter().any(|field| field.serialize_as.is_some()) {
        let owned = quote!(::optlock::private::OwnedChangeset);
        (owned.clone(), owned)
    } else {
        let borrowed = quote!(::optlock::private::BorrowedChangeset);
        (quote!(#borrowed<'optlock>), borrowed)
    }
}

/// Is a field written, beside the embedded ones, the version and the audit stamp? `None` if one always is.
fn has_changes(facts: &Facts<'_>) -> Option<TokenStream> {
    let stamp = facts.stamp.as_ref().map(|(stamp, _)| *stamp);
    let moves_by_itself = |field: &Field<'_>| {
        [Some(facts.version), stamp]
            .into_iter()
            .flatten()
            .any(|moving| std::ptr::eq(moving, field))
    };
    let own: Vec<_> = facts
        .set
        .iter()
        .filter(|field| field.embed.is_none() && !moves_by_itself(field))
        .collect();
    if own.iter().any(|field| !field.is_skipped_if_none()) {
        return None;
    }
    let members = own.iter().map(|field| &field.member);
    Some(if own.is_empty() {
        quote!(false)
    } else {
        quote!(#(self.#members.is_some())||*)
    })
}

//! Does a save change anything but the version and the audit stamp?

use crate::ast::Field;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::quote;

/// An expression that says whether a field is written, beside the embedded ones, or `None` if one
/// always is.
pub(super) fn outside_embedded(facts: &Facts<'_>) -> Option<TokenStream> {
    let own: Vec<_> = own(facts).collect();
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

/// The fields that the user changes, beside the embedded ones.
pub(super) fn own<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f Field<'f>> {
    facts
        .set
        .iter()
        .copied()
        .filter(|field| field.embed.is_none())
        .filter(|field| !facts.is_version(field) && !facts.is_stamp(field))
}

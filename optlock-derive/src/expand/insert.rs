//! What is known about an `INSERT` of the model.

use crate::ast::Field;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::quote;

/// `impl InsertsVersion`, where Diesel's `INSERT` of the model writes what is in memory.
pub(super) fn expand(facts: &Facts<'_>) -> Option<TokenStream> {
    let model = facts.model;
    // A field that is saved later and was not inserted would be another one in memory than in the row.
    let is_left_out = |field: &Field<'_>| {
        if facts.is_version(field) && facts.is_generated() {
            // It is read behind the insert. What is in memory says that there is no row.
            return !field.skip_insertion;
        }
        field.skip_insertion && (field.skip_update.is_none() || is_needed(facts, field))
    };
    if !model.inserts_none_as_null
        || model
            .fields
            .iter()
            .any(|field| field.serialize_as.is_some() || is_left_out(field))
    {
        return None;
    }
    let name = &model.input.ident;
    let (impl_generics, ty_generics, where_clause) = model.input.generics.split_for_impl();
    Some(quote! {
        #[automatically_derived]
        impl #impl_generics ::optlock::statement::InsertsVersion for #name #ty_generics #where_clause {}
    })
}

/// Is it by this field that the row is found again, or its version checked? An audit stamp in memory is that of the
/// row.
fn is_needed(facts: &Facts<'_>, field: &Field<'_>) -> bool {
    facts.is_version(field)
        || facts.is_stamp(field)
        || facts.model.is_key(field)
        || field.marks.scope.is_some()
}

//! `impl Diff`

use super::{bounds, embedded};
use crate::ast::Field;
use crate::compared::Compared;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Index;
use syn::ext::IdentExt as _;

pub(super) fn expand(compared: &Compared<'_>) -> TokenStream {
    let input = compared.model.input;
    let name = &input.ident;
    let (impl_generics, ty_generics, _) = input.generics.split_for_impl();
    let where_clause = bounds::of_diff(compared);
    let unused = compared
        .is_empty()
        .then(|| quote!(#[allow(unused_variables)]));

    let comparable = quote!(::optlock::private::Comparable);
    let diff = quote!(::optlock::Diff);
    let fields = fields(compared);
    let differs = by_index(
        compared,
        &quote!(false),
        |Field { member, .. }| quote!(#comparable::differs(&self.#member, &other.#member)),
        |Field { member, .. }| quote!(#diff::differs_in(&self.#member, &other.#member, field)),
    );
    let take = by_index(
        compared,
        &quote!({}),
        |Field { member, .. }| quote!(#comparable::take(&mut self.#member, &other.#member)),
        |Field { member, .. }| quote!(#diff::take_field(&mut self.#member, &other.#member, field)),
    );
    let value = by_index(
        compared,
        &quote!(&()),
        |Field { member, .. }| quote!(#comparable::value(&self.#member)),
        |Field { member, .. }| quote!(#diff::field_value(&self.#member, field)),
    );
    let is_left_alone = is_left_alone(compared);
    let writes = writes(compared);
    let (has_key, embedded_is_checked) = key(compared);
    quote! {
        #embedded_is_checked

        #[automatically_derived]
        #unused
        impl #impl_generics ::optlock::Diff for #name #ty_generics #where_clause {
            const FIELDS: ::optlock::Fields = #fields;
            #has_key

            fn differs_in(&self, other: &Self, field: usize) -> bool {
                #differs
            }

            fn take_field(&mut self, other: &Self, field: usize) {
                #take
            }

            fn field_value(&self, field: usize) -> &dyn ::std::fmt::Debug {
                #value
            }

            #is_left_alone

            #writes
        }
    }
}

/// That it has a key; or the checks of its embedded structs. With a key it is a model, for which
/// `Versioned` or `Unversioned` makes them, and each mistake is told once.
fn key(compared: &Compared<'_>) -> (Option<TokenStream>, Option<TokenStream>) {
    if compared.model.has_key() {
        (
            Some(quote!(
                const HAS_KEY: bool = true;
            )),
            None,
        )
    } else {
        (None, embedded::check(compared.model))
    }
}

fn fields(compared: &Compared<'_>) -> TokenStream {
    let own = compared.own.iter().map(|field| {
        let name = field.name();
        let column = field
            .column
            .as_ref()
            .map(|column| column.unraw().to_string());
        quote!(::optlock::Field::new(#name, #column))
    });
    let fields = quote!(::optlock::Fields::new(&[#(#own),*]));
    if compared.embedded.is_empty() {
        return fields;
    }
    let embedded = compared.embedded.iter().map(|field| field.ty());
    quote!(#fields.with(&[#(<#embedded as ::optlock::Diff>::FIELDS),*]))
}

/// Nothing, where each `None` is written.
fn is_left_alone(compared: &Compared<'_>) -> Option<TokenStream> {
    let none_is_skipped = compared.own.iter().any(|field| field.is_skipped_if_none());
    if !none_is_skipped && compared.embedded.is_empty() {
        return None;
    }
    let is_left_alone = by_index(
        compared,
        &quote!(false),
        |field| {
            let member = &field.member;
            if field.is_skipped_if_none() {
                quote!(self.#member.is_none())
            } else {
                quote!(false)
            }
        },
        |Field { member, .. }| quote!(::optlock::Diff::is_left_alone(&self.#member, field)),
    );
    Some(quote! {
        fn is_left_alone(&self, field: usize) -> bool {
            #is_left_alone
        }
    })
}

/// Which assignments of Diesel's changeset a save of the changed columns writes. What is not
/// compared is the version or the audit stamp, which always are, or ignored, which never is.
fn writes(compared: &Compared<'_>) -> TokenStream {
    let assignments = compared.model.set().enumerate();
    let arms = assignments.filter_map(|(position, field)| {
        let position = Index::from(position);
        let is_written = if let Some(index) = index_of(field, &compared.own) {
            let index = Index::from(index);
            quote!(changed[#index])
        } else if let Some(index) = index_of(field, &compared.embedded) {
            let len = |field: &&Field<'_>| {
                let ty = field.ty();
                quote!(<#ty as ::optlock::Diff>::FIELDS.len())
            };
            let own = Index::from(compared.own.len());
            let (before, this) = (compared.embedded[..index].iter().map(len), len(&field));
            quote!(changed[#own #(+ #before)*..][..#this].contains(&true))
        } else if field.marks.ignore.is_some() {
            quote!(false)
        } else {
            return None;
        };
        Some(quote!(#position => #is_written,))
    });
    quote! {
        fn writes(changed: &[bool], position: usize) -> bool {
            match position {
                #(#arms)*
                _ => true,
            }
        }
    }
}

fn index_of(field: &Field<'_>, fields: &[&Field<'_>]) -> Option<usize> {
    fields.iter().position(|other| std::ptr::eq(*other, field))
}

/// Chooses by the index `field`: first the own fields, then those of the embedded structs, within
/// each of which it counts from 0 again. No field has an index beyond the last.
fn by_index(
    compared: &Compared<'_>,
    beyond: &TokenStream,
    own: impl Fn(&Field<'_>) -> TokenStream,
    embedded: impl Fn(&Field<'_>) -> TokenStream,
) -> TokenStream {
    let behind = behind_own(compared, embedded).unwrap_or_else(|| beyond.clone());
    if compared.own.is_empty() {
        return behind;
    }
    let arms = compared.own.iter().map(|field| own(field));
    let indices = (0..compared.own.len()).map(Index::from);
    let behind = if compared.embedded.is_empty() {
        behind
    } else {
        let len = Index::from(compared.own.len());
        quote!({
            let field = field - #len;
            #behind
        })
    };
    quote! {
        match field {
            #(#indices => #arms,)*
            _ => #behind,
        }
    }
}

/// Built from the last to the first, each in the `else` of the one before it. The last knows itself
/// what lies beyond.
fn behind_own(
    compared: &Compared<'_>,
    embedded: impl Fn(&Field<'_>) -> TokenStream,
) -> Option<TokenStream> {
    let (last, before) = compared.embedded.split_last()?;
    Some(before.iter().rev().fold(embedded(last), |behind, field| {
        let (ty, choose) = (field.ty(), embedded(field));
        let len = quote!(<#ty as ::optlock::Diff>::FIELDS.len());
        quote! {
            if field < #len {
                #choose
            } else {
                let field = field - #len;
                #behind
            }
        }
    }))
}

//! What a save writes: Diesel's own changeset or the same by column, from which `VersionedChangeset` follows.

use super::{bounds, by_column, changes, text};
use crate::ast::Field;
use crate::attr::optlock::Scope;
use crate::types::in_option;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::parse_quote;
use syn::spanned::Spanned as _;

pub(super) fn expand(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let (stamp_type, stamp) = stamp(facts);
    let (from, changeset) = if text::may_be_fixed(facts) {
        let by_column = by_column::expand(facts);
        (quote!(::optlock::private::ByColumn), Some(by_column))
    } else if is_whole(facts) {
        (quote!(::optlock::private::Whole), None)
    } else {
        (quote!(::optlock::private::Parts), Some(of_parts(facts)))
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::optlock::private::DerivedChangeset for #name #ty_generics #where_clause {
            type From = #from;
            type Stamp = #stamp_type;

            fn stamp(&self) -> Self::Stamp {
                #stamp
            }
        }

        #changeset
    }
}

/// Is Diesel's changeset of the borrowed struct all that a save writes?
fn is_whole(facts: &Facts<'_>) -> bool {
    facts.beside().next().is_none() && facts.embedded().next().is_none() && !is_owned(facts)
}

/// `impl ChangesetFrom`
fn of_parts(facts: &Facts<'_>) -> TokenStream {
    let input = facts.model.input;
    let name = &input.ident;
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let model = quote!(#name #ty_generics);

    let mut generics = input.generics.clone();
    generics.params.insert(0, parse_quote!('optlock));
    let (impl_generics, ..) = generics.split_for_impl();

    let source = Source::of(facts);
    let (ty, value) = changeset(facts, &source, &model);
    let where_clause = bounds::of_changeset(facts, &source, &model);
    let parts = quote!(::optlock::private::Parts);
    quote! {
        #[automatically_derived]
        impl #impl_generics ::optlock::private::ChangesetFrom<#model, #parts> for &'optlock #model
        #where_clause
        {
            type Set = #ty;

            fn changeset(self) -> Self::Set {
                #value
            }
        }
    }
}

/// The type and the value.
fn changeset(
    facts: &Facts<'_>,
    source: &Source,
    model: &TokenStream,
) -> (TokenStream, TokenStream) {
    let make = &source.make;
    let (set, value) = with_beside(facts, source, model);
    let embedded: Vec<_> = facts.embedded().collect();
    if embedded.is_empty() {
        return (set, value);
    }
    let sets = embedded.iter().map(|field| source.set(field.ty()));
    let members = embedded.iter().map(|field| &field.member);
    let has_changes = changes::outside_embedded(facts).unwrap_or_else(|| quote!(true));
    let (table, table_name) = (&facts.model.table, facts.model.table_name());
    // None of them is ever written: the columns of the key, of the scope that the row belongs to, and of a version that
    // the database makes.
    let scope = facts
        .model
        .scope()
        .filter(|(.., scope)| *scope == Scope::Same);
    let fields = facts
        .key
        .iter()
        .copied()
        .chain(scope.map(|(field, ..)| field))
        .chain(facts.is_generated().then_some(facts.version));
    let fixed = fields.map(|field| &field.column);
    let value = quote! {
        ::optlock::private::WithEmbedded::new(
            #value,
            (#(#make(&self.#members),)*),
            #has_changes,
            #table_name,
            const { &[#(<#table::#fixed as ::optlock::private::Column>::NAME),*] },
        )
    };
    (
        quote!(::optlock::private::WithEmbedded<(#(#sets,)*), #set>),
        value,
    )
}

/// Diesel's changeset, with the version and the audit stamp if it leaves them alone.
fn with_beside(
    facts: &Facts<'_>,
    source: &Source,
    model: &TokenStream,
) -> (TokenStream, TokenStream) {
    let make = &source.make;
    let (set, value) = (source.set(model), quote!(#make(self)));
    let beside: Vec<_> = facts
        .beside()
        .map(|field| assignment(facts, field))
        .collect();
    if beside.is_empty() {
        return (set, value);
    }
    let types = beside.iter().map(|(ty, _)| ty);
    let values = beside.iter().map(|(_, value)| value);
    (
        quote!(::optlock::private::Beside<#set, (#(#types,)*)>),
        quote!(::optlock::private::Beside { set: #value, beside: (#(#values,)*) }),
    )
}

/// What a touch sets beside the version: the type and the value.
fn stamp(facts: &Facts<'_>) -> (TokenStream, TokenStream) {
    match facts.stamp {
        Some(field) => assignment(facts, field),
        None => (quote!(()), quote!()),
    }
}

/// `column = field`: the type and the value.
fn assignment(facts: &Facts<'_>, field: &Field<'_>) -> (TokenStream, TokenStream) {
    let (member, table) = (&field.member, &facts.model.table);
    let column = &field.column;
    let column = quote_spanned!(field.ty().span()=> #table::#column);
    let clone = quote!(::std::clone::Clone::clone(&self.#member));
    if let Some(stored) = &field.serialize_as {
        let value = quote!(::std::convert::Into::<#stored>::into(#clone));
        return (
            quote!(::optlock::statement::Assign<#column, #stored>),
            quote!(::optlock::statement::assign::<#column, _>(#value)),
        );
    }
    match in_option(field.ty()) {
        Some(ty) if field.is_skipped_if_none() => (
            quote!(::optlock::statement::AssignSome<#column, #ty>),
            quote!(::optlock::statement::assign_some::<#column, _>(#clone)),
        ),
        _ => {
            let ty = field.ty();
            (
                quote!(::optlock::statement::Assign<#column, #ty>),
                quote!(::optlock::statement::assign::<#column, _>(#clone)),
            )
        }
    }
}

/// Has Diesel a changeset of the owned struct only?
fn is_owned(facts: &Facts<'_>) -> bool {
    facts.model.set().any(|field| field.serialize_as.is_some())
}

/// Where Diesel's changeset comes from: a trait of references, and its function.
pub(super) struct Source {
    of: TokenStream,
    make: TokenStream,
}

impl Source {
    fn of(facts: &Facts<'_>) -> Self {
        let of = if is_owned(facts) {
            quote!(::optlock::private::OwnedChangeset)
        } else {
            quote!(::optlock::private::BorrowedChangeset)
        };
        let make = quote!(#of::changeset);
        Self { of, make }
    }

    /// That a type has a changeset.
    pub(super) fn bound(&self, ty: &impl ToTokens) -> TokenStream {
        let of = &self.of;
        quote!(&'optlock #ty: #of<#ty>)
    }

    fn set(&self, ty: &impl ToTokens) -> TokenStream {
        let of = &self.of;
        quote!(<&'optlock #ty as #of<#ty>>::Set)
    }
}

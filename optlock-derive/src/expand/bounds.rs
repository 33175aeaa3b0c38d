//! What generated impls ask for, beside the struct's own bounds.

use super::changeset::Source;
use super::unversioned::Keyed;
use crate::ast::Field;
use crate::compared::Compared;
use crate::types::uses_parameter;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Generics, WhereClause, WherePredicate, parse_quote, parse_quote_spanned};

/// Of `impl Versioned`: what the trait asks of a key and a version that depend on a parameter.
///
/// For other types nothing is asked here, and a mistake is reported where they stand.
pub(super) fn of_versioned(facts: &Facts<'_>, key: &TokenStream) -> Option<WhereClause> {
    let generics = &facts.model.input.generics;
    let mut bounds = of_key(&facts.key, key, generics);
    let version = facts.version.ty();
    if uses_parameter(version, generics) {
        bounds.push(parse_quote!(#version: ::optlock::VersionToken));
    }
    with(generics, bounds)
}

/// Of `impl Unversioned`, in the same way.
pub(super) fn of_unversioned(keyed: &Keyed<'_>, key: &TokenStream) -> Option<WhereClause> {
    let generics = &keyed.model.input.generics;
    with(generics, of_key(&keyed.key, key, generics))
}

fn of_key(fields: &[&Field<'_>], key: &TokenStream, generics: &Generics) -> Vec<WherePredicate> {
    let depends = fields
        .iter()
        .any(|field| uses_parameter(field.ty(), generics));
    if depends {
        vec![parse_quote!(#key: ::std::clone::Clone + ::std::fmt::Debug)]
    } else {
        Vec::new()
    }
}

/// Of `impl VersionedChangeset`: that the struct and the embedded ones have a changeset. Here a
/// mistake is reported where the struct is saved, see `optlock::private::BorrowedChangeset`.
pub(super) fn of_changeset(facts: &Facts<'_>, source: &Source) -> Option<WhereClause> {
    // The embedded ones first: the struct has no changeset without them, and one mistake is reported.
    let embedded = facts.embedded().map(|field| source.bound(field.ty()));
    let bounds = embedded.chain([source.bound(&quote!(Self))]);
    let bounds = bounds.map(|bound| parse_quote!(#bound)).collect();
    with(&facts.model.input.generics, bounds)
}

/// Of `impl Diff`: that each field can be compared. Where one cannot, that is told once, at its type;
/// asked in the body it would be told for each function.
pub(super) fn of_diff(compared: &Compared<'_>) -> Option<WhereClause> {
    let own = compared.own.iter().map(|field| {
        let ty = field.ty();
        parse_quote_spanned!(ty.span()=> #ty: ::optlock::private::Comparable)
    });
    let embedded = compared.embedded.iter().map(|field| {
        let ty = field.ty();
        parse_quote_spanned!(ty.span()=> #ty: ::optlock::Diff)
    });
    with(
        &compared.model.input.generics,
        own.chain(embedded).collect(),
    )
}

fn with(generics: &Generics, bounds: Vec<WherePredicate>) -> Option<WhereClause> {
    let mut generics = generics.clone();
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    generics.where_clause
}

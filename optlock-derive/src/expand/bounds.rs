//! What generated impls ask for, beside the struct's own bounds.

use super::changeset::Source;
use super::fingerprint;
use crate::ast::{Field, Model};
use crate::compared::Compared;
use crate::keyed::Keyed;
use crate::shown::{Content, Coverage, Shown};
use crate::types::uses_parameter;
use crate::valid::Facts;
use proc_macro2::TokenStream;
use syn::spanned::Spanned as _;
use syn::{Generics, WhereClause, WherePredicate, parse_quote, parse_quote_spanned};

/// The bounds of `impl Versioned`: what the trait requires of a key, a scope and a version that depend
/// on a type parameter.
///
/// Other types get no bound here, and a mistake is reported at the field.
pub(super) fn of_versioned(
    facts: &Facts<'_>,
    key: &TokenStream,
    scope: &TokenStream,
) -> Option<WhereClause> {
    let generics = &facts.model.input.generics;
    let mut bounds = of_key(&facts.key, key, generics);
    bounds.extend(of_scope(facts.model, scope));
    let version = facts.version.ty();
    if uses_parameter(version, generics) {
        bounds.push(parse_quote!(#version: ::optlock::VersionToken));
    }
    with(generics, bounds)
}

/// Of `impl Unversioned`, in the same way.
pub(super) fn of_unversioned(
    keyed: &Keyed<'_>,
    key: &TokenStream,
    scope: &TokenStream,
) -> Option<WhereClause> {
    let generics = &keyed.model.input.generics;
    let mut bounds = of_key(&keyed.key, key, generics);
    bounds.extend(of_scope(keyed.model, scope));
    with(generics, bounds)
}

fn of_scope(model: &Model<'_>, scope: &TokenStream) -> Vec<WherePredicate> {
    let generics = &model.input.generics;
    let types = model.scope().map(|(field, ..)| field.ty());
    let depending: Vec<_> = types.filter(|ty| uses_parameter(ty, generics)).collect();
    if depending.is_empty() {
        return Vec::new();
    }
    let mut bounds =
        vec![parse_quote!(#scope: ::optlock::scope::Scope + ::std::cmp::Eq + ::std::hash::Hash)];
    bounds.extend(
        depending
            .iter()
            .map(|ty| parse_quote!(#ty: ::std::clone::Clone)),
    );
    bounds
}

fn of_key(fields: &[&Field<'_>], key: &TokenStream, generics: &Generics) -> Vec<WherePredicate> {
    let depends = fields
        .iter()
        .any(|field| uses_parameter(field.ty(), generics));
    if depends {
        vec![parse_quote!(#key: ::std::clone::Clone + ::std::fmt::Debug + ::std::cmp::Eq)]
    } else {
        Vec::new()
    }
}

/// Of `impl ChangesetFrom`: that the struct and the embedded ones have a changeset, and that what
/// Diesel leaves alone can be written, if its type is a parameter. Here a mistake is reported where the
/// struct is saved, see `optlock::private::BorrowedChangeset`.
pub(super) fn of_changeset(
    facts: &Facts<'_>,
    source: &Source,
    model: &TokenStream,
) -> Option<WhereClause> {
    let generics = &facts.model.input.generics;
    let table = &facts.model.table;
    // The embedded ones first: the struct has no changeset without them, and one mistake is reported.
    let embedded = facts.embedded().map(|field| source.bound(field.ty()));
    let changesets = embedded.chain([source.bound(model)]);
    let mut bounds: Vec<WherePredicate> = changesets.map(|bound| parse_quote!(#bound)).collect();
    let beside = facts
        .beside()
        .filter(|field| uses_parameter(field.ty(), generics));
    bounds.extend(beside.map(|field| {
        let (ty, column) = (field.ty(), &field.column);
        parse_quote!(#ty: ::std::clone::Clone + ::optlock::private::StoredIn<#table::#column>)
    }));
    with(generics, bounds)
}

/// The bounds of `impl Diff`: each field can be compared. A field that cannot is reported once, at its
/// type; a bound in the body would repeat the error for each function.
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

/// The bounds of `impl FingerprintFields`: each part whose type depends on a parameter has stable bytes, and each
/// other field that a save writes can be compared.
///
/// Another field gets no bound here, and is reported where it is written. A bound would be asked for again
/// by the impl of `FingerprintRow`, whose supertrait this is.
pub(super) fn of_fingerprint(shown: &Shown<'_>) -> Option<WhereClause> {
    let generics = &shown.model.input.generics;
    let depends = |content: &&Content<'_>| uses_parameter(content.field.ty(), generics);
    let has_bytes = |content: &Content<'_>| {
        matches!(content.coverage, Coverage::Part | Coverage::NamedAsVersion)
    };
    let parts = shown.fields.iter().filter(depends);
    let parts = parts.filter(|content| has_bytes(content)).map(|content| {
        let field = content.field;
        if field.embed.is_some() {
            let ty = fingerprint::embedded(field);
            parse_quote!(#ty: ::optlock::fingerprint::FingerprintFields)
        } else {
            let ty = field.ty();
            parse_quote!(#ty: ::optlock::fingerprint::FingerprintValue)
        }
    });
    let compared = fingerprint::written(shown).filter(depends);
    let compared = compared.filter(|content| !has_bytes(content));
    let compared = compared.map(|content| {
        let ty = content.field.ty();
        parse_quote!(#ty: ::optlock::private::Comparable)
    });
    with(generics, parts.chain(compared).collect())
}

/// Of `impl FingerprintRow`: what its supertrait asks for, and what is required of a key and a scope that
/// depend on a type parameter.
pub(super) fn of_fingerprint_row(
    shown: &Shown<'_>,
    fields: &[&Field<'_>],
    key: &TokenStream,
    scope: &TokenStream,
) -> Option<WhereClause> {
    let generics = &shown.model.input.generics;
    let depends = |field: &&Field<'_>| uses_parameter(field.ty(), generics);
    let mut bounds: Vec<WherePredicate> = Vec::new();
    if shown.fields.iter().any(|content| depends(&content.field)) {
        bounds.push(parse_quote!(Self: ::optlock::fingerprint::FingerprintFields));
    }
    let key_fields: Vec<_> = fields.iter().copied().filter(depends).collect();
    if !key_fields.is_empty() {
        bounds.push(parse_quote!(#key: ::std::fmt::Debug + ::optlock::KeyText));
    }
    let scopes = shown.model.scope().map(|(field, ..)| field);
    let scopes: Vec<_> = scopes.filter(depends).collect();
    if !scopes.is_empty() {
        bounds.push(parse_quote!(#scope: ::optlock::KeyText));
    }
    bounds.extend(key_fields.iter().chain(&scopes).map(|field| {
        let ty = field.ty();
        parse_quote!(#ty: ::std::clone::Clone)
    }));
    with(generics, bounds)
}

fn with(generics: &Generics, bounds: Vec<WherePredicate>) -> Option<WhereClause> {
    let mut generics = generics.clone();
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    generics.where_clause
}

//! The where clause of a generic struct.

use super::changeset::Changeset;
use super::key::Key;
use crate::types::uses_parameter;
use crate::valid::Facts;
use syn::{Generics, WhereClause, parse_quote};

/// The struct's own bounds, and for each fact that depends on a parameter what `Versioned` asks of it.
///
/// A struct without parameters needs none: what is missing there is reported where it is stated.
pub(super) fn expand(facts: &Facts<'_>, key: &Key, changeset: &Changeset) -> Option<WhereClause> {
    let generics = &facts.model.input.generics;
    let mut clause = generics.where_clause.clone();
    if !has_parameters(generics) {
        return clause;
    }
    let source = &changeset.source;
    let predicates = &mut clause.get_or_insert_with(|| parse_quote!(where)).predicates;
    predicates.push(parse_quote!(for<'optlock> Self: #source));
    if facts
        .key
        .iter()
        .any(|field| uses_parameter(field.ty(), generics))
    {
        let key = &key.ty;
        predicates.push(parse_quote!(#key: ::std::clone::Clone + ::std::fmt::Debug));
    }
    if uses_parameter(facts.version.ty(), generics) {
        let version = facts.version.ty();
        predicates.push(parse_quote!(#version: ::optlock::VersionToken));
    }
    clause
}

/// Does the struct have type or const parameters?
pub(super) fn has_parameters(generics: &Generics) -> bool {
    generics.type_params().next().is_some() || generics.const_params().next().is_some()
}

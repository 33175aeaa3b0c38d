//! Which rows count, as an owned value.

use super::key::owned;
use crate::ast::{Field, Model};
use crate::attr::optlock::Scope;
use crate::types::{borrowed, in_option};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

/// The type and the value of a scope: `()`, or nested pairs if it has several columns.
pub(super) struct Scoped {
    pub(super) ty: TokenStream,
    pub(super) value: TokenStream,
}

pub(super) fn expand(model: &Model<'_>) -> Scoped {
    let columns = model.scope().map(|(field, _, scope)| {
        let (table, column) = (&model.table, &field.column);
        one(field, scope, &quote!(#table::#column))
    });
    let both = |Scoped { ty, value }, next: Scoped| {
        let (next_type, next) = (next.ty, next.value);
        Scoped {
            ty: quote!((#ty, #next_type)),
            value: quote!((#value, #next)),
        }
    };
    columns.reduce(both).unwrap_or_else(|| Scoped {
        ty: quote!(()),
        value: TokenStream::new(),
    })
}

/// A type that cannot be a scope is reported at the field's type.
fn one(field: &Field<'_>, scope: Scope, column: &TokenStream) -> Scoped {
    let span = field.ty().span();
    match scope {
        Scope::Same => {
            let value = owned_or_none(field);
            let (ty, value) = (value.ty, value.value);
            Scoped {
                ty: quote_spanned!(span=> ::optlock::scope::Same<#column, #ty>),
                value: quote!(::optlock::scope::Same::new(#value)),
            }
        }
        Scope::IsNull => Scoped {
            ty: quote_spanned!(span=> ::optlock::scope::IsNull<#column>),
            value: quote!(::optlock::scope::IsNull::new()),
        },
    }
}

/// Like the value of a key, and owned also where it is an `Option` of what is borrowed.
fn owned_or_none(field: &Field<'_>) -> Scoped {
    let target = in_option(field.ty()).and_then(borrowed);
    match (target, &field.serialize_as) {
        (Some(target), None) => {
            let member = &field.member;
            let to_owned = quote!(<#target as ::std::borrow::ToOwned>);
            Scoped {
                ty: quote!(::std::option::Option<#to_owned::Owned>),
                value: quote!(self.#member.as_ref().map(|value| #to_owned::to_owned(value))),
            }
        }
        _ => {
            let value = owned(field);
            Scoped {
                ty: value.ty,
                value: value.value,
            }
        }
    }
}

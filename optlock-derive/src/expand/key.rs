//! The primary key as an owned value.

use crate::ast::Field;
use crate::types::borrowed;
use proc_macro2::TokenStream;
use quote::quote;

/// The type and the value of a key: a tuple, if it has several columns.
pub(super) struct Key {
    pub(super) ty: TokenStream,
    pub(super) value: TokenStream,
}

pub(super) fn expand(fields: &[&Field<'_>]) -> Key {
    let mut columns: Vec<_> = fields.iter().map(|field| owned(field)).collect();
    if columns.len() == 1 {
        return columns.remove(0);
    }
    let (types, values) = (
        columns.iter().map(|key| &key.ty),
        columns.iter().map(|key| &key.value),
    );
    Key {
        ty: quote!((#(#types),*)),
        value: quote!((#(#values),*)),
    }
}

fn owned(field: &Field<'_>) -> Key {
    let (member, ty) = (&field.member, field.ty());
    if let Some(stored) = &field.serialize_as {
        let value = quote!(::std::clone::Clone::clone(&self.#member));
        return Key {
            ty: quote!(#stored),
            value: quote!(::std::convert::Into::<#stored>::into(#value)),
        };
    }
    match borrowed(ty) {
        Some(target) => {
            let to_owned = quote!(<#target as ::std::borrow::ToOwned>);
            Key {
                ty: quote!(#to_owned::Owned),
                value: quote!(#to_owned::to_owned(&self.#member)),
            }
        }
        None => Key {
            ty: quote!(#ty),
            value: quote!(::std::clone::Clone::clone(&self.#member)),
        },
    }
}

//! The primary key as an owned value.

use crate::ast::{Field, Model};
use crate::types::borrowed;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

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

/// That the key is the table's, in the same order: Diesel's `find` would take the values for those of
/// other columns, and find another row.
pub(super) fn check(model: &Model<'_>) -> TokenStream {
    let table = &model.table;
    let columns: Vec<_> = model.primary_key.iter().collect();
    let key = match columns[..] {
        [column] => quote_spanned!(column.span()=> #table::#column),
        _ => {
            let span = columns
                .first()
                .map_or_else(Span::call_site, |first| first.span());
            quote_spanned!(span=> (#(#table::#columns),*))
        }
    };
    quote! {
        const _: () = ::optlock::private::is_primary_key::<#table::table, #key>();
    }
}

/// That Diesel can identify the model, in a function of it: so it may have parameters. The proof is named and not called,
/// because a call would be compiled for each model.
pub(super) fn is_identifiable(model: &Model<'_>) -> TokenStream {
    // It points at the name, which may come from another macro, where `self` would be another one.
    let span = Span::call_site().located_at(model.input.ident.span());
    quote_spanned!(span=> let _ = ::optlock::private::is_identifiable::<Self>;)
}

/// The value of a field, owned.
pub(super) fn owned(field: &Field<'_>) -> Key {
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

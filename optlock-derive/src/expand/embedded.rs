//! That what an embedded struct writes belongs to no other field, as far as its columns are known.

use crate::ast::{Field, Model};
use crate::types::{has_parameters, with_static};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

/// They are known if it derives `Diff`. What is not known here is refused when the changeset is built,
/// see `optlock::private::WithEmbedded`.
pub(super) fn check(model: &Model<'_>) -> Option<TokenStream> {
    // A constant is asked of a type with nothing left open.
    if has_parameters(&model.input.generics) {
        return None;
    }
    let embedded: Vec<_> = model.set().filter(|field| field.embed.is_some()).collect();
    let checks = embedded.iter().enumerate().map(|(index, field)| {
        let fields = fields(model, field);
        let own = beside_own(model, field, &fields);
        let others = embedded[..index]
            .iter()
            .map(|other| beside_other(model, field, other, &fields));
        let span = field.ty().span();
        quote_spanned!(span=> const _: () = { #own #(#others)* };)
    });
    let checks: TokenStream = checks.collect();
    (!embedded.is_empty()).then_some(checks)
}

/// The fields of an embedded struct, or none if they are not known: the constant of the trait is found
/// only where there is none of the type itself.
fn fields(model: &Model<'_>, field: &Field<'_>) -> TokenStream {
    let ty = with_static(field.ty(), &model.input.generics);
    quote!({
        #[allow(unused_imports)]
        use ::optlock::private::Unlisted as _;
        ::optlock::private::Listed::<#ty>::FIELDS
    })
}

fn beside_own(model: &Model<'_>, field: &Field<'_>, fields: &TokenStream) -> TokenStream {
    let own = model.fields.iter().filter(|field| field.embed.is_none());
    own.filter_map(|own| {
        let column = own.column.as_ref()?.unraw().to_string();
        let message = format!(
            "`{own}` is the column `{column}`, which the embedded `{field}` has too: a save would set it twice"
        );
        let span = field.ty().span();
        Some(quote_spanned!(span=> ::std::assert!(!::optlock::private::lists(#fields, #column), #message);))
    })
    .collect()
}

fn beside_other(
    model: &Model<'_>,
    field: &Field<'_>,
    other: &Field<'_>,
    fields_of_field: &TokenStream,
) -> TokenStream {
    let fields_of_other = fields(model, other);
    let message = format!(
        "the embedded `{other}` and `{field}` have a column in common, which a save would set twice"
    );
    let span = field.ty().span();
    quote_spanned!(span=> ::std::assert!(!::optlock::private::share(#fields_of_other, #fields_of_field), #message);)
}

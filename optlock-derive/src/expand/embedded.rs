//! That what an embedded struct writes belongs to no other field, and that all of it is written, as far
//! as its columns are known.

use crate::ast::{Field, Model};
use crate::types::{uses_parameter, with_static};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

/// They are known if it derives `Diff`. What is not known here is refused when the changeset is built,
/// see `optlock::private::WithEmbedded`.
pub(super) fn check(model: &Model<'_>) -> Option<TokenStream> {
    // A constant is asked of a type with nothing left open.
    let is_open = |field: &&Field<'_>| uses_parameter(field.ty(), &model.input.generics);
    let embedded: Vec<_> = model
        .set()
        .filter(|field| field.embed.is_some() && !is_open(field))
        .collect();
    let checks = embedded.iter().enumerate().map(|(index, field)| {
        let fields = known(model, field, "FIELDS");
        let key = without_key(model, field);
        let own = beside_own(model, field, &fields);
        let others = embedded[..index]
            .iter()
            .map(|other| beside_other(model, field, other, &fields));
        let span = field.ty().span();
        quote_spanned!(span=> const _: () = { #key #own #(#others)* };)
    });
    let checks: TokenStream = checks.collect();
    (!embedded.is_empty()).then_some(checks)
}

/// A constant of an embedded struct, `FIELDS` or `HAS_KEY`. That of the trait, which knows nothing, is
/// found only where there is none of the type itself.
fn known(model: &Model<'_>, field: &Field<'_>, constant: &str) -> TokenStream {
    let constant = Ident::new(constant, Span::call_site());
    let ty = with_static(field.ty(), &model.input.generics);
    quote!({
        #[allow(unused_imports)]
        use ::optlock::private::Unlisted as _;
        ::optlock::private::Listed::<#ty>::#constant
    })
}

/// Of what it takes for its key, Diesel writes nothing, and of a version beside a key, `Diff` compares
/// nothing: changes would be lost.
fn without_key(model: &Model<'_>, field: &Field<'_>) -> TokenStream {
    let has_key = known(model, field, "HAS_KEY");
    let message = format!(
        "the embedded `{field}` has a field that it takes for its primary key (`id`, if it names none), \
         which no save would write\n\
         help: on the embedded struct, name the key of the model around it, `#[diesel(primary_key({}))]`\n\
         help: if the field is that key, move it into the model",
        key_around(model)
    );
    let span = field.ty().span();
    quote_spanned!(span=> ::std::assert!(!#has_key, #message);)
}

/// The key as it is written in an attribute. A struct without one is embedded itself, and its key is
/// not known here.
fn key_around(model: &Model<'_>) -> String {
    if !model.has_key() {
        return "..".to_owned();
    }
    let columns = model.primary_key.iter().map(|key| key.unraw().to_string());
    columns.collect::<Vec<_>>().join(", ")
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
    let fields_of_other = known(model, other, "FIELDS");
    let message = format!(
        "the embedded `{other}` and `{field}` have a column in common, which a save would set twice"
    );
    let span = field.ty().span();
    quote_spanned!(span=> ::std::assert!(!::optlock::private::share(#fields_of_other, #fields_of_field), #message);)
}

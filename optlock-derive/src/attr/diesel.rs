//! `#[diesel(..)]`, as far as it says what a save writes. Everything else is passed over, and mistakes
//! in it are Diesel's to report.

use super::{at_end, skip};
use crate::errors::Errors;
use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, LitBool, LitStr, Path, Result, Token, Type, parenthesized};

/// On the struct.
#[derive(Default)]
pub(crate) struct StructAttr {
    pub(crate) table_name: Option<Path>,
    pub(crate) primary_key: Option<Vec<Ident>>,
    pub(crate) treat_none_as_null: Option<bool>,
    pub(crate) treat_none_as_default_value: Option<bool>,
}

/// On a field. `embed` and `skip_update` hold the key, to blame.
#[derive(Default)]
pub(crate) struct FieldAttr {
    pub(crate) column_name: Option<Ident>,
    pub(crate) embed: Option<Ident>,
    pub(crate) skip_update: Option<Ident>,
    pub(crate) skip_insertion: bool,
    pub(crate) serialize_as: Option<Type>,
    pub(crate) treat_none_as_null: Option<bool>,
}

impl StructAttr {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut found = Self::default();
        each_key(attrs, errors, |key, meta| {
            match key {
                "table_name" => found.table_name = Some(meta.value()?.parse()?),
                "primary_key" => {
                    let columns;
                    parenthesized!(columns in meta.input);
                    let columns = Punctuated::<Ident, Token![,]>::parse_terminated(&columns)?;
                    found.primary_key = Some(columns.into_iter().collect());
                }
                "treat_none_as_null" => found.treat_none_as_null = Some(boolean(meta)?),
                "treat_none_as_default_value" => {
                    found.treat_none_as_default_value = Some(boolean(meta)?);
                }
                _ => return pass_over(meta.input),
            }
            Ok(())
        });
        found
    }
}

impl FieldAttr {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut found = Self::default();
        each_key(attrs, errors, |key, meta| {
            match key {
                "column_name" => found.column_name = Some(meta.value()?.parse::<Column>()?.0),
                "embed" => found.embed = meta.path.get_ident().cloned(),
                "skip_update" => found.skip_update = meta.path.get_ident().cloned(),
                "skip_insertion" => found.skip_insertion = true,
                "serialize_as" => found.serialize_as = Some(meta.value()?.parse()?),
                "treat_none_as_null" => found.treat_none_as_null = Some(boolean(meta)?),
                _ => return pass_over(meta.input),
            }
            Ok(())
        });
        found
    }
}

/// The name of a column: as an identifier, or as a string where it is a keyword of Rust.
struct Column(Ident);

impl Parse for Column {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(LitStr) {
            return input.parse().map(Self);
        }
        let name: LitStr = input.parse()?;
        name.parse_with(Ident::parse_any)
            .and_then(|ident| column(&ident))
            .map(Self)
            .map_err(|_| {
                Error::new_spanned(&name, "not an identifier, and so not a column in `table!`")
            })
    }
}

/// The column that a name means, as `table!` calls it: raw if it is a keyword.
pub(crate) fn column(name: &Ident) -> Result<Ident> {
    let name = name.unraw();
    let span = name.span();
    let text = name.to_string();
    let mut column =
        syn::parse_str::<Ident>(&text).or_else(|_| syn::parse_str(&format!("r#{text}")))?;
    column.set_span(span);
    Ok(column)
}

fn each_key(
    attrs: &[Attribute],
    errors: &mut Errors,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("diesel")) {
        errors.take(attr.parse_nested_meta(|meta| {
            let key = meta
                .path
                .get_ident()
                .map(Ident::to_string)
                .unwrap_or_default();
            read(&key, &meta)
        }));
    }
}

fn boolean(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    Ok(meta.value()?.parse::<LitBool>()?.value)
}

/// Passes over the value of a key: `= Type<A, B>` and `= expression`, whose commas do not end it, or
/// `(..)`.
fn pass_over(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        let ahead = input.fork();
        if ahead.parse::<Type>().is_ok() && at_end(&ahead) {
            input.advance_to(&ahead);
        } else {
            let ahead = input.fork();
            if ahead.parse::<Expr>().is_ok() && at_end(&ahead) {
                input.advance_to(&ahead);
            }
        }
    }
    skip(input)
}

//! The attributes: optlock's own, and those of Diesel's that say what a save writes.

pub(crate) mod diesel;
pub(crate) mod optlock;

use proc_macro2::TokenTree;
use syn::Token;
use syn::parse::ParseStream;

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Passes over what is left of a key, up to the comma.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !at_end(input) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

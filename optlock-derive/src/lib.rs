//! The derive macros of [optlock](https://docs.rs/optlock).

mod ast;
mod attr;
mod errors;
mod expand;
mod fallback;
mod types;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives [`optlock::Versioned`](https://docs.rs/optlock/latest/optlock/trait.Versioned.html).
#[proc_macro_derive(Versioned, attributes(optlock, diesel))]
pub fn derive_versioned(input: TokenStream) -> TokenStream {
    expand::derive(&parse_macro_input!(input as DeriveInput)).into()
}

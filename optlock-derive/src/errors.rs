//! Every mistake in one compile.

use quote::ToTokens;
use std::fmt::Display;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// A mistake in `tokens`, which should be the smallest that are to blame.
    pub(crate) fn add(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// The value, or else its mistake is noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The result of the whole, of which only a mistake can have left nothing.
    pub(crate) fn finish<T>(self, result: Option<T>) -> syn::Result<T> {
        match (self.0, result) {
            (Some(errors), _) => Err(errors),
            (None, Some(result)) => Ok(result),
            (None, None) => unreachable!("something is missing, and no mistake was noted"),
        }
    }

    fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }
}

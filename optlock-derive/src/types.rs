//! Questions about the types of fields.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::VisitMut;
use syn::{GenericArgument, Generics, Lifetime, PathArguments, Type};

/// Is it an `Option`, as Diesel sees it?
pub(crate) fn is_option(ty: &Type) -> bool {
    in_option(ty).is_some()
}

/// The `X` of an `Option<X>`.
pub(crate) fn in_option(ty: &Type) -> Option<&Type> {
    last_argument(ty, "Option")
}

/// What a `&X` or a `Cow<'_, X>` borrows.
pub(crate) fn borrowed(ty: &Type) -> Option<&Type> {
    match ungrouped(ty) {
        Type::Reference(reference) => Some(&reference.elem),
        ty => last_argument(ty, "Cow"),
    }
}

/// The type with `'static` for the lifetimes of the struct.
pub(crate) fn with_static(ty: &Type, generics: &Generics) -> Type {
    let mut ty = ty.clone();
    Static(generics).visit_type_mut(&mut ty);
    ty
}

/// Does the struct have type or const parameters?
pub(crate) fn has_parameters(generics: &Generics) -> bool {
    generics.type_params().next().is_some() || generics.const_params().next().is_some()
}

/// Does the type name a type or const parameter of the struct?
pub(crate) fn uses_parameter(ty: &Type, generics: &Generics) -> bool {
    let parameters: Vec<&Ident> = generics
        .type_params()
        .map(|parameter| &parameter.ident)
        .chain(generics.const_params().map(|parameter| &parameter.ident))
        .collect();
    mentions(ty.to_token_stream(), &parameters)
}

struct Static<'g>(&'g Generics);

impl VisitMut for Static<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        // Not the `'x` of a `for<'x> fn(&'x str)`.
        if self
            .0
            .lifetimes()
            .any(|parameter| parameter.lifetime == *lifetime)
        {
            *lifetime = Lifetime::new("'static", lifetime.span());
        }
    }
}

fn mentions(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The `X` of a `Name<.., X>`.
fn last_argument<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = ungrouped(ty) else {
        return None;
    };
    let segment = path.path.segments.last()?;
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) if segment.ident == name => {
            match arguments.args.last()? {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Without the invisible groups of `macro_rules!`.
fn ungrouped(mut ty: &Type) -> &Type {
    loop {
        match ty {
            Type::Group(group) => ty = &group.elem,
            Type::Paren(paren) => ty = &paren.elem,
            _ => return ty,
        }
    }
}

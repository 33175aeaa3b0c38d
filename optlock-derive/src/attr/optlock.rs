//! `#[optlock(..)]`

use super::{at_end, skip};
use crate::errors::Errors;
use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, ExprPath, LitStr, Meta, Path, Result};

/// What `#[optlock(..)]` says about a field. Each holds the key that says it, to blame.
#[derive(Default)]
pub(crate) struct Marks {
    pub(crate) version: Option<Ident>,
    pub(crate) generated: Option<Ident>,
    pub(crate) updated_on: Option<Ident>,
    pub(crate) precision: Option<(Ident, Precision)>,
    pub(crate) clock: Option<(Ident, Path)>,
    pub(crate) ignore: Option<Ident>,
    pub(crate) skip_fingerprint: Option<Ident>,
    pub(crate) fingerprint_with: Option<(Ident, ExprPath)>,
    pub(crate) scope: Option<(Ident, Scope)>,
}

/// Which rows count.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scope {
    /// Those with the value in memory: `scope`.
    Same,
    /// Those with NULL: `scope = none`.
    IsNull,
}

/// A variant of `optlock::Precision`.
#[derive(Clone)]
pub(crate) struct Precision(pub(crate) Ident);

impl Default for Precision {
    fn default() -> Self {
        Self(Ident::new("Micros", Span::call_site()))
    }
}

struct Key {
    name: &'static str,
    format: &'static str,
    read: fn(&mut Marks, &Ident, &ParseNestedMeta<'_>) -> Result<()>,
}

const KEYS: [Key; 9] = [
    Key {
        name: "version",
        format: "#[optlock(version)]",
        read: |marks, key, meta| {
            no_value(meta)?;
            once(&mut marks.version, key, key.clone())
        },
    },
    Key {
        name: "generated",
        format: "#[optlock(version, generated)]",
        read: |marks, key, meta| {
            no_value(meta)?;
            once(&mut marks.generated, key, key.clone())
        },
    },
    Key {
        name: "updated_on",
        format: "#[optlock(updated_on)]",
        read: |marks, key, meta| {
            no_value(meta)?;
            once(&mut marks.updated_on, key, key.clone())
        },
    },
    Key {
        name: "precision",
        format: "#[optlock(updated_on, precision = \"millis\")]",
        read: |marks, key, meta| {
            let precision = precision(meta)?;
            once(&mut marks.precision, key, (key.clone(), precision))
        },
    },
    Key {
        name: "clock",
        format: "#[optlock(updated_on, clock = path::to::function)]",
        read: |marks, key, meta| {
            let clock = meta.value()?.parse()?;
            once(&mut marks.clock, key, (key.clone(), clock))
        },
    },
    Key {
        name: "ignore",
        format: "#[optlock(ignore)]",
        read: |marks, key, meta| {
            no_value(meta)?;
            once(&mut marks.ignore, key, key.clone())
        },
    },
    Key {
        name: "skip_fingerprint",
        format: "#[optlock(skip_fingerprint)]",
        read: |marks, key, meta| {
            no_value(meta)?;
            once(&mut marks.skip_fingerprint, key, key.clone())
        },
    },
    Key {
        name: "fingerprint_with",
        format: "#[optlock(fingerprint_with = path::to::function)]",
        read: |marks, key, meta| {
            let function = meta.value()?.parse()?;
            once(&mut marks.fingerprint_with, key, (key.clone(), function))
        },
    },
    Key {
        name: "scope",
        format: "#[optlock(scope)]` or `#[optlock(scope = none)]",
        read: |marks, key, meta| {
            let scope = scope(meta)?;
            once(&mut marks.scope, key, (key.clone(), scope))
        },
    },
];

/// The words of `precision = ".."`, and their variants.
const PRECISIONS: [(&str, &str); 3] = [
    ("micros", "Micros"),
    ("millis", "Millis"),
    ("seconds", "Seconds"),
];

impl Marks {
    pub(crate) fn of_field(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut marks = Self::default();
        for attr in attrs.iter().filter(is_optlock) {
            let list = match &attr.meta {
                Meta::List(_) => attr.parse_nested_meta(|meta| {
                    errors.take(marks.read(&meta));
                    // Past a mistake, the keys after it are read as well.
                    skip(meta.input)
                }),
                _ => Err(Error::new_spanned(
                    attr,
                    format!("`#[optlock]` says nothing\n{}", expected()),
                )),
            };
            errors.take(list);
        }
        marks
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let name = meta.path.get_ident();
        let known = name.and_then(|name| Some((name, KEYS.iter().find(|key| name == key.name)?)));
        let Some((name, key)) = known else {
            return Err(Error::new_spanned(
                &meta.path,
                format!(
                    "unknown key `{}`\n{}",
                    meta.path.to_token_stream(),
                    expected()
                ),
            ));
        };
        (key.read)(self, name, meta).map_err(|error| {
            let help = format!(
                "{error}\nhelp: the correct format looks like `{}`",
                key.format
            );
            Error::new(error.span(), help)
        })
    }
}

/// On the struct itself there is nothing to say.
pub(crate) fn refuse_on_struct(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs.iter().filter(is_optlock) {
        errors.add(
            attr,
            "not expected here\nhelp: `#[optlock(..)]` belongs on a field",
        );
    }
}

fn is_optlock(attr: &&Attribute) -> bool {
    attr.path().is_ident("optlock")
}

fn expected() -> String {
    format!(
        "help: expected one of `{}`",
        KEYS.map(|key| key.name).join("`, `")
    )
}

fn no_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if at_end(meta.input) {
        Ok(())
    } else {
        Err(meta.input.error("this key takes no value"))
    }
}

fn once<T>(mark: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match mark.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new_spanned(
            key,
            format!("`{}` is given twice", key.unraw()),
        )),
    }
}

fn scope(meta: &ParseNestedMeta<'_>) -> Result<Scope> {
    if at_end(meta.input) {
        return Ok(Scope::Same);
    }
    let word: Ident = meta.value()?.parse()?;
    if word == "none" {
        Ok(Scope::IsNull)
    } else {
        Err(Error::new_spanned(&word, "unknown scope, expected `none`"))
    }
}

fn precision(meta: &ParseNestedMeta<'_>) -> Result<Precision> {
    let word: LitStr = meta.value()?.parse()?;
    PRECISIONS
        .iter()
        .find(|(name, _)| *name == word.value())
        .map(|(_, variant)| Precision(Ident::new(variant, word.span())))
        .ok_or_else(|| {
            let words = PRECISIONS.map(|(name, _)| name).join("\", \"");
            Error::new_spanned(
                &word,
                format!("unknown precision, expected one of \"{words}\""),
            )
        })
}

//! The input, read but not judged.

use crate::attr::diesel::{FieldAttr, StructAttr, column};
use crate::attr::optlock::{Marks, Scope, refuse_on_struct};
use crate::errors::Errors;
use crate::types::is_option;
use proc_macro2::Ident;
use std::fmt;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Fields, Index, Member, Path, Type};

pub(crate) struct Model<'i> {
    pub(crate) input: &'i DeriveInput,
    pub(crate) table: Path,
    /// The columns of the primary key, in its order.
    pub(crate) primary_key: Vec<Ident>,
    /// Diesel's `INSERT` stores a `None` as NULL.
    pub(crate) inserts_none_as_null: bool,
    pub(crate) fields: Vec<Field<'i>>,
}

pub(crate) struct Field<'i> {
    pub(crate) source: &'i syn::Field,
    pub(crate) member: Member,
    /// Missing where Diesel would miss it too: a field of a tuple struct without `column_name`.
    pub(crate) column: Option<Ident>,
    /// What a `None` means, if it was said, on the field or on the struct.
    pub(crate) none_as_null: Option<bool>,
    pub(crate) embed: Option<Ident>,
    pub(crate) skip_update: Option<Ident>,
    pub(crate) skip_insertion: bool,
    pub(crate) serialize_as: Option<Type>,
    pub(crate) marks: Marks,
}

impl<'i> Model<'i> {
    /// `None` if it is not a struct with fields, of which `refusal` is said.
    pub(crate) fn read(input: &'i DeriveInput, refusal: &str, errors: &mut Errors) -> Option<Self> {
        let fields = fields(input, refusal, errors)?;
        refuse_on_struct(&input.attrs, errors);
        let attr = StructAttr::read(&input.attrs, errors);
        Some(Self {
            input,
            table: attr
                .table_name
                .unwrap_or_else(|| inferred_table(&input.ident)),
            primary_key: attr
                .primary_key
                .unwrap_or_else(|| vec![Ident::new("id", input.ident.span())]),
            inserts_none_as_null: attr.treat_none_as_default_value == Some(false),
            fields: fields
                .iter()
                .zip(0..)
                .map(|(source, index)| Field::read(source, index, attr.treat_none_as_null, errors))
                .collect(),
        })
    }

    /// The fields in Diesel's changeset, in its order.
    pub(crate) fn set(&self) -> impl Iterator<Item = &Field<'i>> {
        let in_set = |field: &&Field<'_>| !self.is_key(field) && field.skip_update.is_none();
        self.fields.iter().filter(in_set)
    }

    /// The field of a column of the primary key.
    pub(crate) fn key_field(&self, key: &Ident) -> Option<&Field<'i>> {
        self.fields.iter().find(|field| field.holds(key))
    }

    /// Does it hold a part of the primary key? An embedded struct does not.
    pub(crate) fn has_key(&self) -> bool {
        self.fields.iter().any(|field| self.is_key(field))
    }

    /// The fields that say which rows count, each with the key that says it.
    pub(crate) fn scope(&self) -> impl Iterator<Item = (&Field<'i>, &Ident, Scope)> {
        self.fields.iter().filter_map(|field| {
            let (key, scope) = field.marks.scope.as_ref()?;
            Some((field, key, *scope))
        })
    }

    /// The name of the table in messages.
    pub(crate) fn table_name(&self) -> String {
        let table = self.table.segments.last();
        table.map_or_else(String::new, |segment| segment.ident.unraw().to_string())
    }

    pub(crate) fn is_key(&self, field: &Field<'_>) -> bool {
        self.primary_key.iter().any(|key| field.holds(key))
    }
}

impl<'i> Field<'i> {
    fn read(
        source: &'i syn::Field,
        index: u32,
        none_as_null: Option<bool>,
        errors: &mut Errors,
    ) -> Self {
        let attr = FieldAttr::read(&source.attrs, errors);
        let name = source
            .ident
            .as_ref()
            .map(column)
            .and_then(|name| errors.take(name));
        Self {
            source,
            member: source.ident.clone().map_or_else(
                || {
                    Member::Unnamed(Index {
                        index,
                        span: proc_macro2::Span::call_site(),
                    })
                },
                Member::Named,
            ),
            column: attr.column_name.or(name),
            none_as_null: attr.treat_none_as_null.or(none_as_null),
            embed: attr.embed,
            skip_update: attr.skip_update,
            skip_insertion: attr.skip_insertion,
            serialize_as: attr.serialize_as,
            marks: Marks::of_field(&source.attrs, errors),
        }
    }

    pub(crate) fn ty(&self) -> &'i Type {
        &self.source.ty
    }

    /// The field's name, of which a tuple struct has only those of its columns.
    pub(crate) fn name(&self) -> Option<String> {
        self.source
            .ident
            .as_ref()
            .or(self.column.as_ref())
            .map(|name| name.unraw().to_string())
    }

    /// The name, or in a tuple struct the type: what a mistake of the field is shown at.
    pub(crate) fn blame(&self) -> &dyn quote::ToTokens {
        match &self.source.ident {
            Some(name) => name,
            None => &self.source.ty,
        }
    }

    pub(crate) fn holds(&self, column: &Ident) -> bool {
        self.column
            .as_ref()
            .is_some_and(|own| own.unraw() == column.unraw())
    }

    pub(crate) fn is_plain_option(&self) -> bool {
        is_option(self.ty()) && self.embed.is_none()
    }

    pub(crate) fn is_embedded_option(&self) -> bool {
        is_option(self.ty()) && self.embed.is_some()
    }

    /// Is the column left alone where the field is `None`?
    pub(crate) fn is_skipped_if_none(&self) -> bool {
        self.is_plain_option() && self.none_as_null != Some(true)
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Member::Named(name) => name.unraw().fmt(f),
            Member::Unnamed(index) => index.index.fmt(f),
        }
    }
}

fn fields<'i>(input: &'i DeriveInput, refusal: &str, errors: &mut Errors) -> Option<&'i Fields> {
    let blame: &dyn quote::ToTokens = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unit => &input.ident,
            fields => return Some(fields),
        },
        Data::Enum(data) => &data.enum_token,
        Data::Union(data) => &data.union_token,
    };
    errors.add(blame, refusal);
    None
}

/// As Diesel infers it: `BlogPost` is saved to `blog_posts`.
fn inferred_table(name: &Ident) -> Path {
    let mut table = String::new();
    for (index, character) in name.unraw().to_string().chars().enumerate() {
        if character.is_uppercase() && index > 0 {
            table.push('_');
        }
        table.extend(character.to_lowercase());
    }
    table.push('s');
    Ident::new(&table, name.span()).into()
}

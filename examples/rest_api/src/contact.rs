//! A contact: its table, and what clients send and get.

use crate::input::{Key, Line, given, not_null};
use diesel::prelude::*;
use optlock::UuidText;
use optlock::diesel_async::prelude::*;
use optlock::http::{ETag, Patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

diesel::table! {
    contacts {
        id -> Text,
        name -> Text,
        email -> Nullable<Text>,
        calls -> Integer,
        version -> Text,
    }
}

/// A row.
///
/// **The version is a UUID**, because a client chooses the key in a PUT: a contact that is deleted and created again would
/// begin at version 1 again, and who still holds a tag of the old contact would overwrite the new one unseen.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
)]
#[diesel(table_name = contacts, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    /// How often somebody called.
    pub calls: i32,
    #[diesel(skip_update)] // only optlock writes it
    pub version: UuidText,
}

/// The version of a contact that is in no table yet. The one in the header If-Match takes its place, if there is one.
pub fn never_stored() -> UuidText {
    Uuid::nil().into()
}

/// The fields that a PATCH changes. `None` leaves a column alone, `Some(None)` makes it NULL.
#[derive(Debug, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
pub(crate) struct Edit {
    id: String,
    name: Option<String>,
    email: Option<Option<String>>,
    calls: Option<i32>,
    #[diesel(skip_update)]
    version: UuidText,
}

/// The body of a PUT and of a POST: the whole contact. What is left out is an error, and no NULL.
///
/// A client may send back what a GET has answered: the fields `id` and `etag` of that count for nothing.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Body {
    #[schema(inline)]
    name: Line<100>,
    #[serde(deserialize_with = "given")]
    #[schema(inline, required = true)]
    email: Option<Line<200>>,
    calls: i32,
}

impl Body {
    /// The contact with this key, whose version the header says.
    pub(crate) fn into_contact(self, id: Key) -> Contact {
        Contact {
            id: id.0,
            name: self.name.0,
            email: self.email.map(|email| email.0),
            calls: self.calls,
            version: never_stored(),
        }
    }
}

/// The body of a PATCH: the fields to change. A field that is absent stays, and null makes the email empty.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Line<100>, inline, required = false)]
    name: Option<Line<100>>,
    #[serde(default)]
    #[schema(value_type = Option<Line<200>>, inline)]
    email: Patch<Line<200>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = i32, required = false)]
    calls: Option<i32>,
}

impl Changes {
    pub(crate) fn edit(&self, id: &Key) -> Edit {
        let email: Option<Option<Line<200>>> = self.email.clone().into();
        Edit {
            id: id.0.clone(),
            name: self.name.clone().map(|name| name.0),
            email: email.map(|email| email.map(|email| email.0)),
            calls: self.calls,
            version: never_stored(),
        }
    }
}

impl Edit {
    /// What the edit would make of a contact.
    pub(crate) fn applied_to(&self, contact: &Contact) -> Contact {
        let mut edited = contact.clone();
        if let Some(name) = &self.name {
            edited.name.clone_from(name);
        }
        if let Some(email) = &self.email {
            edited.email.clone_from(email);
        }
        if let Some(calls) = self.calls {
            edited.calls = calls;
        }
        edited
    }
}

/// A contact as clients see it. The tag is a field too: an entry of a list has no header, and the answer to a PUT must not
/// have one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Representation {
    #[schema(value_type = String)]
    pub etag: ETag,
    id: String,
    name: String,
    email: Option<String>,
    calls: i32,
}

impl From<Contact> for Representation {
    fn from(contact: Contact) -> Self {
        Self {
            etag: contact.etag(),
            id: contact.id,
            name: contact.name,
            email: contact.email,
            calls: contact.calls,
        }
    }
}

//! Contacts: the list, and what the card needs to know of them.
//!
//! The table is that of the REST service as well, whose routes are at `/api`.

use crate::address::{Done, Query};
use crate::card::list::{link, live_table, right_now, who_and_when};
use crate::card::{Card, InputOf, Last, Words, inputs};
use crate::database::now;
use crate::failed::Failed;
use crate::layout::{Page, reset_form};
use crate::people::{Person, Visit};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use optlock::diesel_async::prelude::*;
use optlock::{Unstored, UuidText};
use optlock_rest_api::input::Key;

diesel::table! {
    contacts {
        id -> Text,
        name -> Text,
        email -> Nullable<Text>,
        phone -> Text,
        calls -> Integer,
        notes -> Text,
        created_by -> Text,
        created_on -> Timestamp,
        updated_by -> Text,
        updated_on -> Timestamp,
        version -> Text,
    }
}

/// A row. Its version is a UUID, because clients of the REST service choose keys.
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
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: String,
    /// How often somebody called.
    pub(crate) calls: i32,
    pub(crate) notes: String,
    #[diesel(skip_update)]
    pub(crate) created_by: String,
    #[diesel(skip_update)]
    pub(crate) created_on: NaiveDateTime,
    #[optlock(ignore)] // it is no change of theirs that one has to look at
    pub(crate) updated_by: String,
    #[diesel(skip_update)]
    #[optlock(updated_on)]
    pub(crate) updated_on: NaiveDateTime,
    #[diesel(skip_update)] // only optlock writes it
    pub(crate) version: UuidText,
}

impl Contact {
    fn created(&self) -> Last {
        Last {
            by: self.created_by.clone(),
            on: self.created_on,
        }
    }
}

impl Card for Contact {
    const WORDS: &'static Words = &Words {
        one: "contact",
        many: "Contacts",
        missing: "There is no such contact",
        path: "/contacts",
        purpose: "edit contact",
        is_leased: false,
        is_created_here: true,
    };

    const INPUTS: &'static [InputOf<Self>] = inputs!(Contact {
        name: "Name", Required;
        email: "Email", Email;
        phone: "Phone", Phone;
        calls: "Calls", Number;
        notes: "Notes", Lines;
    });

    fn keyed(id: &str, _: &Person) -> Option<Self> {
        let Key(id) = Key::try_from(id.to_owned()).ok()?;
        Some(Self {
            id,
            name: String::new(),
            email: None,
            phone: String::new(),
            calls: 0,
            notes: String::new(),
            created_by: String::new(),
            created_on: NaiveDateTime::default(),
            updated_by: String::new(),
            updated_on: NaiveDateTime::default(),
            version: UuidText::unstored(),
        })
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn title(&self) -> String {
        self.name.clone()
    }

    fn updated(&self) -> (&str, NaiveDateTime) {
        (&self.updated_by, self.updated_on)
    }

    fn updated_by_mut(&mut self) -> &mut String {
        &mut self.updated_by
    }

    fn first(&self) -> Option<Last> {
        Some(self.created())
    }

    fn sign(&mut self, who: &str) {
        self.updated_by = who.to_owned();
        if self.version.is_unstored() {
            self.created_by = who.to_owned();
            self.created_on = now();
        }
    }

    fn change_somehow(&mut self) {
        self.calls = self.calls.saturating_add(1);
        self.phone = format!("555 {:04}", self.calls % 10_000);
    }
}

/// GET /contacts
pub(crate) async fn list(visit: Visit, Query(asked): Query<Done>) -> Result<Response, Failed> {
    let columns = ["Name", "Right now", "Last saved", "Created"];
    let rows = rows(visit.clone()).await?;
    let body = html! {
        h1 { "Contacts" }
        (asked.notice())
        p.lead { "Open one and change it. This list shows who else is there, without a reload." }
        p.buttons { a.button.primary href="/new/contact" { "A new contact" } }
        (live_table::<Contact>("All contacts", &columns, &rows, &visit))
        (reset_form())
    };
    Ok(Page::of(&visit, "Contacts").show(body).into_response())
}

/// GET /rows/contacts: those of the list, by the list itself while it is open.
pub(crate) async fn rows(visit: Visit) -> Result<Markup, Failed> {
    let conn = &mut visit.connection().await?;
    let contacts: Vec<Contact> = contacts::table
        .order((contacts::name, contacts::id))
        .limit(100)
        .select(Contact::as_select())
        .load(conn)
        .await?;
    // One query for all of them.
    let statuses = contacts.lease_statuses(conn).await?;
    Ok(html! {
        @for (contact, status) in contacts.iter().zip(&statuses) {
            tr id={ "row-" (contact.id) } {
                th scope="row" { (link(contact)) }
                td data-label="Right now" { (right_now(status, &visit)) }
                td data-label="Last saved" { (who_and_when(&contact.last())) }
                td data-label="Created" { (who_and_when(&contact.created())) }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_can_change_a_contact_with_the_most_calls() {
        let mut contact = Contact::keyed("7", &Person::default()).unwrap();
        contact.calls = i32::MAX;
        contact.change_somehow();
        assert_eq!(
            (contact.calls, contact.phone.as_str()),
            (i32::MAX, "555 3647")
        );
    }
}

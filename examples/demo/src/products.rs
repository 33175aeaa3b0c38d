//! Products: the second kind of the card. Their version is the time of the last change.

use crate::address::{Done, Query};
use crate::card::list::{link, who_and_when};
use crate::card::{Card, InputOf, Words, amount, inputs};
use crate::failed::Failed;
use crate::layout::{Page, head};
use crate::people::{Person, Visit};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::html;
use optlock::Unstored;
use optlock::diesel_async::prelude::*;
use optlock_rest_api::input::Key;

diesel::table! {
    products {
        id -> Text,
        name -> Text,
        cents -> Integer,
        stock -> Integer,
        updated_by -> Text,
        updated_on -> Timestamp,
    }
}

/// A row. The column that says when it was changed is its version as well, so that no column had to be added.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
)]
#[diesel(table_name = products, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) cents: i32,
    pub(crate) stock: i32,
    #[optlock(ignore)]
    pub(crate) updated_by: String,
    #[diesel(skip_update)]
    #[optlock(version)]
    pub(crate) updated_on: NaiveDateTime,
}

impl Card for Product {
    const WORDS: &'static Words = &Words {
        one: "product",
        many: "Products",
        missing: "There is no such product",
        path: "/products",
        purpose: "edit product",
        is_leased: false,
        is_created_here: true,
    };

    const INPUTS: &'static [InputOf<Self>] = inputs!(Product {
        name: "Name", Required;
        cents: "Price", Money;
        stock: "In stock", Number;
    });

    fn keyed(id: &str, _: &Person) -> Option<Self> {
        let Key(id) = Key::try_from(id.to_owned()).ok()?;
        Some(Self {
            id,
            updated_on: NaiveDateTime::unstored(),
            ..Self::default()
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

    fn change_somehow(&mut self) {
        self.cents = self.cents.saturating_add(50);
    }
}

/// GET /products
pub(crate) async fn list(visit: Visit, Query(asked): Query<Done>) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    let products: Vec<Product> = products::table
        .order((products::name, products::id))
        .limit(100)
        .select(Product::as_select())
        .load(conn)
        .await?;
    let body = html! {
        h1 { "Products" }
        (asked.notice())
        p.lead { "These have no column for a version: the time of their last change is one." }
        table.list {
            caption { "All products" }
            (head(&["Name", "Price", "In stock", "Last saved"]))
            tbody {
                @for product in &products {
                    tr {
                        th scope="row" { (link(product)) }
                        td data-label="Price" { (amount(product.cents)) }
                        td data-label="In stock" { (product.stock) }
                        td data-label="Last saved" { (who_and_when(&product.last())) }
                    }
                }
            }
        }
    };
    Ok(Page::of(&visit, "Products").show(body).into_response())
}

//! Orders: one person edits one at a time, and each shop sees its own.

use crate::App;
use crate::address::{Done, Query};
use crate::card::leased::Rule;
use crate::card::list::{link, live_table, right_now, who_and_when};
use crate::card::{Card, InputOf, Words, inputs};
use crate::failed::Failed;
use crate::layout::Page;
use crate::people::{Person, Visit};
use crate::posted::Posted;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use optlock::Unstored;
use optlock::diesel_async::prelude::*;

diesel::table! {
    orders {
        id -> Integer,
        shop -> Text,
        customer -> Text,
        address -> Text,
        notes -> Text,
        updated_by -> Text,
        updated_on -> Timestamp,
        version -> BigInt,
    }
}

/// A row.
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
#[diesel(table_name = orders, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Order {
    pub(crate) id: i32,
    /// For who is of another shop the order does not exist: this is in the `WHERE` of each statement.
    #[diesel(skip_update)]
    #[optlock(scope)]
    pub(crate) shop: String,
    pub(crate) customer: String,
    pub(crate) address: String,
    pub(crate) notes: String,
    #[optlock(ignore)]
    pub(crate) updated_by: String,
    #[diesel(skip_update)]
    #[optlock(updated_on)]
    pub(crate) updated_on: NaiveDateTime,
    #[diesel(skip_update)] // only optlock writes it
    pub(crate) version: i64,
}

impl Card for Order {
    const WORDS: &'static Words = &Words {
        one: "order",
        many: "Orders",
        missing: "There is no such order",
        path: "/orders",
        purpose: "edit order",
        is_leased: true,
        is_created_here: false,
    };

    const INPUTS: &'static [InputOf<Self>] = inputs!(Order {
        customer: "Customer", Required;
        address: "Address", Line;
        notes: "Notes", Lines;
    });

    fn keyed(id: &str, me: &Person) -> Option<Self> {
        let number: i32 = id.parse().ok()?;
        (number.to_string() == id).then(|| Self {
            id: number,
            shop: me.shop.clone(),
            version: i64::unstored(),
            ..Self::default()
        })
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn title(&self) -> String {
        format!("Order {}", self.id)
    }

    fn updated(&self) -> (&str, NaiveDateTime) {
        (&self.updated_by, self.updated_on)
    }

    fn updated_by_mut(&mut self) -> &mut String {
        &mut self.updated_by
    }

    fn change_somehow(&mut self) {
        self.address = format!("Mill Lane {}", self.version % 100);
    }
}

/// GET /orders
pub(crate) async fn list(visit: Visit, Query(asked): Query<Done>) -> Result<Response, Failed> {
    let columns = ["Order", "Customer", "Lines", "Right now", "Last saved"];
    let rows = rows(visit.clone()).await?;
    let rule = visit.app.rule();
    let body = html! {
        h1 { "Orders of " (visit.me.shop) }
        (asked.notice())
        p.lead { "Who opens an order has it for themselves, for as long as they work on it. All others see who it is." }
        (live_table::<Order>("All orders of this shop", &columns, &rows, &visit))
        form.card method="post" action="/orders/rule" {
            fieldset.choose {
                legend { "When somebody opens an order that another person edits" }
                @for (known, name, label) in Rule::ALL {
                    label.choice { input type="radio" name="rule" value=(name) checked[known == rule]; span { (label) } }
                }
            }
            p.buttons { button type="submit" { "Set" } span.hint { "For everybody in this demo." } }
        }
    };
    Ok(Page::of(&visit, "Orders").show(body).into_response())
}

/// GET /rows/orders: those of the list, by the list itself while it is open.
pub(crate) async fn rows(visit: Visit) -> Result<Markup, Failed> {
    let conn = &mut visit.connection().await?;
    let of_shop = orders::table
        .filter(orders::shop.eq(&visit.me.shop))
        .order(orders::id)
        .limit(100);
    let orders: Vec<Order> = of_shop.select(Order::as_select()).load(conn).await?;
    let statuses = orders.lease_statuses(conn).await?;
    Ok(html! {
        @for (order, status) in orders.iter().zip(&statuses) {
            tr id={ "row-" (order.id) } {
                th scope="row" { (link(order)) }
                td data-label="Customer" { (order.customer) }
                td data-label="Lines" { a href={ (order.path()) "/lines" } { "Lines of " (order.id) } }
                td data-label="Right now" { (right_now(status, &visit)) }
                td data-label="Last saved" { (who_and_when(&order.last())) }
            }
        }
    })
}

/// POST /orders/rule: what happens to the second person.
pub(crate) async fn set_rule(State(app): State<App>, posted: Posted) -> Result<Redirect, Failed> {
    let rule = posted.get("rule").and_then(Rule::of_name);
    let rule = rule.ok_or(Failed::Refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        "There is no such rule.",
    ))?;
    app.set_rule(rule);
    Ok(Redirect::to("/orders"))
}

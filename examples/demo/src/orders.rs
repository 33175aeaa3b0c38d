//! Orders: one person edits one at a time, and each shop sees its own.

use crate::App;
use crate::address::Query;
use crate::card::leased::Rule;
use crate::card::others::Others;
use crate::card::{Card, InputOf, Words, inputs};
use crate::contacts::Asked;
use crate::database::Connection;
use crate::failed::Failed;
use crate::layout::{Page, head, time};
use crate::people::{Person, Visit};
use crate::posted::Posted;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use optlock::diesel_async::prelude::*;
use optlock::{Unstored, VersionToken};

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
pub(crate) async fn list(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let rows = rows_of(&visit, &mut *visit.connection().await?).await?;
    let poll = visit.app.options.poll.as_millis();
    let rule = visit.app.rule();
    let body = html! {
        h1 { "Orders of " (visit.me.shop) }
        @match asked.done.as_deref() {
            Some("saved") => p.notice.good role="status" { "Saved." },
            Some("merged") => p.notice.good role="status" { "Saved: both changes are in it." },
            _ => {}
        }
        p.lead { "Who opens an order has it for themselves, for as long as they work on it. All others see who it is." }
        table.list {
            caption { "All orders of this shop" }
            (head(&["Order", "Customer", "Lines", "Right now", "Last saved"]))
            tbody id="rows" data-rows="/orders/rows" data-poll=(poll) { (rows) }
        }
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

/// GET /orders/rows
pub(crate) async fn rows(visit: Visit) -> Result<Markup, Failed> {
    rows_of(&visit, &mut *visit.connection().await?).await
}

async fn rows_of(visit: &Visit, conn: &mut Connection) -> Result<Markup, Failed> {
    let of_shop = orders::table
        .filter(orders::shop.eq(&visit.me.shop))
        .order(orders::id)
        .limit(100);
    let all: Vec<Order> = of_shop.select(Order::as_select()).load(conn).await?;
    let statuses = all.lease_statuses(conn).await?;
    Ok(html! {
        @for (order, status) in all.iter().zip(&statuses) {
            tr id={ "row-" (order.id) } {
                th scope="row" {
                    @let seen = Posted::query("seen", &order.version.encode());
                    a href={ "/orders/" (order.id) "?" (seen) } { (order.title()) }
                }
                td data-label="Customer" { (order.customer) }
                td data-label="Lines" { a href={ "/orders/" (order.id) "/lines" } { "Lines of " (order.id) } }
                td data-label="Right now" { (Others::of(status, &visit.me.name).badges()) }
                td data-label="Last saved" { (order.updated_by) ", " (time(order.updated_on)) }
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

//! The opening hours: a table without a version, and a page that shows more than one row.
//!
//! The form has a fingerprint of what the page has shown. When it comes back, what has changed since is told by name.

use crate::address::{Done, Query};
use crate::card::form::{self, default_button, shown_text};
use crate::card::{InputOf, inputs};
use crate::database::Connection;
use crate::failed::Failed;
use crate::layout::Page;
use crate::orders::orders;
use crate::people::Visit;
use crate::posted::Posted;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use optlock::diesel_async::prelude::*;
use optlock::seal::Seal;
use optlock::{Error, PageChanged};

diesel::table! {
    hours {
        id -> Integer,
        opens -> Text,
        closes -> Text,
        seats -> Integer,
        visits -> Integer,
    }
}

/// The one row.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Diff,
    Unversioned,
    Fingerprint,
)]
#[diesel(table_name = hours)]
pub(crate) struct Hours {
    pub(crate) id: i32,
    pub(crate) opens: String,
    pub(crate) closes: String,
    pub(crate) seats: i32,
    /// How often the page was opened: it changes all the time, and the page does not show it.
    #[optlock(skip_fingerprint)]
    pub(crate) visits: i32,
}

impl Hours {
    /// The key of the row.
    pub(crate) const ONLY: i32 = 1;
}

/// The last one is a widget of the page's own.
const INPUTS: &[InputOf<Hours>; 3] = inputs!(Hours {
    opens: "Opens", Required;
    closes: "Closes", Required;
    seats: "Seats", Number;
});

/// The name by which the fingerprint has what the page shows of other rows.
const ORDERS: &str = "open orders";

/// A form, new or come back.
struct Form {
    /// One for each input.
    texts: [String; 3],
    /// How many open orders the page has shown.
    orders: String,
    /// Of the page alone: nothing stores it, and nothing compares it.
    reason: String,
    /// The fingerprint of what the page has shown.
    shown: String,
    wrong: Vec<(&'static str, String)>,
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let get = |name| posted.get(name).unwrap_or_default().trim().to_owned();
        Self {
            texts: INPUTS.each_ref().map(|known| get(known.input.name)),
            orders: get("orders"),
            reason: get("reason"),
            shown: get("shown"),
            wrong: Vec::new(),
        }
    }

    /// Puts what was typed into the row, and notes what does not fit.
    fn fill(&mut self, row: &mut Hours) {
        for (known, text) in INPUTS.iter().zip(&self.texts) {
            if let Err(why) = known.fill(row, text) {
                self.wrong.push((known.input.name, why));
            }
        }
    }
}

/// GET /hours
pub(crate) async fn show(visit: Visit, Query(asked): Query<Done>) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    diesel::update(hours::table.find(Hours::ONLY))
        .set(hours::visits.eq(hours::visits + 1))
        .execute(conn)
        .await?;
    let row = load(conn).await?;
    let form = fresh(&row, &visit, conn).await?;
    Ok(page(&form, asked.notice(), None, &visit).into_response())
}

/// POST /hours
pub(crate) async fn post(visit: Visit, posted: Posted) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    let row = load(conn).await?;
    let mut form = Form::read(&posted);
    if posted.get("action") == Some("refresh") {
        return refreshed(
            &row,
            &form,
            StatusCode::OK,
            "These are the hours as they are now.",
            &visit,
            conn,
        )
        .await;
    }
    let mut value = Tracked::new(row.clone());
    form.fill(&mut value);
    if !form.wrong.is_empty() {
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            page(&form, html! {}, None, &visit),
        )
            .into_response());
    }
    let seal = seal(&visit)?;
    let saved = value
        .save_if_unchanged(&form.shown, &seal, conn, async |conn, page, _row| {
            // The row itself is a part of the page without being added.
            Ok(page.value(ORDERS, &open_orders(&visit, conn).await?))
        })
        .await;
    match saved {
        Ok(_) => Ok(Redirect::to("/hours?done=saved").into_response()),
        Err(Error::PageChanged(changed)) => {
            let now = fresh(&load(conn).await?, &visit, conn).await?;
            let notice = told(&changed, &now);
            Ok((StatusCode::CONFLICT, page(&form, notice, None, &visit)).into_response())
        }
        Err(Error::Seal(_)) => {
            let why = "Nothing was saved: the form was made for somebody else, was changed on its way, or was open for too long. These are the hours as they are now.";
            refreshed(&row, &form, StatusCode::FORBIDDEN, why, &visit, conn).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A new form, with what was typed beside it.
async fn refreshed(
    row: &Hours,
    typed: &Form,
    status: StatusCode,
    why: &str,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let mut form = fresh(row, visit, conn).await?;
    form.reason.clone_from(&typed.reason);
    let notice = html! { p.notice role="status" id="refreshed" { (why) " What you typed is beside them, where it differs." } };
    Ok((status, page(&form, notice, Some(typed), visit)).into_response())
}

async fn load(conn: &mut Connection) -> QueryResult<Hours> {
    hours::table
        .find(Hours::ONLY)
        .select(Hours::as_select())
        .first(conn)
        .await
}

/// Those of the person's own shop, which the page shows beside its form.
async fn open_orders(visit: &Visit, conn: &mut Connection) -> QueryResult<i64> {
    let of_shop = orders::table.filter(orders::shop.eq(&visit.me.shop));
    of_shop.count().get_result(conn).await
}

fn seal(visit: &Visit) -> Result<Seal<'_>, Error> {
    visit.app.seal("edit hours", &visit.me)
}

async fn fresh(row: &Hours, visit: &Visit, conn: &mut Connection) -> Result<Form, Failed> {
    let orders = open_orders(visit, conn).await?;
    let shown = Fingerprint::builder(&seal(visit)?)
        .row(row)
        .value(ORDERS, &orders)
        .build();
    Ok(Form {
        texts: INPUTS.each_ref().map(|known| (known.text)(row)),
        orders: orders.to_string(),
        reason: String::new(),
        shown: shown.to_string(),
        wrong: Vec::new(),
    })
}

/// What has changed since the page was made, by the names of the page.
fn told(changed: &PageChanged, now: &Form) -> Markup {
    let part = |name: &str| {
        let mut known = INPUTS.iter().zip(&now.texts);
        match known.find(|(known, _)| known.input.name == name) {
            Some((known, text)) => format!("{}: {text} now", known.input.label),
            None => format!("Open orders: {} now", now.orders),
        }
    };
    html! {
        div.notice.warn role="alert" id="changed" {
            p { strong { "Nothing was saved: what this page showed has changed since." } " What you typed is still here." }
            ul { @for changed in changed.parts() { li { (part(changed.name())) } } @if changed.gone() > 0 { li { "something is gone" } } }
            p.buttons { button type="submit" form="card" name="action" value="refresh" formnovalidate { "Refresh the form" } }
        }
    }
}

fn page(form: &Form, notice: Markup, typed: Option<&Form>, visit: &Visit) -> Markup {
    let [opens, closes, seats] = INPUTS.each_ref().map(|known| &known.input);
    let text = &form.texts[2];
    let why = form.wrong.iter().find(|(name, _)| *name == seats.name);
    let beside = typed.map(|typed| typed.texts.as_slice());
    let typed = typed
        .map(|typed| &typed.texts[2])
        .filter(|typed| *typed != text);
    let body = html! {
        h1 { "Opening hours" }
        (default_button("save", true))
        (notice)
        p.lead { "The table of these has no version, and no column could be added. The form knows what its page has shown." }
        form.card id="card" method="post" autocomplete="off" {
            input type="hidden" name="shown" value=(form.shown);
            input type="hidden" name="orders" value=(form.orders);
            p { "Open orders of " (visit.me.shop) ": " strong { (form.orders) } }
            (form::inputs(&[opens, closes], &form.texts, &form.wrong, beside, true))
            div.field {
                label for="seats" { (seats.label) }
                // A widget of the page's own: without scripts it is an input as any other.
                div.counter data-counter {
                    input id="seats" name="seats" value=(text) inputmode="numeric" aria-invalid=[why.map(|_| "true")];
                }
                @if let Some((_, why)) = why { span.wrong id="seats-wrong" { (why) } }
                @if let Some(typed) = typed { span.beside { "You typed: " q { (shown_text(typed)) } } }
            }
            div.field {
                label for="reason" { "Why do you change them?" }
                input id="reason" name="reason" value=(form.reason);
                span.hint { "For yourself: it is stored nowhere, and takes no part in the comparison." }
            }
            p.buttons { button.primary type="submit" name="action" value="save" { "Save" } }
        }
    };
    Page::of(visit, "Opening hours").show(body)
}

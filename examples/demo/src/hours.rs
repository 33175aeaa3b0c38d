//! The opening hours: a table without a version, and a page that shows more than one row.
//!
//! The form has a fingerprint of what the page has shown. When it comes back, what has changed since is told by name.

use crate::card::form::{default_button, inputs, shown_text};
use crate::card::{Input, Kind, checked, number};
use crate::database::Connection;
use crate::failed::Failed;
use crate::layout::Page;
use crate::orders::orders;
use crate::people::Visit;
use crate::posted::Posted;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use optlock::diesel_async::prelude::*;
use optlock::seal::Seal;
use optlock::{Error, PageChanged};
use serde::Deserialize;

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

/// The inputs, and beside them the counter.
const INPUTS: &[Input] = &[
    Input {
        name: "opens",
        label: "Opens",
        kind: Kind::Required,
    },
    Input {
        name: "closes",
        label: "Closes",
        kind: Kind::Required,
    },
];

/// A form, new or come back.
struct Form {
    opens: String,
    closes: String,
    seats: String,
    /// Of the page alone: nothing stores it, and nothing compares it.
    reason: String,
    /// What the page has shown.
    shown: String,
    wrong: Vec<(&'static str, String)>,
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let get = |name| posted.get(name).unwrap_or_default().trim().to_owned();
        Self {
            opens: get("opens"),
            closes: get("closes"),
            seats: get("seats"),
            reason: get("reason"),
            shown: get("shown"),
            wrong: Vec::new(),
        }
    }

    /// Puts what was typed into the row, and notes what does not fit.
    fn fill(&mut self, row: &mut Hours) {
        let mut fill = |name, result: Result<(), String>| {
            self.wrong.extend(result.err().map(|why| (name, why)))
        };
        fill(
            "opens",
            checked(&self.opens, Kind::Required).map(|opens| row.opens = opens),
        );
        fill(
            "closes",
            checked(&self.closes, Kind::Required).map(|closes| row.closes = closes),
        );
        fill("seats", number(&self.seats).map(|seats| row.seats = seats));
    }
}

/// What comes with the address.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    done: Option<String>,
}

/// GET /hours
pub(crate) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    diesel::update(hours::table.find(Hours::ONLY))
        .set(hours::visits.eq(hours::visits + 1))
        .execute(conn)
        .await?;
    let row = load(conn).await?;
    let form = fresh(&row, &visit, conn).await?;
    let notice = html! { @if asked.done.is_some() { p.notice.good role="status" { "Saved." } } };
    Ok(page(&form, notice, None, &visit).into_response())
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
            Ok(page.value("open orders", &open_orders(conn).await?))
        })
        .await;
    match saved {
        Ok(_) => Ok(Redirect::to("/hours?done=saved").into_response()),
        Err(Error::PageChanged(changed)) => {
            let now = fresh(&load(conn).await?, &visit, conn).await?;
            let notice = told(&changed, &now, open_orders(conn).await?);
            Ok((StatusCode::CONFLICT, page(&form, notice, None, &visit)).into_response())
        }
        Err(Error::Seal(_)) => {
            let why = "Nothing was saved: the form was made for somebody else, or was changed on its way. These are the hours as they are now.";
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

async fn open_orders(conn: &mut Connection) -> QueryResult<i64> {
    orders::table.count().get_result(conn).await
}

fn seal(visit: &Visit) -> Result<Seal<'_>, Error> {
    visit.app.keys.purpose("edit hours").session(&visit.me.name)
}

async fn fresh(row: &Hours, visit: &Visit, conn: &mut Connection) -> Result<Form, Failed> {
    let shown = Fingerprint::builder(&seal(visit)?)
        .row(row)
        .value("open orders", &open_orders(conn).await?)
        .build();
    Ok(Form {
        opens: row.opens.clone(),
        closes: row.closes.clone(),
        seats: row.seats.to_string(),
        reason: String::new(),
        shown: shown.to_string(),
        wrong: Vec::new(),
    })
}

/// What has changed since the page was made, by the names of the page.
fn told(changed: &PageChanged, now: &Form, orders: i64) -> Markup {
    let part = |name: &str| match name {
        "opens" => format!("Opens is {} now", now.opens),
        "closes" => format!("Closes is {} now", now.closes),
        "seats" => format!("Seats are {} now", now.seats),
        _ => format!("there are {orders} open orders now"),
    };
    html! {
        div.notice.warn role="alert" id="changed" {
            p { strong { "Nothing was saved: what this page showed is so no more." } " What you typed is still here." }
            ul { @for changed in changed.parts() { li { (part(changed.name())) } } @if changed.gone() > 0 { li { "something is gone" } } }
            p.buttons { button type="submit" form="card" name="action" value="refresh" formnovalidate { "Refresh the form" } }
        }
    }
}

fn page(form: &Form, notice: Markup, typed: Option<&Form>, visit: &Visit) -> Markup {
    let texts = [form.opens.clone(), form.closes.clone()];
    let beside = typed.map(|typed| [typed.opens.clone(), typed.closes.clone()]);
    let wrong = form.wrong.iter().find(|(name, _)| *name == "seats");
    let body = html! {
        h1 { "Opening hours" }
        (default_button("save", true))
        (notice)
        p.lead { "The table of these has no version, and no column could be added. The form knows what its page has shown." }
        form.card id="card" method="post" autocomplete="off" {
            input type="hidden" name="shown" value=(form.shown);
            (inputs(INPUTS, &texts, &form.wrong, beside.as_ref().map(<[_; 2]>::as_slice), true))
            div.field {
                label for="seats" { "Seats" }
                // A widget of the page's own: without scripts it is an input as any other.
                div.counter data-counter {
                    input id="seats" name="seats" value=(form.seats) inputmode="numeric" aria-invalid=[wrong.map(|_| "true")];
                }
                @if let Some((_, why)) = wrong { span.wrong id="seats-wrong" { (why) } }
                @if let Some(typed) = typed.filter(|typed| typed.seats != form.seats) { span.beside { "You typed: " q { (shown_text(&typed.seats)) } } }
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

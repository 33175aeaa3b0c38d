//! What a browser asks for: a form, its buttons, and news while it is open.

use super::form::{self, Form, Notice};
use super::leased::{self, Rule, Wanted};
use super::others;
use super::sent::Sent;
use super::{Card, conflict, decide, news};
use crate::address::{Path, Query};
use crate::database::Connection;
use crate::failed::Failed;
use crate::layout::Page;
use crate::people::Visit;
use crate::posted::Posted;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use maud::html;
use optlock::diesel_async::prelude::*;
use optlock::seal::Seal;
use optlock::{Error, Outcome, SealError, VersionToken};
use serde::Deserialize;
use uuid::Uuid;

/// What comes with the address of a form.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The version that the list has shown.
    seen: Option<String>,
    /// What was done before.
    done: Option<String>,
    /// The page that is shown anew.
    page: Option<String>,
}

/// GET: the form.
pub(crate) async fn show<C: Card>(
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    let Some(row) = known::<C>(&id, &visit)?.load_current(conn).await? else {
        return Err(Failed::Missing(C::WORDS.missing));
    };
    let mut form = Form::of(&row, &seal::<C>(&visit)?);
    // A page that is shown anew goes on with its own lease.
    if let Some(page) = asked
        .page
        .filter(|page| visit.app.people.page(page, &visit.me.name).is_some())
    {
        form.holder = page;
    }
    (form.access, form.others) =
        leased::access(&row, &form.holder, Wanted::Opening, &visit, conn).await?;
    if !form.access.is_open() && visit.app.rule() == Rule::TurnAway {
        return Ok((
            StatusCode::LOCKED,
            news::turned_away(&form.shown, &form.access, &visit),
        )
            .into_response());
    }
    // The check when somebody starts to edit: before they have typed anything.
    if asked
        .seen
        .is_some_and(|seen| seen != row.version().encode())
    {
        form.notices.push(Notice::OldList);
    }
    match asked.done.as_deref() {
        Some("saved") => form.notices.push(Notice::Saved),
        Some("created") => form.notices.push(Notice::Created),
        Some("merged") => form.notices.push(Notice::Merged),
        _ => {}
    }
    form.draft = visit.app.people.draft(&visit.me.name, &form.shown.path);
    Ok(form.page(&visit).into_response())
}

/// POST: a button of the form, or of a page about a conflict.
pub(crate) async fn post<C: Card>(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failed> {
    let key = known::<C>(&id, &visit)?;
    let sent = Sent::read(key.clone(), posted);
    let conn = &mut visit.connection().await?;
    if let Some(wanted) = Wanted::of_button(sent.action()) {
        return of_lease(&sent, wanted, &visit, conn).await;
    }
    match sent.action() {
        "cancel" => cancel(&key, &sent, &visit, conn).await,
        "discard" => {
            visit
                .app
                .people
                .drop_draft(&visit.me.name, &key.shown().path);
            Ok(Redirect::to(&key.shown().path).into_response())
        }
        "stay" => stay(&sent, &visit, conn).await,
        "take" => beside(&key, &sent, Notice::Taken, StatusCode::OK, &visit, conn).await,
        "new" if C::WORDS.is_created_here => create_from(&sent, &visit, conn).await,
        _ => write(sent, &visit, conn).await,
    }
}

/// What is checked by the version that the page has shown.
async fn write<C: Card>(
    mut sent: Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let opened = if sent.is_damaged {
        Err(SealError::Malformed.into())
    } else {
        open(&mut sent, visit)
    };
    match opened {
        Ok(()) => {}
        // Nothing of it is believed, and nothing of it is lost.
        Err(Error::Seal(why)) => {
            let status = if matches!(why, SealError::Malformed) {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::FORBIDDEN
            };
            return beside(&sent.mine, &sent, Notice::Refused(why), status, visit, conn).await;
        }
        Err(error) => return Err(error.into()),
    }
    match sent.action() {
        "delete" if C::WORDS.is_created_here => delete(&sent, visit, conn).await,
        _ if !sent.wrong.is_empty() => stay(&sent, visit, conn).await,
        "merge" => merge(&sent, visit, conn).await,
        _ => save(sent.mine.clone(), &sent, "saved", visit, conn).await,
    }
}

fn open<C: Card>(sent: &mut Sent<C>, visit: &Visit) -> Result<(), Error> {
    sent.mine.open_form_token(&sent.token, &seal::<C>(visit)?)
}

/// Saves what was typed, or what came of both. From the form, and by 'overwrite' from a page about a conflict: that is checked
/// too, against the version that the page has shown.
async fn save<C: Card>(
    mut value: C,
    sent: &Sent<C>,
    done: &str,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    value.sign(&visit.me.name);
    let saved = if leased::is_needed::<C>(visit) {
        match leased::save(&mut value, &sent.was, &sent.holder, visit, conn).await? {
            Some(outcome) => Ok(outcome),
            None => return not_yours(sent, visit, conn).await,
        }
    } else {
        value.save_or_load(conn).await
    };
    match saved {
        Ok(Outcome::Saved) => {
            visit
                .app
                .people
                .drop_draft(&visit.me.name, &value.shown().path);
            others::done(&value, &sent.holder, visit, conn).await?;
            // A form would take the lease again that somebody may be waiting for.
            let path = if C::WORDS.is_leased {
                C::WORDS.path.to_owned()
            } else {
                value.shown().path
            };
            Ok(Redirect::to(&format!("{path}?done={done}")).into_response())
        }
        Ok(Outcome::Changed(theirs)) => changed(&theirs, sent, None, visit),
        Ok(Outcome::Missing) => Ok(gone(sent, None, visit)),
        Err(error) if is_taken(&error) => {
            let form = Form {
                wrong: vec![taken::<C>()],
                ..Form::again(sent, &seal::<C>(visit)?)
            };
            Ok((StatusCode::CONFLICT, form.page(visit)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The page does not have the lease: nothing was written, and what was typed stays.
async fn not_yours<C: Card>(
    sent: &Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let mut form = Form::again(sent, &seal::<C>(visit)?);
    let nothing = Wanted::News { has_typed: false };
    (form.access, form.others) =
        match leased::access(&sent.mine, &form.holder, nothing, visit, conn).await {
            Err(error) if error.is_missing() => return Ok(gone(sent, None, visit)),
            access => access?,
        };
    form.notices.push(Notice::NotYours);
    Ok((StatusCode::CONFLICT, form.page(visit)).into_response())
}

/// A button about the lease, where no script has sent it: the form is shown again, as it was.
async fn of_lease<C: Card>(
    sent: &Sent<C>,
    wanted: Wanted,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let mut form = Form::again(sent, &seal::<C>(visit)?);
    (form.access, form.others) =
        match leased::access(&sent.mine, &form.holder, wanted, visit, conn).await {
            Err(error) if error.is_missing() => return Ok(gone(sent, None, visit)),
            access => access?,
        };
    if sent.is_damaged {
        // It was pressed where no form is.
        return Ok(
            Redirect::to(&format!("{}?page={}", sent.mine.shown().path, form.holder))
                .into_response(),
        );
    }
    Ok(form.page(visit).into_response())
}

/// Both changes, where the page that asked for them shows the newest row.
async fn merge<C: Card>(
    sent: &Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let Some(theirs) = sent.mine.load_current(conn).await? else {
        return Ok(gone(sent, None, visit));
    };
    if theirs.version() != sent.mine.version() {
        return changed(&theirs, sent, None, visit);
    }
    match decide::merged(&sent.was, &sent.mine, &theirs, |field| sent.chosen(field)) {
        // It has the version of theirs, so that this save is checked as well.
        Ok(merged) => save(merged, sent, "merged", visit, conn).await,
        Err(field) => changed(&theirs, sent, Some(field), visit),
    }
}

async fn delete<C: Card>(
    sent: &Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    match sent.mine.delete_checked(conn).await {
        Ok(()) => {
            visit
                .app
                .people
                .drop_draft(&visit.me.name, &sent.mine.shown().path);
            visit.app.people.finish_page(&sent.holder);
            Ok(Redirect::to(&format!("{}?done=deleted", C::WORDS.path)).into_response())
        }
        Err(error) if error.is_missing() => Ok(gone(sent, None, visit)),
        Err(error) if error.is_conflict() => match sent.mine.load_current(conn).await? {
            Some(theirs) => {
                let fields = decide::compare(&sent.was, &sent.mine, &theirs);
                let page = conflict::not_deleted(&theirs.shown(), &fields, sent.hidden(), visit);
                Ok((StatusCode::CONFLICT, page).into_response())
            }
            None => Ok(gone(sent, None, visit)),
        },
        Err(error) => Err(error.into()),
    }
}

/// The page about a conflict, with the version that it shows.
fn changed<C: Card>(
    theirs: &C,
    sent: &Sent<C>,
    open: Option<&str>,
    visit: &Visit,
) -> Result<Response, Failed> {
    let fields = decide::compare(&sent.was, &sent.mine, theirs);
    let mut hidden = sent.hidden();
    hidden.token = theirs.form_token(&seal::<C>(visit)?).to_string();
    let is_again = open.is_none() && matches!(sent.action(), "merge" | "overwrite");
    let chosen = |field: &str| sent.chosen(field);
    let page = conflict::conflict(
        &theirs.shown(),
        &fields,
        hidden,
        is_again,
        open,
        &chosen,
        visit,
    );
    Ok((StatusCode::CONFLICT, page).into_response())
}

fn gone<C: Card>(sent: &Sent<C>, wrong: Option<&str>, visit: &Visit) -> Response {
    let page = conflict::gone(C::WORDS, &C::inputs(), sent.hidden(), wrong, visit);
    (StatusCode::NOT_FOUND, page).into_response()
}

/// The form with what was typed, and **with the version that it had**: the next try is refused again.
async fn stay<C: Card>(
    sent: &Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let status = if sent.action() == "stay" {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut form = Form::again(sent, &seal::<C>(visit)?);
    let nothing = Wanted::News { has_typed: false };
    (form.access, form.others) =
        match leased::access(&sent.mine, &form.holder, nothing, visit, conn).await {
            Err(error) if error.is_missing() => return Ok(gone(sent, None, visit)),
            access => access?,
        };
    Ok((status, form.page(visit)).into_response())
}

/// The form with the row as it is now, and beside it what was typed.
async fn beside<C: Card>(
    key: &C,
    sent: &Sent<C>,
    notice: Notice,
    status: StatusCode,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let Some(row) = key.load_current(conn).await? else {
        return Ok(gone(sent, None, visit));
    };
    let mut form = Form::of(&row, &seal::<C>(visit)?);
    form.holder = sent.holder.clone();
    let nothing = Wanted::News { has_typed: false };
    (form.access, form.others) = leased::access(&row, &form.holder, nothing, visit, conn).await?;
    form.beside = Some(sent.texts.clone());
    form.notices.push(notice);
    Ok((status, form.page(visit)).into_response())
}

async fn cancel<C: Card>(
    key: &C,
    sent: &Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    visit
        .app
        .people
        .drop_draft(&visit.me.name, &key.shown().path);
    others::done(key, &sent.holder, visit, conn).await?;
    Ok(Redirect::to(C::WORDS.path).into_response())
}

/// A row that was deleted, as a new one: its old key is nobody's any more.
async fn create_from<C: Card>(
    sent: &Sent<C>,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    if !sent.wrong.is_empty() {
        return Ok(gone(sent, Some(&sent.wrong[0].1), visit));
    }
    let mut new = new::<C>(visit)?;
    for (known, text) in C::INPUTS.iter().zip(&sent.texts) {
        let _was_read_before = known.fill(&mut new, text);
    }
    match insert(&mut new, visit, conn).await {
        Ok(response) => {
            visit
                .app
                .people
                .drop_draft(&visit.me.name, &sent.mine.shown().path);
            Ok(response)
        }
        Err(error) if is_taken(&error) => Ok(gone(sent, Some(&taken::<C>().1), visit)),
        Err(error) => Err(error.into()),
    }
}

/// GET: a form for a new row.
pub(crate) async fn blank<C: Card>(visit: Visit) -> Result<Response, Failed> {
    Ok(form::new(&new::<C>(&visit)?.shown(), &[], &visit).into_response())
}

/// POST: a new row.
pub(crate) async fn create<C: Card>(visit: Visit, posted: Posted) -> Result<Response, Failed> {
    let mut sent = Sent::read(new::<C>(&visit)?, posted);
    let conn = &mut visit.connection().await?;
    if sent.wrong.is_empty() {
        match insert(&mut sent.mine.clone(), &visit, conn).await {
            Ok(response) => return Ok(response),
            Err(error) if is_taken(&error) => sent.wrong.push(taken::<C>()),
            Err(error) => return Err(error.into()),
        }
    }
    let shown = super::Shown {
        texts: sent.texts,
        ..sent.mine.shown()
    };
    let page = form::new(&shown, &sent.wrong, &visit);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn insert<C: Card>(
    new: &mut C,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Error> {
    new.sign(&visit.me.name);
    new.upsert_checked(conn).await?;
    Ok(Redirect::to(&format!("{}?done=created", new.shown().path)).into_response())
}

/// POST, by the page itself while it is open: what is new.
pub(crate) async fn live<C: Card>(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failed> {
    let mut sent = Sent::read(known::<C>(&id, &visit)?, posted);
    if visit.app.people.is_finished(&sent.holder) {
        // It was sent before the page was, and has come after it.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let conn = &mut visit.connection().await?;
    if sent.is_edited() {
        // For whoever closes the tab, or is signed out.
        let typed = sent.posted().clone();
        visit
            .app
            .people
            .keep_draft(&visit.me.name, &sent.mine.shown().path, typed);
    }
    let Some(row) = sent.mine.load_current(conn).await? else {
        return Ok(news::gone_news(C::WORDS).into_response());
    };
    let has_typed = sent.posted().get("typed") == Some("yes");
    let wanted = sent.posted().get("wants").and_then(Wanted::of_button);
    let wanted = wanted.unwrap_or(Wanted::News { has_typed });
    let (access, others) = match leased::access(&row, &sent.holder, wanted, &visit, conn).await {
        Err(error) if error.is_missing() => return Ok(news::gone_news(C::WORDS).into_response()),
        access => access?,
    };
    let is_old = open(&mut sent, &visit).is_ok() && sent.mine.version() != row.version();
    let fields = if is_old {
        decide::compare(&sent.was, &sent.mine, &row)
    } else {
        Vec::new()
    };
    Ok(news::live(&row.shown(), is_old, &fields, &access, &others, &visit).into_response())
}

/// POST, by the page when it is closed.
pub(crate) async fn leave<C: Card>(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<StatusCode, Failed> {
    let key = known::<C>(&id, &visit)?;
    let sent = Sent::read(key.clone(), posted);
    others::left(&key, &sent.holder, &visit, &mut *visit.connection().await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// POST: somebody else saves a change, for who has no second window at hand.
pub(crate) async fn change_somehow<C: Card>(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    let Some(mut row) = known::<C>(&id, &visit)?.load_current(conn).await? else {
        return Err(Failed::Missing(C::WORDS.missing));
    };
    let who = form::somebody_else(&visit.me.name);
    row.change_somehow();
    row.sign(who);
    row.save_checked(conn).await?;
    let body = html! {
        h1 { (who) " has saved a change" }
        p.lead { "Go back to the tab with your form, and save yours." }
    };
    Ok(Page::of(&visit, "Saved").show(body).into_response())
}

fn seal<C: Card>(visit: &Visit) -> Result<Seal<'_>, Error> {
    visit.app.seal(C::WORDS.purpose, &visit.me)
}

/// A key that a row can have: others are not asked for, because the databases do not agree on what they are.
fn known<C: Card>(id: &str, visit: &Visit) -> Result<C, Failed> {
    C::keyed(id, &visit.me).ok_or(Failed::Missing(C::WORDS.missing))
}

/// A value with a new key.
fn new<C: Card>(visit: &Visit) -> Result<C, Failed> {
    known(&Uuid::new_v4().to_string(), visit)
}

fn is_taken(error: &Error) -> bool {
    matches!(
        error,
        Error::Database(DieselError::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            _
        ))
    )
}

fn taken<C: Card>() -> (&'static str, String) {
    (
        "email",
        format!("Another {} has this address.", C::WORDS.one),
    )
}

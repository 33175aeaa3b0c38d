//! What a browser asks for: a form, its buttons, and news while it is open.

use super::form::{self, Form, Hidden, Notice};
use super::leased::{self, Access, Rule, Wanted};
use super::others::{self, Others};
use super::pages::OpenPage;
use super::sent::{Sent, holder};
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
    let key = known::<C>(&id, &visit)?;
    let mut page = visit
        .page(&holder(asked.page.as_deref()), &key.path())
        .await;
    let conn = &mut visit.connection().await?;
    let Some(row) = key.load_current(conn).await? else {
        return Err(Failed::Missing(C::WORDS.missing));
    };
    if asked.page.is_some() {
        others::hand_on(&row, &mut page, &visit, conn).await?;
    }
    let (access, others) = leased::access(&row, &mut page, Wanted::Opening, &visit, conn).await?;
    let Some(row) = behind(&access, row, conn).await? else {
        return Err(Failed::Missing(C::WORDS.missing));
    };
    let mut form = Form {
        access,
        others,
        ..Form::of(&row, &page, &seal::<C>(&visit)?)
    };
    // Not who has it on another page: a reload is asked for before the page that it replaces is closed.
    if matches!(form.access, Access::Theirs { .. }) && visit.app.rule() == Rule::TurnAway {
        others::stop_looking(&row, &mut page, &visit, conn).await?;
        let page = news::turned_away(&form.shown, &form.access, &visit);
        return Ok((StatusCode::LOCKED, page).into_response());
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
    form.draft = visit.draft(&row.path()).map(|typed| Hidden {
        holder: form.holder.clone(), // it goes on here
        ..Sent::read(key, typed).hidden()
    });
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
    let page = &mut visit.page(&sent.holder, &key.path()).await;
    // Whatever its number, because a person has sent it. What the page has sent before by itself, and comes later, counts no more.
    let _is_newer = page.hears(sent.number);
    let conn = &mut visit.connection().await?;
    if let Some(wanted) = Wanted::of_button(sent.action()) {
        return of_lease(&sent, wanted, page, &visit, conn).await;
    }
    match sent.action() {
        "cancel" => cancel(&key, page, &visit, conn).await,
        "discard" => {
            visit.drop_draft(&key.path());
            Ok(Redirect::to(&anew(&key, page)).into_response())
        }
        "stay" => stay(&sent, page, &visit, conn).await,
        "take" => {
            beside(
                &key,
                &sent,
                Notice::Taken,
                StatusCode::OK,
                page,
                &visit,
                conn,
            )
            .await
        }
        "new" if C::WORDS.is_created_here => create_from(&sent, &visit, conn).await,
        _ => write(sent, page, &visit, conn).await,
    }
}

/// The address at which a page is shown anew, and keeps its lease.
fn anew<C: Card>(row: &C, page: &OpenPage) -> String {
    format!("{}?{}", row.path(), Posted::query("page", page.holder()))
}

/// What is checked by the version that the page has shown.
async fn write<C: Card>(
    mut sent: Sent<C>,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let is_of_both = matches!(sent.action(), "merge" | "overwrite");
    let opened = if sent.is_damaged {
        Err(SealError::Malformed.into())
    } else if is_of_both {
        // By the version of theirs, which the page has shown beside mine.
        let seen = sent.seen.as_deref().unwrap_or_default();
        sent.mine.open_form_token(seen, &seal::<C>(visit)?)
    } else {
        sent.mine.open_form_token(&sent.token, &seal::<C>(visit)?)
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
            let refused = Notice::Refused(why);
            return beside(&sent.mine, &sent, refused, status, page, visit, conn).await;
        }
        Err(error) => return Err(error.into()),
    }
    match sent.action() {
        "delete" if C::WORDS.is_created_here => delete(&sent, page, visit, conn).await,
        _ if !sent.wrong.is_empty() => stay(&sent, page, visit, conn).await,
        "merge" => merge(&sent, page, visit, conn).await,
        "overwrite" => save(sent.mine.clone(), None, &sent, page, visit, conn).await,
        _ => save(sent.mine.clone(), Some(&sent.was), &sent, page, visit, conn).await,
    }
}

/// Saves what was typed, or what came of both. From the form, and by 'overwrite' from a page about a conflict: that is checked
/// too, against the version that the page has shown.
///
/// `shown` is the row of that version, if the page has it: one about a conflict has the row of the version before.
async fn save<C: Card>(
    mut value: C,
    shown: Option<&C>,
    sent: &Sent<C>,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    value.sign(&visit.me.name);
    let saved = loop {
        let saved = if leased::is_needed::<C>(visit) {
            match leased::save(&mut value, page, visit, conn).await? {
                Some(outcome) => Ok(outcome),
                None => return not_yours(sent, page, visit, conn).await,
            }
        } else {
            value.save_or_load(conn).await
        };
        match saved {
            // A part of it was changed, and nothing that the page has shown: nothing is overwritten.
            Ok(Outcome::Changed(theirs))
                if shown.is_some_and(|shown| shown.diff(&theirs).is_empty()) =>
            {
                value.set_version(theirs.version().clone());
            }
            saved => break saved,
        }
    };
    match saved {
        Ok(Outcome::Saved) => {
            visit.drop_draft(&value.path());
            others::done(&value, page, visit, conn).await?;
            let done = if sent.action() == "merge" {
                "merged"
            } else {
                "saved"
            };
            // A form would take the lease again that somebody may be waiting for.
            let path = if C::WORDS.is_leased {
                C::WORDS.path.to_owned()
            } else {
                value.path()
            };
            Ok(Redirect::to(&format!("{path}?done={done}")).into_response())
        }
        Ok(Outcome::Changed(theirs)) => changed(&theirs, sent, None, page, visit, conn).await,
        Ok(Outcome::Missing) => Ok(gone(sent, None, visit)),
        Err(error) if is_taken(&error) => {
            match form_again(sent, NOTHING, page, visit, conn).await? {
                Some(mut form) => {
                    form.wrong.push(taken::<C>());
                    Ok((StatusCode::CONFLICT, form.page(visit)).into_response())
                }
                None => Ok(gone(sent, None, visit)),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The form that was sent, as it was, on a page that takes the place of the one before; `None` if its row is gone.
async fn form_again<C: Card>(
    sent: &Sent<C>,
    wanted: Wanted,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Option<Form>, Failed> {
    match next_page(&sent.mine, wanted, page, visit, conn).await {
        Err(error) if error.is_missing() => Ok(None),
        entered => {
            let (access, others) = entered?;
            Ok(Some(Form {
                access,
                others,
                ..Form::again(sent, page, &seal::<C>(visit)?)
            }))
        }
    }
}

/// The row as it is behind the lease: somebody may have saved it, and let go, since it was read. Of a page that has the lease it
/// stays the newest.
async fn behind<C: Card>(
    access: &Access,
    row: C,
    conn: &mut Connection,
) -> Result<Option<C>, Error> {
    match access {
        Access::Mine { .. } => row.load_current(conn).await,
        _ => Ok(Some(row)),
    }
}

/// What a page may do that takes the place of the one before.
async fn next_page<C: Card>(
    row: &C,
    wanted: Wanted,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(Access, Others), Error> {
    others::hand_on(row, page, visit, conn).await?;
    leased::access(row, page, wanted, visit, conn).await
}

/// Of a page that wants nothing of the lease but to keep it.
const NOTHING: Wanted = Wanted::News { is_at_work: false };

/// The page does not have the lease: nothing was written, and what was typed stays.
async fn not_yours<C: Card>(
    sent: &Sent<C>,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let Some(mut form) = form_again(sent, NOTHING, page, visit, conn).await? else {
        return Ok(gone(sent, None, visit));
    };
    form.notices.push(Notice::NotYours);
    Ok((StatusCode::CONFLICT, form.page(visit)).into_response())
}

/// A button about the lease, where no script has sent it: the form is shown again, as it was.
async fn of_lease<C: Card>(
    sent: &Sent<C>,
    wanted: Wanted,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let Some(form) = form_again(sent, wanted, page, visit, conn).await? else {
        return Ok(gone(sent, None, visit));
    };
    if sent.is_damaged {
        // It was pressed where no form is.
        return Ok(Redirect::to(&anew(&sent.mine, page)).into_response());
    }
    Ok(form.page(visit).into_response())
}

/// Both changes, where the page that asked for them shows the newest row.
async fn merge<C: Card>(
    sent: &Sent<C>,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let Some(theirs) = sent.mine.load_current(conn).await? else {
        return Ok(gone(sent, None, visit));
    };
    if theirs.version() != sent.mine.version() {
        return changed(&theirs, sent, None, page, visit, conn).await;
    }
    match decide::merged(&sent.was, &sent.mine, &theirs, |field| sent.chosen(field)) {
        // It has the version of theirs, so that this save is checked as well.
        Ok(merged) => save(merged, None, sent, page, visit, conn).await,
        Err(field) => changed(&theirs, sent, Some(field), page, visit, conn).await,
    }
}

async fn delete<C: Card>(
    sent: &Sent<C>,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    match sent.mine.delete_checked(conn).await {
        Ok(()) => {
            visit.drop_draft(&sent.mine.path());
            others::done(&sent.mine, page, visit, conn).await?;
            Ok(Redirect::to(&format!("{}?done=deleted", C::WORDS.path)).into_response())
        }
        Err(error) if error.is_missing() => Ok(gone(sent, None, visit)),
        Err(error) if error.is_conflict() || error.is_behind() => {
            match sent.mine.load_current(conn).await? {
                Some(theirs) => {
                    let fields = decide::compare(&sent.was, &sent.mine, &theirs);
                    let page =
                        conflict::not_deleted(&theirs.shown(), &fields, sent.hidden(), visit);
                    Ok((StatusCode::CONFLICT, page).into_response())
                }
                None => Ok(gone(sent, None, visit)),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The page about a conflict. It has two versions: that of the form, with which the form comes back from here, and that of
/// theirs, by which its own buttons are checked.
async fn changed<C: Card>(
    theirs: &C,
    sent: &Sent<C>,
    open: Option<&str>,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    match others::hand_on(theirs, page, visit, conn).await {
        Err(error) if error.is_missing() => return Ok(gone(sent, None, visit)),
        handed_on => handed_on?,
    }
    let fields = decide::compare(&sent.was, &sent.mine, theirs);
    let hidden = Hidden {
        holder: page.holder().to_owned(),
        seen: Some(theirs.form_token(&seal::<C>(visit)?).to_string()),
        ..sent.hidden()
    };
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
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let status = if sent.action() == "stay" {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok(match form_again(sent, NOTHING, page, visit, conn).await? {
        Some(form) => (status, form.page(visit)).into_response(),
        None => gone(sent, None, visit),
    })
}

/// The form with the row as it is now, and beside it what was typed.
async fn beside<C: Card>(
    key: &C,
    sent: &Sent<C>,
    notice: Notice,
    status: StatusCode,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    let Some(row) = key.load_current(conn).await? else {
        return Ok(gone(sent, None, visit));
    };
    let (access, others) = match next_page(&row, NOTHING, page, visit, conn).await {
        Err(error) if error.is_missing() => return Ok(gone(sent, None, visit)),
        entered => entered?,
    };
    let now = Form::of(&row, page, &seal::<C>(visit)?);
    let form = Form {
        access,
        others,
        beside: Some(sent.typed_over(&now.texts)),
        notices: vec![notice],
        ..now
    };
    Ok((status, form.page(visit)).into_response())
}

async fn cancel<C: Card>(
    key: &C,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Response, Failed> {
    visit.drop_draft(&key.path());
    others::done(key, page, visit, conn).await?;
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
            visit.drop_draft(&sent.mine.path());
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
    Ok(Redirect::to(&format!("{}?done=created", new.path())).into_response())
}

/// POST, by the page itself while it is open: what is new.
pub(crate) async fn live<C: Card>(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failed> {
    let mut sent = Sent::read(known::<C>(&id, &visit)?, posted);
    let page = &mut visit.page(&sent.holder, &sent.mine.path()).await;
    if !page.hears(sent.number) {
        // The page has sent something else since, which has come before it.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if let Some(before) = sent.posted().get("before") {
        page.follow(before);
    }
    if sent.is_edited() && !sent.is_damaged {
        // For whoever closes the tab.
        visit.keep_draft(&sent.mine.path(), sent.posted().clone());
    }
    let is_at_work = page.comes_back() || sent.posted().get("typed") == Some("yes");
    let wanted = sent.posted().get("wants").and_then(Wanted::of_button);
    let wanted = wanted.unwrap_or(Wanted::News { is_at_work });
    let conn = &mut visit.connection().await?;
    let gone = || Ok(news::gone_news(C::WORDS).into_response());
    let Some(row) = sent.mine.load_current(conn).await? else {
        return gone();
    };
    let (access, others) = match leased::access(&row, page, wanted, &visit, conn).await {
        Err(error) if error.is_missing() => return gone(),
        access => access?,
    };
    let Some(row) = behind(&access, row, conn).await? else {
        return gone();
    };
    let shown = sent.seen.as_deref().unwrap_or(&sent.token);
    let is_old = sent
        .mine
        .open_form_token(shown, &seal::<C>(&visit)?)
        .is_ok()
        && sent.mine.version() != row.version();
    let fields = if is_old {
        decide::compare(&sent.was, &sent.mine, &row)
    } else {
        Vec::new()
    };
    let others = Others {
        // A page about a conflict has said so.
        edits: others.edits.filter(|_| sent.seen.is_none()),
        ..others
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
    let page = &mut visit.page(&sent.holder, &key.path()).await;
    if page.hears(sent.number) {
        others::left(&key, page, &visit, &mut *visit.connection().await?).await?;
    }
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

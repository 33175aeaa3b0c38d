//! Who else is on the page of a row: one person edits (they have its lease), others look.
//!
//! On a card the lease only warns: whoever comes second may edit all the same, and the version decides. (An order is kept from
//! them, see `orders.rs`.)

use super::Card;
use crate::database::Connection;
use crate::people::{EditingPage, Visit};
use maud::{Markup, html};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::lease::{Lease, RowStatus};
use std::time::Duration;

/// How long the lease of a page lasts that was closed: long enough for the next page of the same tab.
pub(crate) const AFTER_CLOSING: Duration = Duration::from_secs(5);

/// Who is there beside the one who looks at the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Others {
    pub(crate) edits: Option<String>,
    pub(crate) look: Vec<String>,
}

impl Others {
    pub(crate) fn of(status: &RowStatus, me: &str) -> Self {
        let edits = status
            .lease
            .as_ref()
            .map(|lease| lease.owner.clone())
            .filter(|owner| owner != me);
        let mut look: Vec<String> = Vec::new();
        for viewer in &status.viewers {
            let is_known = viewer.who == me
                || edits.as_ref() == Some(&viewer.who)
                || look.contains(&viewer.who);
            if !is_known {
                look.push(viewer.who.clone());
            }
        }
        Self { edits, look }
    }
}

impl Others {
    /// For a list.
    pub(crate) fn badges(&self) -> Markup {
        html! {
            @if let Some(name) = &self.edits { span.badge.edits { (name) " edits" } " " }
            @for name in &self.look { span.badge.looks { (name) " looks" } " " }
        }
    }
}

/// The page is open, or still open: it takes the lease if nobody has it, and is shown as one that looks otherwise.
pub(crate) async fn here<C: Card>(
    row: &C,
    holder: &str,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Others, Error> {
    let (me, time) = (&visit.me.name, visit.app.options.lease);
    let people = &visit.app.people;
    if let Some(page) = people.page(holder, me) {
        let renewed = match Lease::resume(row, &page.token, time, conn).await {
            Ok(mut lease) => lease.renew(conn).await?.is_done(),
            Err(Error::LeaseLost(_)) => false,
            Err(error) => return Err(error),
        };
        if !renewed {
            people.drop_page(holder);
        }
    }
    if people.page(holder, me).is_none() {
        let is_free = row.lease_status(conn).await?.lease.is_none();
        match if is_free {
            Some(Lease::acquire(row, me, holder, time, conn).await)
        } else {
            None
        } {
            Some(Ok(lease)) => people.keep_page(holder, EditingPage::with(me, &lease.token())),
            None | Some(Err(Error::LeaseHeld(_))) => row.viewing(me, holder, time, conn).await?,
            Some(Err(error)) => return Err(error),
        }
    }
    Ok(Others::of(&row.lease_status(conn).await?, me))
}

/// The page is closed, or shows another one: its lease ends soon, so that the next page of the same tab can have it. It names
/// its holder, by which it ends no lease but its own.
pub(crate) async fn left<C: Card>(
    row: &C,
    holder: &str,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    let people = &visit.app.people;
    if let Some(page) = people.page(holder, &visit.me.name) {
        people.keep_page(
            holder,
            EditingPage {
                is_left: true,
                ..page.clone()
            },
        );
        match Lease::resume(row, &page.token, visit.app.options.lease, conn).await {
            Ok(mut lease) => {
                let _done_or_lost = lease.shorten(AFTER_CLOSING, conn).await?;
            }
            Err(Error::LeaseLost(_)) => people.drop_page(holder),
            Err(error) => return Err(error),
        }
    }
    stop_looking(row, holder, visit, conn).await
}

/// The work of the page is done: its lease ends at once.
pub(crate) async fn done<C: Card>(
    row: &C,
    holder: &str,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    let people = &visit.app.people;
    let page = people.page(holder, &visit.me.name);
    people.finish_page(holder);
    if let Some(page) = page {
        match Lease::resume(row, &page.token, visit.app.options.lease, conn).await {
            Ok(mut lease) => {
                let _done_or_lost = lease.release(conn).await?;
            }
            Err(Error::LeaseLost(_)) => {}
            Err(error) => return Err(error),
        }
    }
    stop_looking(row, holder, visit, conn).await
}

async fn stop_looking<C: Card>(
    row: &C,
    holder: &str,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    row.stop_viewing(&visit.me.name, holder, conn).await
}

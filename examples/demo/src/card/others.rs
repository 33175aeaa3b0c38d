//! Who else is on the page of a row: one person edits (they have its lease), others look.
//!
//! On a card the lease only warns: whoever comes second may edit all the same, and the version decides. (An order is kept from
//! them, see `orders.rs`.)

use super::Card;
use super::pages::{Held, OpenPage};
use crate::database::Connection;
use crate::people::Visit;
use maud::{Markup, html};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::lease::{Lease, RowStatus};
use std::time::Duration;
use uuid::Uuid;

/// How long the lease of a page lasts that was closed: long enough for the next page of the same tab.
const AFTER_CLOSING: Duration = Duration::from_secs(5);

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
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Others, Error> {
    let (me, time) = (&visit.me.name, visit.app.options.lease);
    if let Held::Now(token) = page.lease() {
        let renewed = match Lease::resume(row, token, time, conn).await {
            Ok(mut lease) => lease.renew(conn).await?.is_done(),
            Err(Error::LeaseLost(_)) => false,
            Err(error) => return Err(error),
        };
        if !renewed {
            page.set_lease(Held::Before);
        }
    }
    if !matches!(page.lease(), Held::Now(_)) {
        let lease = row.lease_status(conn).await?.lease;
        // After a reload it is still that of the page before.
        let is_free = lease.is_none_or(|lease| {
            lease.owner == *me && page.takes_over_from(&lease.holder, &visit.app.people.pages)
        });
        if is_free {
            match Lease::acquire(row, me, page.holder(), time, conn).await {
                Ok(lease) => page.set_lease(Held::Now(lease.token())),
                Err(Error::LeaseHeld(_)) => {} // somebody was faster
                Err(error) => return Err(error),
            }
        }
        show_looking(row, page, visit, conn).await?;
    }
    Ok(Others::of(&row.lease_status(conn).await?, me))
}

/// The page is shown to the others as one that looks, unless it has the lease.
pub(crate) async fn show_looking<C: Card>(
    row: &C,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    if matches!(page.lease(), Held::Now(_)) {
        return stop_looking(row, page, visit, conn).await;
    }
    page.look();
    let (me, time) = (&visit.me.name, visit.app.options.lease);
    row.viewing(me, page.holder(), time, conn).await
}

/// The page looks no more.
pub(crate) async fn stop_looking<C: Card>(
    row: &C,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    if page.stop_looking() {
        row.stop_viewing(&visit.me.name, page.holder(), conn)
            .await?;
    }
    Ok(())
}

/// The page is closed, or shows another one: its lease ends soon, so that the next page of the same tab can have it. It names
/// its holder, by which it ends no lease but its own.
pub(crate) async fn left<C: Card>(
    row: &C,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    page.leave();
    if let Held::Now(token) = page.lease() {
        match Lease::resume(row, token, visit.app.options.lease, conn).await {
            Ok(mut lease) => {
                let _done_or_lost = lease.shorten(AFTER_CLOSING, conn).await?;
            }
            Err(Error::LeaseLost(_)) => page.set_lease(Held::Before),
            Err(error) => return Err(error),
        }
    }
    stop_looking(row, page, visit, conn).await
}

/// The work of the page is done: its lease ends at once.
pub(crate) async fn done<C: Card>(
    row: &C,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    if let Held::Now(token) = page.lease() {
        match Lease::resume(row, token, visit.app.options.lease, conn).await {
            Ok(mut lease) => {
                let _done_or_lost = lease.release(conn).await?;
            }
            Err(Error::LeaseLost(_)) => {}
            Err(error) => return Err(error),
        }
        page.set_lease(Held::Before);
    }
    stop_looking(row, page, visit, conn).await
}

/// A new rendering takes the place of the page, under a name of its own, and the lease goes with it. What the page before still
/// says, and be it that it is closed, is then about a page that has nothing.
pub(crate) async fn hand_on<C: Card>(
    row: &C,
    page: &mut OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(), Error> {
    let mut next = visit.page(&Uuid::new_v4().to_string(), page.path()).await;
    let (me, time) = (&visit.me.name, visit.app.options.lease);
    next.set_lease(match page.lease() {
        Held::Now(token) => match Lease::resume(row, token, time, conn).await {
            Ok(_) => match Lease::acquire(row, me, next.holder(), time, conn).await {
                Ok(lease) => Held::Now(lease.token()),
                Err(Error::LeaseHeld(_)) => Held::Before, // it has ended just now
                Err(error) => return Err(error),
            },
            Err(Error::LeaseLost(_)) => Held::Before,
            Err(error) => return Err(error),
        },
        held => held.clone(),
    });
    page.set_lease(Held::Before);
    stop_looking(row, page, visit, conn).await?;
    *page = next;
    Ok(())
}

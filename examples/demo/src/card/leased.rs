//! A row that one person edits at a time: who has its lease can write, and nobody else.
//!
//! The lease is renewed by work: a page whose person types nothing lets it end, after a warning. **It replaces no version**:
//! `save_and_release` checks both, so that who has slept for longer than the lease overwrites nobody.

use super::others::{self, Others};
use super::pages::{Held, OpenPage};
use super::{Card, Words};
use crate::database::Connection;
use crate::people::Visit;
use optlock::diesel_async::prelude::*;
use optlock::lease::{Lease, LeaseStatus, RowStatus};
use optlock::{Error, Outcome};
use std::time::Duration;

/// What happens to the second person who opens such a row. Anybody can set it, because this is a demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Rule {
    /// They can read it until it is free.
    #[default]
    ReadOnly,
    /// They are told to come back.
    TurnAway,
    /// They can edit it: there are no leases, and the version alone decides.
    NoLeases,
}

impl Rule {
    pub(crate) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::ReadOnly, "read", "Show it to them, to read"),
        (Self::TurnAway, "away", "Turn them away"),
        (
            Self::NoLeases,
            "none",
            "Let them edit too: whoever saves second is told",
        ),
    ];

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known, _)| *known == name)
            .map(|(rule, ..)| rule)
    }
}

/// Whether a page may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// The row needs no lease.
    Open,
    /// The page has the lease.
    Mine {
        remaining: Duration,
        /// Who has asked for it.
        asked_by: Option<String>,
    },
    /// Somebody else has it.
    Theirs {
        owner: String,
        remaining: Duration,
        /// The one who looks at the page has asked for it.
        is_asked: bool,
    },
    /// The same person has it on another page.
    Elsewhere,
    /// Nobody has it: the page had it, and its time has ended.
    Ended,
}

impl Access {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Mine { .. })
    }

    fn of(status: &RowStatus, me: &str, holder: &str) -> Self {
        let Some(lease) = &status.lease else {
            return Self::Ended;
        };
        let asked_by = lease.wish.as_ref().map(|wish| wish.by.clone());
        if lease.owner != me {
            Self::Theirs {
                owner: lease.owner.clone(),
                remaining: lease.remaining,
                is_asked: asked_by.as_deref() == Some(me),
            }
        } else if lease.holder != holder {
            Self::Elsewhere
        } else {
            Self::Mine {
                remaining: lease.remaining,
                asked_by,
            }
        }
    }
}

/// What a page wants of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It is opened.
    Opening,
    /// It is open, and asks what is new. Somebody has typed since, or has come back to it.
    News { is_at_work: bool },
    /// More time, or the lease again after it has ended.
    Extend,
    /// The lease that the same person has on another page.
    Here,
    /// To leave the row to others.
    LetGo,
    /// To tell the holder that somebody waits.
    Ask,
    /// The lease, whoever has it: for administrators.
    Steal,
}

impl Wanted {
    /// What a button of the page wants.
    pub(crate) fn of_button(action: &str) -> Option<Self> {
        match action {
            "extend" => Some(Self::Extend),
            "here" => Some(Self::Here),
            "letgo" => Some(Self::LetGo),
            "ask" => Some(Self::Ask),
            "steal" => Some(Self::Steal),
            _ => None,
        }
    }
}

/// Do leases keep anybody from these rows at present?
pub(crate) fn is_needed<C: Card>(visit: &Visit) -> bool {
    keep_out(C::WORDS, visit)
}

/// [`is_needed`], of rows that are called so.
pub(super) fn keep_out(words: &Words, visit: &Visit) -> bool {
    words.is_leased && visit.app.rule() != Rule::NoLeases
}

/// Does what a page wants, and says what it may do then, and who else is there.
pub(crate) async fn access<C: Card>(
    row: &C,
    page: &mut OpenPage,
    wanted: Wanted,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<(Access, Others), Error> {
    if !is_needed::<C>(visit) {
        return Ok((Access::Open, others::here(row, page, visit, conn).await?));
    }
    let (me, time) = (&visit.me.name, visit.app.options.lease);
    if let Held::Now(token) = page.lease() {
        match Lease::resume(row, token, time, conn).await {
            // What has come of it is read below.
            Ok(mut lease) => match wanted {
                Wanted::News { is_at_work: true } | Wanted::Extend => {
                    drop(lease.renew(conn).await?)
                }
                Wanted::LetGo => drop(lease.release(conn).await?),
                _ => {}
            },
            Err(Error::LeaseLost(_)) => page.set_lease(Held::Before),
            Err(error) => return Err(error),
        }
    }
    let mut status = row.lease_status(conn).await?;
    if takes(wanted, status.lease.as_ref(), page, visit) {
        let taken = match wanted {
            Wanted::Steal if visit.me.is_admin => {
                Lease::steal(row, me, page.holder(), time, conn).await
            }
            _ => Lease::acquire(row, me, page.holder(), time, conn).await,
        };
        match taken {
            Ok(lease) => page.set_lease(Held::Now(lease.token())),
            Err(Error::LeaseHeld(_)) => {} // somebody was faster
            Err(error) => return Err(error),
        }
        status = row.lease_status(conn).await?;
    } else if wanted == Wanted::Ask {
        row.ask_for_lease(me, conn).await?;
        status = row.lease_status(conn).await?;
    }
    let access = Access::of(&status, me, page.holder());
    if !access.is_open() && *page.lease() != Held::Never {
        page.set_lease(Held::Before);
    }
    others::show_looking(row, page, visit, conn).await?;
    Ok((access, Others::of(&status, me)))
}

/// Does the page take the lease? One that waits takes it as soon as it is free. One that had it does not: its time has ended
/// because nobody typed, or it goes on elsewhere, so its person is asked first.
fn takes(wanted: Wanted, lease: Option<&LeaseStatus>, page: &OpenPage, visit: &Visit) -> bool {
    let had_it = *page.lease() != Held::Never;
    let Some(lease) = lease else {
        return match wanted {
            Wanted::Opening | Wanted::Extend | Wanted::Here | Wanted::Steal => true,
            Wanted::News { .. } | Wanted::Ask => !had_it,
            Wanted::LetGo => false,
        };
    };
    let is_mine = lease.owner == visit.me.name;
    if is_mine && lease.holder == page.holder() {
        // It has it. Only a program that was started anew has forgotten by what.
        return !matches!(page.lease(), Held::Now(_));
    }
    // After a reload, or a step back, the lease is still that of the page before.
    let is_free = || is_mine && page.takes_over_from(&lease.holder, &visit.app.people.pages);
    match wanted {
        Wanted::Opening | Wanted::Extend => is_free(),
        Wanted::News { .. } => !had_it && is_free(),
        Wanted::Here => is_mine,
        Wanted::Steal => visit.me.is_admin,
        Wanted::LetGo | Wanted::Ask => false,
    }
}

/// Saves the value and ends the lease, in one transaction. `None`: the page does not have the lease, and nothing was written.
pub(crate) async fn save<C: Card>(
    value: &mut C,
    page: &OpenPage,
    visit: &Visit,
    conn: &mut Connection,
) -> Result<Option<Outcome<C>>, Error> {
    let Held::Now(token) = page.lease() else {
        return Ok(None);
    };
    let mut lease = match Lease::resume(value, token, visit.app.options.lease, conn).await {
        Ok(lease) => lease,
        Err(Error::LeaseLost(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let outcome = match value.save_and_release(&mut lease, conn).await {
        Ok(()) => Outcome::Saved,
        Err(Error::LeaseLost(_)) => return Ok(None),
        Err(error) if error.is_missing() => Outcome::Missing,
        Err(error) if error.is_conflict() || error.is_behind() => {
            match value.load_current(conn).await? {
                Some(theirs) => Outcome::Changed(theirs),
                None => Outcome::Missing,
            }
        }
        Err(error) => return Err(error),
    };
    Ok(Some(outcome))
}

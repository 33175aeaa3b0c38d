//! Operations on the lease of a row, and the write that asks for it.

use super::client::{Client, Ending, Sent, Stopped};
use super::edit::Edit;
use super::held::Holds;
use super::session::{AnySession, Operates};
use super::step::Step;
use crate::history::{LeaseAnswer, LeaseKind, LeaseName, LossSeen, Row};
use crate::recorder::{Answered, LeasePart, Part, now};
use optlock::lease::{self, Lease};
use optlock::{Error, LeaseLoss};
use std::time::Duration;

/// Short, so that leases expire while others wait for them.
const TTL: Duration = Duration::from_millis(400);

impl Client {
    /// Clients of one owner share its leases: two of them are two pages of one person.
    fn owner(&self) -> String {
        format!("owner {}", self.number % 3)
    }

    pub(super) fn acquire<M: Holds>(&mut self, step: &Step, by_force: bool) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let Some(value) = self.value::<M>(step.key())? else {
            return Ok(());
        };
        let (owner, holder) = (self.owner(), format!("page {}", self.number));
        let (name, kind) = match by_force {
            false => ("acquire", LeaseKind::Acquire),
            true => ("steal", LeaseKind::Steal),
        };
        let row = value.row();
        let part = |lease, answer| LeasePart {
            row,
            kind,
            owner: owner.clone(),
            lease,
            answer,
        };
        let saw = |error: &Error| match error {
            Error::LeaseHeld(held) => {
                let by = LeaseAnswer::HeldBy {
                    owner: held.owner().to_owned(),
                };
                Answered::default().with_lease(part(None, by))
            }
            _ => Answered::default(),
        };
        let may_do = Answered::default().with_lease(part(None, LeaseAnswer::Unknown));
        let sent = Sent {
            saw: Some(&saw),
            ..Sent::writing(name, may_do).dropped_after(step.drop_after)
        };
        let ending = self.operate::<M, _>(
            sent,
            |session| match by_force {
                false => session.acquire(&value, &owner, &holder, TTL),
                true => session.steal(&value, &owner, &holder, TTL),
            },
            |lease| Answered::default().with_lease(part(Some(lease_name(lease)), held(lease))),
        )?;
        if let Ending::Done(lease) = ending {
            self.held.leases.insert(row, lease);
        }
        Ok(())
    }

    pub(super) fn renew<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped> {
        self.end_or_renew::<M>(step, "renew", LeaseKind::Renew, |session, lease| {
            session.renew(lease)
        })
    }

    pub(super) fn release<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped> {
        self.end_or_renew::<M>(step, "release", LeaseKind::Release, |session, lease| {
            session.release(lease)
        })
    }

    /// The row of the step if this client has its lease, and else one whose lease it has. By chance alone a step would
    /// seldom meet one.
    fn leased_row<M: Holds>(&self, step: &Step) -> Row {
        let row = super::tables::row::<M>(step.key());
        let mut leased = self.held.leases.keys().filter(|row| row.table == M::TABLE);
        match self.held.leases.contains_key(&row) {
            true => row,
            false => leased.next().copied().unwrap_or(row),
        }
    }

    fn end_or_renew<M: Holds>(
        &mut self,
        step: &Step,
        name: &'static str,
        kind: LeaseKind,
        act: impl FnOnce(&mut AnySession, &mut Lease) -> super::session::Answer<lease::LeaseAnswer>,
    ) -> Result<(), Stopped> {
        let row = self.leased_row::<M>(step);
        let Some(mut lease) = self.held.leases.remove(&row) else {
            return Ok(());
        };
        let part = part_of(row, kind, &lease);
        let may_do = Answered::default().with_lease(part(LeaseAnswer::Unknown));
        let ending = self.operate::<M, _>(
            Sent::writing(name, may_do).dropped_after(step.drop_after),
            |session| {
                let answer = match act(session, &mut lease)? {
                    lease::LeaseAnswer::Done if kind == LeaseKind::Renew => Some(held(&lease)),
                    lease::LeaseAnswer::Done => Some(LeaseAnswer::Done),
                    lease::LeaseAnswer::Lost(loss) => lost(&loss),
                };
                Ok(answer)
            },
            |answer| Answered::default().with_lease(answer.clone().map(part)),
        )?;
        match ending {
            Ending::Done(Some(LeaseAnswer::Held { .. })) | Ending::Refused(_) => {
                self.held.leases.insert(row, lease);
            }
            Ending::Done(_) | Ending::Unknown(..) => {}
        }
        Ok(())
    }

    pub(super) fn save_leased<M: Holds>(&mut self, step: &Step) -> Result<(), Stopped>
    where
        AnySession: Operates<M>,
    {
        let row = self.leased_row::<M>(step);
        let Some(lease) = self.held.leases.remove(&row) else {
            return self.acquire::<M>(step, false);
        };
        let step = &step.of_key(row.key as i32);
        // Of a value that is as stale as its lease only the version would be refused.
        let loaded = match step.keeps_stale {
            true => self.value::<M>(step.key())?,
            false => self.load::<M>(step.key())?,
        };
        let Some(loaded) = loaded else {
            return Ok(());
        };
        let mut value = loaded.clone();
        let edit = self.edit(step.columns);
        edit.apply(&mut value);
        let edited = value.clone();
        let part = part_of(row, LeaseKind::Write, &lease);
        let written =
            |version| Part::checked(row, loaded.known_version(), Edit::whole(&edited, version));
        let saw = |error: &Error| {
            let answer = match error {
                Error::LeaseLost(loss) => lost(loss.loss()),
                _ => None,
            };
            Answered::default().with_lease(answer.map(&part))
        };
        let may_do = Answered::from(written(None)).with_lease(part(LeaseAnswer::Unknown));
        let sent = Sent {
            saw: Some(&saw),
            ..Sent::writing("save_leased", may_do)
                .stamping(row, edit)
                .dropped_after(step.drop_after)
        };
        let ending = self.operate::<M, _>(
            sent,
            |session| {
                session.save_leased(&mut value, &lease)?;
                Ok(value.known_version())
            },
            |version| {
                Answered::from(written(Some(version.clone()))).with_lease(part(LeaseAnswer::Done))
            },
        )?;
        if let Ending::Done(_) = ending {
            M::of(&mut self.held).insert(step.key(), value);
        } else {
            self.unchanged("save_leased", &edited, &value);
            self.loads_again::<M, _>(step, &ending);
        }
        if !matches!(ending, Ending::Refused(Error::LeaseLost(_))) {
            self.held.leases.insert(row, lease);
        }
        Ok(())
    }
}

fn part_of(row: Row, kind: LeaseKind, lease: &Lease) -> impl Fn(LeaseAnswer) -> LeasePart + use<> {
    let (owner, name) = (lease.owner().to_owned(), lease_name(lease));
    move |answer| LeasePart {
        row,
        kind,
        owner: owner.clone(),
        lease: Some(name.clone()),
        answer,
    }
}

fn lease_name(lease: &Lease) -> LeaseName {
    LeaseName {
        id: lease.id().to_owned(),
        fence: lease.fence(),
        holder: lease.holder().to_owned(),
    }
}

/// The answer to an acquisition or a renewal, which has just come.
fn held(lease: &Lease) -> LeaseAnswer {
    let remaining = u64::try_from(lease.remaining().as_nanos()).unwrap_or(u64::MAX);
    LeaseAnswer::Held {
        until: now().saturating_add(remaining),
    }
}

/// Why it is lost, as far as the checker judges it.
fn lost(loss: &LeaseLoss) -> Option<LeaseAnswer> {
    let seen = match loss {
        LeaseLoss::Lapsed => LossSeen::Lapsed,
        LeaseLoss::TakenOver { by, .. } => LossSeen::TakenOver { by: by.clone() },
        LeaseLoss::NotHolder { .. } => LossSeen::NotHolder,
        _ => return None,
    };
    Some(LeaseAnswer::Lost(seen))
}

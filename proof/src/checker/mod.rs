//! Decides whether the answers of an epoch can have come from rows that are written one call after
//! another.
//!
//! # The question
//!
//! A history is *linearizable* (Herlihy and Wing, *Linearizability: a correctness condition for
//! concurrent objects*, 1990) if each call can be given one moment between its beginning and its
//! answer, so that the calls, in the order of these moments, find and make what they found and
//! made. The object is a row: a register with a version, two columns, compare-and-set, insert,
//! delete, and writes of one column. Linearizability is *local*: a history is linearizable if that
//! of each row is, so that rows are searched one by one (Horn and Kroening, *Faster linearizability
//! checking via P-compositionality*, 2015, say for which objects such a division is right).
//!
//! A call **without an answer** may take effect at any later moment of the epoch, or never. An
//! answer that says that nothing was done has no effect, whatever its reason: a conflict, a
//! deadlock, a serialization failure for no reason that a client can see.
//!
//! # The search
//!
//! Wing and Gong (*Testing and verifying concurrent objects*, 1993) try all orders: of the calls
//! that began before the first end that is left, one has to be next. If none can be, the search
//! goes back. Lowe (*Testing for linearizability*, 2017) adds the memory: a set of calls that led
//! to a state once leads to it always, and is not tried again. Beyond these two, so that calls
//! without an answer do not explode:
//!
//! - A read that finds what the row holds is put into the order at once, without a choice
//!   (`search::read_all`).
//! - A call without an answer whose write **was seen** has taken effect, at the latest then; and
//!   with it all that belonged to its operation, in other rows too (`sightings`). It is found by
//!   its stamp, which no other write has.
//! - Stamps and tokens that nobody saw are one stamp and one token (`state`), and of calls without
//!   an answer that do the same, only the first one is tried. So n of them make n states and not
//!   2^n.
//! - Calls that need not take effect are tried last.
//! - Where the call that ends first needs a version that cannot come any more, the search goes back
//!   (`search::can_go_on`).
//!
//! # Reads that may be old
//!
//! A read in a snapshot, on a replica or on a node of Galera that does not wait may find an old
//! state, but one that the row had. So it is a read that takes effect at some moment since the
//! state may be from, and not since it began; and those of one session on one node never go back
//! ([`Reading`](crate::history::Reading)). That the rows of one snapshot are of one moment is not
//! checked.
//!
//! # Rules beside it
//!
//! What is wrong in a simple way is reported simply, before the search: [`Rule`] lists it. All but
//! the rules of tokens and of leases follow from linearizability; they only say it better. The rules
//! of leases go by what the holders were told, and by their own clocks (`leases`).
//!
//! # What is not checked
//!
//! - What several rows look like at one moment, but that an operation takes effect in all its rows
//!   or in none.
//! - An integer version that comes again after a delete and an insert matches a value of the
//!   deleted row. For a register that is right, and it is accepted: UUID tokens are there for it.
//! - A failover that loses acknowledged writes. The epoch ends before it, and another one begins
//!   with what is left.
//! - How long a lease lasts at most, and that it is refused for a reason.
//!
//! [`Violation`] prints a history that was made shorter, in ways that keep the proof (`shrink`).

mod done;
mod events;
mod leases;
mod lost;
mod refused;
mod row;
mod search;
mod sets;
mod shrink;
mod sightings;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod violation;

pub use violation::{Rule, Violation};

use crate::history::Epoch;

/// What was checked, and found to be right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    pub rows: usize,
    /// Calls on rows, reads that may be old among them.
    pub calls: usize,
    /// Of these, calls without an answer.
    pub unknown: usize,
    /// Of these, calls that are known to have taken effect, because another client saw what they
    /// wrote.
    pub landed: usize,
    /// Calls on leases.
    pub lease_calls: usize,
    /// States that the search went on from.
    pub states: usize,
    /// States of the row that has the most.
    pub most_states: usize,
}

/// Decides whether an epoch is right.
///
/// # Errors
///
/// The first violation that is found.
pub fn check(epoch: &Epoch) -> Result<Checked, Violation> {
    let rows = sightings::rows(epoch);
    for history in &rows {
        refused::check(history, &epoch.refused)?;
        tokens::check(history)?;
        lost::check(history)?;
    }
    leases::check(epoch)?;
    let mut checked = Checked {
        rows: rows.len(),
        lease_calls: epoch.leases.len(),
        ..Checked::default()
    };
    for history in &rows {
        let found = search::search(history);
        if let Some(stuck) = found.stuck {
            let (short, stuck) = shrink::shrink(history, stuck);
            return Err(Violation::of_stuck(&short, &stuck));
        }
        let unanswered = history
            .steps
            .iter()
            .filter(|step| step.call.ended.is_none());
        checked.calls += history.steps.len();
        checked.unknown += unanswered.clone().count();
        checked.landed += unanswered.filter(|step| step.landed.is_some()).count();
        checked.states += found.states;
        checked.most_states = checked.most_states.max(found.states);
    }
    Ok(checked)
}

//! The lease of the first row: who edits it.
//!
//! A lease tells the second person before the work is done that a first one is at it. It ends by
//! itself, by the database's clock, so a holder that sleeps can be *late*: it believes in a lease
//! that another client has by now. A late holder must not write. For that each acquisition raises
//! the fence, a leased write asks for its own fence, and it keeps the row of the lease locked until
//! it has committed, so that nobody acquires the lease in between.

use crate::contents::ClientId;
use crate::protocol::Protocol;

/// The row of the table of leases. (optlock names a lease by a random id besides, because a
/// restored backup repeats a fence.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LeaseRow {
    pub holder: Option<ClientId>,
    pub fence: u8,
    pub is_expired: bool,
    locked_by: Option<ClientId>,
}

impl LeaseRow {
    /// Acquires the lease if nobody else has it, or by force. Returns the fence, and `None` inside
    /// if another client has the lease. `None`: the row is locked.
    pub fn take(
        &mut self,
        by: ClientId,
        by_force: bool,
        protocol: &Protocol,
    ) -> Option<Option<u8>> {
        if self.is_locked_by_another(by) {
            return None;
        }
        let is_free = self.is_expired || self.holder.is_none_or(|holder| holder == by);
        if !is_free && !by_force {
            return Some(None);
        }
        self.holder = Some(by);
        self.is_expired = false;
        if protocol.raises_the_fence {
            self.fence += 1;
        }
        Some(Some(self.fence))
    }

    /// Is the lease of this fence held? If so its row is locked. `None`: another client has locked
    /// it.
    pub fn lock(&mut self, by: ClientId, fence: u8, protocol: &Protocol) -> Option<bool> {
        if self.is_locked_by_another(by) {
            return None;
        }
        let is_held = self.fence == fence && self.holder.is_some() && !self.is_expired;
        if is_held && protocol.locks_the_lease {
            self.locked_by = Some(by);
        }
        Some(is_held)
    }

    /// The transaction that may have locked the row has ended.
    pub fn unlock(&mut self, by: ClientId) {
        self.locked_by.take_if(|locker| *locker == by);
    }

    /// Can the lease expire? The clock does not stop for a lock.
    pub fn can_expire(&self) -> bool {
        self.holder.is_some() && !self.is_expired
    }

    fn is_locked_by_another(&self, by: ClientId) -> bool {
        self.locked_by.is_some_and(|locker| locker != by)
    }
}

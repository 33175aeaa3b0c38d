//! The rules that make the protocol, each of which can be left out.
//!
//! [`Protocol::optlock`] keeps them all. A *naive variant* leaves one out, and
//! [`variants`](crate::variants) shows what it breaks.

use crate::token::Tokens;

/// The rules of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// How the table makes its versions.
    pub tokens: Tokens,
    /// A checked write is one statement, `UPDATE .. WHERE key = ? AND version = ?`. Without it: the
    /// version is read and compared, and then `UPDATE .. WHERE key = ?`.
    pub checks_in_the_write: bool,
    /// A forced write reads the version of the row, and gives the row the next one, by a checked
    /// write. Without it: `UPDATE .. WHERE key = ?` gives the row the next version of the value in
    /// memory.
    pub forces_at_the_found_version: bool,
    /// A merge takes each field from the side that has changed it. Without it: the version alone is
    /// taken over from the row, and the value in memory is written.
    pub merges_by_field: bool,
    /// When a transaction is rolled back, the values in memory are put back as they were before it.
    pub puts_values_back: bool,
    /// A batch is one transaction, which is rolled back if one row matched nothing.
    pub batches_in_a_transaction: bool,
    /// A connection on which a future was dropped is given up where its state is not known: where
    /// its driver takes an answer for that of the next statement, and where a transaction is open.
    pub gives_up_connections: bool,
    /// What became of a write whose answer was lost is asked by a read that locks, and so waits
    /// behind the write.
    pub resolves_by_a_locking_read: bool,
    /// Each acquisition of a lease raises its fence.
    pub raises_the_fence: bool,
    /// A leased write locks the row of the lease until it commits.
    pub locks_the_lease: bool,
}

impl Protocol {
    /// The protocol of optlock, on a table with these tokens.
    pub const fn optlock(tokens: Tokens) -> Self {
        Self {
            tokens,
            checks_in_the_write: true,
            forces_at_the_found_version: true,
            merges_by_field: true,
            puts_values_back: true,
            batches_in_a_transaction: true,
            gives_up_connections: true,
            resolves_by_a_locking_read: true,
            raises_the_fence: true,
            locks_the_lease: true,
        }
    }
}

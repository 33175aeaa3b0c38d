//! Diesel's API that is public but not documented, in one place. Each use says what would replace
//! it.

use diesel::connection::{Connection, TransactionManager};
use std::num::NonZeroU32;

/// How many of Diesel's transactions are open, or `None`. A raw `BEGIN` is not counted. Diesel
/// documents no other way to ask.
pub(crate) fn transaction_depth<C: Connection>(conn: &mut C) -> Option<NonZeroU32> {
    C::TransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth()
        .ok()
        .flatten()
}

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

/// Is the only open transaction that of `begin_test_transaction`? Diesel shows it by not calling a
/// pooled connection broken that is given back with it.
pub(crate) fn is_test_transaction<C: Connection>(conn: &mut C) -> bool {
    transaction_depth(conn) == Some(NonZeroU32::MIN)
        && !C::TransactionManager::is_broken_transaction_manager(conn)
}

/// Makes the connection one that Diesel begins no transaction on, and that a pool discards.
pub(crate) fn break_connection<C: Connection>(conn: &mut C) {
    C::TransactionManager::transaction_manager_status_mut(conn).set_in_error();
}

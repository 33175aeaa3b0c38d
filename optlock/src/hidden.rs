//! Diesel's API that is public but not documented, in one place. Each use says what would replace
//! it.

/// The columns of a key equal its values. Instead, [`find`](diesel::QueryDsl::find) would do, which asks for it too. But it
/// makes a whole query of it, and the compiler would make that query for each model.
pub(crate) use diesel::expression_methods::EqAll;

use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
#[cfg(feature = "lease")]
use diesel::{backend::Backend, query_builder::AstPass};
use std::num::NonZeroU32;

/// How many of Diesel's transactions are open, or `None`. A raw `BEGIN` is not counted. Diesel
/// documents no other way to ask.
#[inline]
pub(crate) fn transaction_depth(status: &TransactionManagerStatus) -> Option<NonZeroU32> {
    status.transaction_depth().ok().flatten()
}

/// Does Diesel refuse to begin a transaction, because it does not know what is open?
#[inline]
pub(crate) fn is_in_error(status: &TransactionManagerStatus) -> bool {
    matches!(status, TransactionManagerStatus::InError)
}

/// Makes the connection one that Diesel begins no transaction on, and that a pool discards.
pub(crate) fn set_in_error(status: &mut TransactionManagerStatus) {
    status.set_in_error();
}

/// Tells Diesel of a BEGIN or COMMIT that it did not send. Of a COMMIT a blocking connection to PostgreSQL knows already, and then
/// there is nothing to count down.
pub(crate) fn count_transaction(
    status: &mut TransactionManagerStatus,
    change: TransactionDepthChange,
) {
    if let TransactionManagerStatus::Valid(valid) = status {
        let _ = valid.change_transaction_depth(change);
    }
}

/// Makes a savepoint whose RELEASE fails be rolled back to, as a blocking connection to PostgreSQL asks for
/// after each error. diesel-async asks for it after serialization failures only.
#[cfg(feature = "async")]
pub(crate) fn set_rolls_back_failed_release(status: &mut TransactionManagerStatus, to: bool) {
    status.set_requires_rollback_maybe_up_to_top_level(to);
}

/// The database that a statement is written for. Diesel's `define_sql_function!` asks so; without it, each backend would
/// have to be made here.
#[cfg(feature = "lease")]
pub(crate) fn backend_of<'p, DB: Backend>(out: &'p AstPass<'_, '_, DB>) -> &'p DB {
    out.backend()
}

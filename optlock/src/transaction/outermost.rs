//! What commits by itself.

use crate::error::Error;
use crate::executes::{Executes, Wire};

/// Fails inside an open transaction, in which `what` would be committed later, or never. (That of Diesel's
/// `begin_test_transaction` does not count.)
pub(crate) fn refuse_transaction<X: Executes>(
    what: &'static str,
    conn: &mut Wire<'_, X>,
) -> Result<(), Error> {
    conn.check()?;
    if conn.depth().is_some() && !conn.is_test_transaction() {
        return Err(Error::AlreadyInTransaction { what });
    }
    Ok(())
}

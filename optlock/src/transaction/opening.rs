//! What a transaction sends at its beginning, and what an error before its COMMIT means.

use crate::backend::{Database, ErrorClass, classify, settle};
use crate::error::{Error, Lost, LostRow};
use diesel::result::Error as DieselError;

/// How a transaction begins, besides its `BEGIN`.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    /// A statement before it.
    pub(super) before: Option<String>,
    /// A statement after it.
    pub(super) first: Option<String>,
    /// SQLite's write lock.
    pub(super) immediate: bool,
    /// The body returns each error that it meets, so that the COMMIT need not be checked.
    pub(super) hides_no_error: bool,
    /// Rows that are locked before the body, in this order.
    pub(super) rows: Vec<LostRow>,
}

#[cfg(feature = "retry")]
impl Opening {
    /// From now on, locks these rows before the body.
    pub(crate) fn lock(&mut self, rows: Vec<LostRow>) {
        self.rows = rows;
    }

    /// Does it lock rows?
    pub(crate) fn locks_rows(&self) -> bool {
        !self.rows.is_empty()
    }
}

/// A connection that was lost before the outermost COMMIT was sent: nothing has landed.
pub(super) fn before_commit(error: DieselError, database: Option<Database>) -> DieselError {
    match classify(&error, database) {
        ErrorClass::ConnectionLost => Error::ConnectionLost(Lost::nothing_landed(error)).into(),
        _ => settle(error, database),
    }
}

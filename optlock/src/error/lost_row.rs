//! The row of a conflict, which a retry may lock.

use std::any::Any;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// What locks the row of a conflict in another transaction. Its type is that of a statement on one
/// database, of which an error does not know.
///
/// It holds the key and the scope of the row. `Debug` shows neither, and `==` ignores them.
#[derive(Clone)]
pub(crate) struct LostRow(Arc<dyn Any + Send + Sync>);

impl LostRow {
    pub(crate) fn new(lock: impl Any + Send + Sync) -> Self {
        Self(Arc::new(lock))
    }

    /// The lock, if it is one of that type.
    pub(crate) fn lock<L: Any>(&self) -> Option<&L> {
        self.0.downcast_ref()
    }
}

// Nothing can be changed through it.
impl UnwindSafe for LostRow {}
impl RefUnwindSafe for LostRow {}

impl PartialEq for LostRow {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for LostRow {}

impl fmt::Debug for LostRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LostRow").finish_non_exhaustive()
    }
}

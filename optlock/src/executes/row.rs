//! A row, as what sends sees it.

use crate::error::AnyRow;
use crate::statement::Walk;
use diesel::backend::Backend;

/// The query of a row, whatever its model and what is selected.
///
/// What explains zero rows is generic over it, and not over the model: with a blocking connection it is compiled
/// once for all models ([`Executes::Row`](super::Executes::Row)).
pub(crate) trait QueriedRow<DB: Backend> {
    /// The row in errors.
    fn named(&self) -> &dyn AnyRow;

    /// `SELECT .. FROM t WHERE key`
    fn query(&self) -> Box<dyn Walk<DB> + '_>;
}

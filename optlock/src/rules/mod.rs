//! What the test kit plays against a user's table: a list of rules for each assertion, and the checks of these.
//!
//! An entry of a list has the rule's name, what it means, and the check: a function that plays it in a savepoint
//! of its own and says what it has seen if it does not hold.

mod broken;
mod edited;
mod in_memory;
mod merging;
mod play;
mod rows;
mod scoping;
mod seen;
mod writes;

pub use broken::{Broken, BrokenRule};
pub use edited::{Merging, Scoping};

use crate::batch::{BatchDialect, Batches, SaveMany, SavedTogetherOn};
use crate::diff::Diff;
use crate::executes::{Executes, Wire};
use crate::operation::{DeletedOn, MergedOn, OfAll, ReadRow, SavedOn, TouchedOn};
use broken::Rule;
use play::{Play, play};

/// What the rules send can be sent.
pub(crate) trait PlayedOn<X: Executes>:
    Clone + SavedOn<X> + DeletedOn<X> + TouchedOn<X> + ReadRow<OfAll<Self>, X>
{
}

#[diagnostic::do_not_recommend]
impl<M, X: Executes> PlayedOn<X> for M where
    M: Clone + SavedOn<X> + DeletedOn<X> + TouchedOn<X> + ReadRow<OfAll<M>, X>
{
}

/// See [`assert_versioned`](crate::testing::assert_versioned).
pub(crate) async fn check_versioned<M, X>(model: &M, conn: &mut Wire<'_, X>) -> Result<(), Broken>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: PlayedOn<X> + SavedTogetherOn<X>,
{
    play!(model, (model, conn) {
        "clone", "a clone has the key, the scope and the version of its original", or stop
            => in_memory::clone;
        "version in memory", "`version` returns what `set_version` has set, which changes nothing else", or stop
            => in_memory::set_version;
        "next version", "`next_version` returns one that the value did not have before"
            => in_memory::next_version;
        "load", "the row, loaded, has the key, the scope and the version of the value"
            => rows::load;
        "something to save", "a save of the value writes its row", or stop
            => in_memory::has_changes;
        "rollback", "a rollback undoes a save, in the row and in memory", or stop
            => writes::rollback;
        "scope", "a save leaves the row in the scope of the model", or stop
            => writes::scope;
        "second save", "after a save memory has the version of the row, so that the next save succeeds"
            => writes::second_save;
        "lost update", "of two copies of one row the second is refused, and the row is as the first has saved it"
            => writes::lost_update;
        "stale delete", "a delete by a copy from before a save is refused, and the row stays"
            => writes::stale_delete;
        "touch", "a touch advances the version, in the row and in memory, and a stale one is refused"
            => writes::touch;
        "batch", "a batch advances the version, in the row and in memory, and names a copy that is stale"
            => writes::batch;
    })
}

/// See [`assert_scoped`](crate::testing::assert_scoped).
pub(crate) async fn check_scoped<M, X>(
    scoping: &Scoping<M>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Broken>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: PlayedOn<X> + SavedTogetherOn<X>,
{
    play!(scoping.model(), (scoping, conn) {
        "same key", "the edit leaves the key and the version as they are", or stop
            => scoping::same_key;
        "out of scope", "no operation finds a row that is out of the scope of the value"
            => scoping::out_of_scope;
    })
}

/// See [`assert_merges`](crate::testing::assert_merges).
pub(crate) async fn check_merges<M, X>(
    merging: &Merging<M>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Broken>
where
    X: Executes,
    M: SavedOn<X> + MergedOn<X> + Diff + Clone,
{
    play!(merging.base(), (merging, conn) {
        "two edits", "the two edits change different fields, and nothing else", or stop
            => merging::two_edits;
        "merge", "a merge keeps the fields of both, in the row and in memory"
            => merging::merge;
    })
}

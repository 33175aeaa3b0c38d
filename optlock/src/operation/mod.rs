//! What can be done with a versioned value: a file for each operation, and what they share.

mod advance;
mod around;
mod attempt;
mod check;
mod current;
mod delete;
mod effect;
mod explain;
mod force;
mod generated;
#[cfg(feature = "http")]
mod if_match;
mod lock;
mod lost_row;
mod merged;
mod moving;
mod needs;
mod read;
mod save;
mod save_changed;
mod save_unchanged;
mod touch;
mod uncommitted;
mod upsert;
mod write;

pub(crate) use advance::Before;
pub(crate) use attempt::IsAttempt;
pub use attempt::{Attempt, LostAttempt, Resolved};
pub(crate) use attempt::{resolve, save_attempt};
pub(crate) use check::{check_current, lock_checked};
pub use current::Refreshed;
pub(crate) use current::{is_as_stored, load_current, load_row, refresh};
#[cfg(feature = "lease")]
pub(crate) use delete::{Deletion, SendDelete};
pub(crate) use delete::{delete_checked, force_delete};
pub use effect::Saved;
#[cfg(feature = "lease")]
pub(crate) use effect::read_failed;
pub(crate) use effect::{ZeroRows, check_generated, failed, unread};
pub(crate) use explain::{is_same, look, newest, spelling_of};
pub(crate) use force::{force_save, force_save_followed};
#[cfg(feature = "http")]
pub(crate) use if_match::{Admitted, delete_if, save_if, touch_if};
#[cfg(feature = "fingerprint")]
pub(crate) use lock::{lock_row, lock_row_unversioned};
pub(crate) use lost_row::keep_row;
pub(crate) use merged::{AfterMerge, is_base, save_merged, save_or_merge};
#[cfg(feature = "lease")]
pub(crate) use moving::{MakeUpdate, Moving, SendUpdate};
pub(crate) use needs::{
    ChangesSavedOn, DeletedByForceOn, DeletedOn, MergedOn, SavedOn, SavedOrLoadedOn,
    SavedUnchangedOn, TouchedOn, UpsertedOn,
};
#[cfg(feature = "fingerprint")]
pub(crate) use read::ReadUnversioned;
pub(crate) use read::{OfAll, OfVersion, ReadRow, SelectRow, row_lock};
#[cfg(feature = "lease")]
pub(crate) use save::Nobody;
pub use save::Outcome;
pub(crate) use save::{Follow, FollowMerge, save, save_checked, save_or_load, save_or_read};
pub(crate) use save_changed::save_columns;
pub(crate) use save_unchanged::save_unchanged;
pub(crate) use touch::{touch, touch_checked};
#[cfg(feature = "lease")]
pub(crate) use uncommitted::Uncommitted;
pub use upsert::Upserted;
pub(crate) use upsert::{upsert, upsert_checked};
#[cfg(feature = "lease")]
pub(crate) use write::write_or_fail;

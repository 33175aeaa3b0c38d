//! What can be done with a versioned value: a file for each operation, and what they share.

mod advance;
mod check;
mod current;
mod delete;
mod effect;
mod explain;
mod force;
mod merged;
mod needs;
mod read;
mod save;
mod save_changed;
mod save_unchanged;
mod touch;

pub(crate) use advance::Advance;
pub use check::{CheckCurrent, Lock};
pub(crate) use current::is_as_stored;
pub use current::{LoadCurrent, Refresh, Refreshed};
pub use delete::{Delete, ForceDelete};
pub(crate) use effect::{ZeroRows, failed};
pub(crate) use explain::respelled;
pub use force::ForceSave;
pub use merged::SaveMerged;
pub(crate) use merged::{AfterMerge, is_base};
pub(crate) use read::{OfVersion, ReadRow, newest};
pub use save::{Outcome, Save, SaveOrLoad, Saved};
pub use save_changed::SaveChanged;
pub use save_unchanged::SaveUnchanged;
pub use touch::Touch;

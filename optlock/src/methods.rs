//! The bounds of the operations, for generic code: `fn archive<M: methods::Save<C>, C>(..)`.
//!
//! Name them by their path and do not import them: their methods have the names of
//! [`VersionedDsl`]'s, and with both in scope the compiler does not choose.
//!
//! As in Diesel's `query_dsl::methods`, users call [`VersionedDsl`]; these traits are implemented
//! for every model that has what the operation needs.
//!
//! [`VersionedDsl`]: crate::VersionedDsl

pub use crate::batch::delete_all::DeleteAll;
pub use crate::batch::save_all::SaveAll;
pub use crate::batch::save_each::SaveEach;
pub use crate::operation::{
    CheckCurrent, Delete, ForceDelete, ForceSave, LoadCurrent, Lock, Refresh, Save, SaveChanged,
    SaveMerged, SaveOrLoad, SaveUnchanged, Touch,
};

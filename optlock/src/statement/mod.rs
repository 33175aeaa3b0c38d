//! The statements that optlock sends, as Diesel query fragments.
//!
//! They are types of our own because `diesel::update` prepares anew at each call: Diesel cannot
//! know that the text of a changeset is always the same. The derive can, and says so through
//! [`StatementText`].
//!
//! [`diesel::debug_query`] shows them:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
//! # fn main() {
//! use diesel::sqlite::Sqlite;
//! use optlock::statement::CheckedStatements;
//!
//! let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 4 };
//! assert_eq!(
//!     diesel::debug_query::<Sqlite, _>(&ann.checked_update(3)).to_string(),
//!     "UPDATE `contacts` SET `name` = ?, `email` = ?, `version` = ? \
//!      WHERE (`contacts`.`id` = ?) AND (`contacts`.`version` = ?) \
//!      -- binds: [\"Ann\", None, 4, 1, 3]"
//! );
//! assert_eq!(
//!     diesel::debug_query::<Sqlite, _>(&ann.checked_delete(3)).to_string(),
//!     "DELETE FROM `contacts` WHERE (`contacts`.`id` = ?) AND (`contacts`.`version` = ?) \
//!      -- binds: [1, 3]"
//! );
//! assert_eq!(
//!     diesel::debug_query::<Sqlite, _>(&ann.checked_touch(3)).to_string(),
//!     "UPDATE `contacts` SET `version` = ? \
//!      WHERE (`contacts`.`id` = ?) AND (`contacts`.`version` = ?) \
//!      -- binds: [4, 1, 3]"
//! );
//! assert_eq!(
//!     diesel::debug_query::<Sqlite, _>(&ann.forced_delete()).to_string(),
//!     "DELETE FROM `contacts` WHERE (`contacts`.`id` = ?) -- binds: [1]"
//! );
//! # }
//! ```

mod assignment;
mod beside;
mod builder;
pub(crate) mod bump;
pub(crate) mod by_column;
pub(crate) mod changeset;

mod delete;
mod embedded;
mod erased;
mod has_version;
mod insert;
#[cfg(feature = "async")]
mod kept;
mod kept_text;
#[cfg(feature = "lease")]
mod leased;
mod lock_mode;
mod partial;
mod read;
mod returning;
mod row;
mod row_lock;
#[cfg(debug_assertions)]
mod same_text;
mod table_name;
mod update;
mod write;
mod write_lock;

pub use crate::text::{ByText, Fixed, FixedText, StatementText, Varying};
pub use assignment::{Assign, AssignSome, Assignment, OptionalAssignment, assign, assign_some};
#[doc(hidden)]
pub use beside::Beside;
pub use delete::DeleteStatement;
#[doc(hidden)]
pub use embedded::WithEmbedded;
pub(crate) use erased::{Erased, Walk};
pub(crate) use insert::InsertStatements;
pub use insert::{InsertedValues, InsertsVersion};
#[cfg(feature = "async")]
pub(crate) use kept::Kept;
#[cfg(feature = "lease")]
pub(crate) use leased::{CompletedName, LeaseKey, LeasedStatements, decides_in_one_statement};
pub(crate) use lock_mode::LockMode;
pub use partial::{Assignments, PartialChangeset, PartialUpdate, WrittenColumns};
pub(crate) use read::RowQuery;
pub(crate) use returning::UNMOVED;
pub(crate) use row::{FoundBy, Row, RowInScope, WalkRow, WalkVersionedRow};
pub(crate) use row_lock::RowLock;
pub(crate) use table_name::TableName;
pub use update::CheckedUpdate;
pub use write::CheckedStatements;
pub(crate) use write::UpdateRow;
pub(crate) use write_lock::WriteLock;

//! All that generated code may name, handed on. Not part of the public API.

pub use crate::backend::mysql_keeps;
pub use crate::columns::StoredIn;
pub use crate::diff::{Comparable, Listed, Unlisted, lists, share};
#[cfg(feature = "fingerprint")]
pub use crate::fingerprint::{DifferingParts, VersionOf, WithoutVersion};
pub use crate::identity::{is_identifiable, is_primary_key};
pub use crate::stamp::{next_timestamp, now, stamp};
pub use crate::statement::by_column::{SetByColumn, ValueIn, are_fixed, value};
pub use crate::statement::changeset::{
    BorrowedChangeset, ByColumn, ChangesetFrom, DerivedChangeset, OwnedChangeset, Parts, Whole,
};
pub use crate::statement::{Beside, WithEmbedded};
pub use diesel::dsl::SqlTypeOf;
pub use diesel::query_builder::{AsChangeset, AstPass};
pub use diesel::query_source::Column;
pub use diesel::result::QueryResult;

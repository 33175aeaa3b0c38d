//! What an operation needs of the database, under one name each.
//!
//! The impl of an operation (`methods`) asks for the connection and for the changeset first, each by a
//! trait with a message of its own. What is left can only fail because of the type of a field, often in several
//! places at once; under one name, the compiler reports it once, with the message of the operation.
//!
//! Of several bounds that fail for one reason, the compiler reports the one that it comes to first.
//! `VersionedChangeset<'a, Changeset: Sized>` in the impls makes it look at the changeset at once.

use super::read::{OfAll, OfVersion, OfVersionAnd, ReadRow, ReadUnversioned};
use crate::executes::{Execute, ExecuteUpdate, Executes};
use crate::statement::{CheckedStatements, InsertStatements, PartialUpdate, UpdateRow};
use crate::token::Unstored;
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;

macro_rules! needs {
    ($(#[$doc:meta])* $name:ident<X $(, $T:ident)?>: $($needs:tt)+) => {
        $(#[$doc])*
        pub(crate) trait $name<X: Executes $(, $T)?>: $($needs)+ {}

        #[diagnostic::do_not_recommend]
        impl<M, X: Executes $(, $T)?> $name<X $(, $T)?> for M where M: $($needs)+ {}
    };
}

needs! {
    /// The checked update can be sent.
    UpdatedOn<X>: Versioned + for<'a> CheckedStatements<'a, Self::Version, Update: ExecuteUpdate<X>>
}

needs! {
    /// See [`Save`](crate::methods::Save).
    SavedOn<X>: UpdatedOn<X> + ReadRow<OfVersion, X>
}

needs! {
    /// See [`SaveOrLoad`](crate::methods::SaveOrLoad).
    SavedOrLoadedOn<X, T>: UpdatedOn<X> + ReadRow<OfVersionAnd<T>, X>
}

needs! {
    /// See [`SaveMerged`](crate::methods::SaveMerged).
    MergedOn<X>: UpdatedOn<X> + ReadRow<OfAll<Self>, X>
}

needs! {
    /// See [`SaveChanged`](crate::methods::SaveChanged).
    ChangesSavedOn<X>: Versioned
        + ReadRow<OfVersion, X>
        + for<'a> CheckedStatements<'a, Self::Version, Update: PartialUpdate<Partial: ExecuteUpdate<X>>>
}

needs! {
    /// See [`Touch`](crate::methods::Touch).
    TouchedOn<X>: Versioned
        + ReadRow<OfVersion, X>
        + for<'a> CheckedStatements<'a, Self::Version, Touch: ExecuteUpdate<X>>
}

needs! {
    /// See [`Upsert`](crate::methods::Upsert).
    UpsertedOn<X>: SavedOn<X>
        + Versioned<Version: Unstored>
        + for<'a> InsertStatements<'a, Skipping: Execute<X>, Failing: Execute<X>>
}

needs! {
    /// See [`Delete`](crate::methods::Delete).
    DeletedOn<X>: Versioned
        + ReadRow<OfVersion, X>
        + for<'a> CheckedStatements<'a, Self::Version, Delete: Execute<X>>
}

needs! {
    /// See [`ForceDelete`](crate::methods::ForceDelete).
    DeletedByForceOn<X>: Versioned
        + ReadRow<OfVersion, X>
        + for<'a> CheckedStatements<'a, Self::Version, ForcedDelete: Execute<X>>
}

needs! {
    /// See [`SaveUnchanged`](crate::methods::SaveUnchanged).
    SavedUnchangedOn<X>: Unversioned + ReadUnversioned<X> + for<'a> UpdateRow<'a, Update: Execute<X>>
}

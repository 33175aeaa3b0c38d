//! What an operation needs of the database, under one name each.
//!
//! The impl of an operation (`methods`) asks for the connection and for the changeset first, each by a
//! trait with a message of its own. What is left can only fail because of the type of a field, often in several
//! places at once; under one name, the compiler reports it once, with the message of the operation.
//!
//! Of several bounds that fail for one reason, the compiler reports the one that it comes to first.
//! `VersionedChangeset<'a, Changeset: Sized>` in the impls makes it look at the changeset at once.

use super::read::{OfVersion, OfVersionAnd, ReadRow, ReadUnversioned};
use crate::executes::Execute;
use crate::statement::{CheckedStatements, PartialUpdate, UpdateRow};
use crate::unversioned::Unversioned;
use crate::versioned::Versioned;

macro_rules! needs {
    ($(#[$doc:meta])* $name:ident<$($C:ident),+>: $($needs:tt)+) => {
        $(#[$doc])*
        pub trait $name<$($C),+>: $($needs)+ {}

        #[diagnostic::do_not_recommend]
        impl<M, $($C),+> $name<$($C),+> for M where M: $($needs)+ {}
    };
}

needs! {
    /// See [`Save`](crate::methods::Save).
    SavedOn<C>: Versioned
        + ReadRow<OfVersion, C>
        + for<'a> CheckedStatements<'a, Self::Version, Update: Execute<C>>
}

needs! {
    /// See [`SaveOrLoad`](crate::methods::SaveOrLoad).
    SavedOrLoadedOn<C, T>: Versioned
        + ReadRow<OfVersionAnd<T>, C>
        + for<'a> CheckedStatements<'a, Self::Version, Update: Execute<C>>
}

needs! {
    /// See [`SaveChanged`](crate::methods::SaveChanged).
    ChangesSavedOn<C>: Versioned
        + ReadRow<OfVersion, C>
        + for<'a> CheckedStatements<'a, Self::Version, Update: PartialUpdate<Partial: Execute<C>>>
}

needs! {
    /// See [`Touch`](crate::methods::Touch).
    TouchedOn<C>: Versioned
        + ReadRow<OfVersion, C>
        + for<'a> CheckedStatements<'a, Self::Version, Touch: Execute<C>>
}

needs! {
    /// See [`Delete`](crate::methods::Delete).
    DeletedOn<C>: Versioned
        + ReadRow<OfVersion, C>
        + for<'a> CheckedStatements<'a, Self::Version, Delete: Execute<C>>
}

needs! {
    /// See [`ForceDelete`](crate::methods::ForceDelete).
    DeletedByForceOn<C>: Versioned
        + ReadRow<OfVersion, C>
        + for<'a> CheckedStatements<'a, Self::Version, ForcedDelete: Execute<C>>
}

needs! {
    /// See [`SaveUnchanged`](crate::methods::SaveUnchanged).
    SavedUnchangedOn<C>: Unversioned + ReadUnversioned<C> + for<'a> UpdateRow<'a, Update: Execute<C>>
}

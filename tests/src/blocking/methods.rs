//! The traits of [`optlock::methods`], for generic cases. Each is there where the async one is.

use super::block_on;
pub use optlock::diesel_async::methods::{AcquireLease, DeleteLeased, LookUpLease, SaveLeased};
use optlock::diesel_async::{
    self as waiting, AttemptDsl, ConditionalDsl, ResolveDsl, TrackedDsl, UnversionedDsl,
    VersionedDsl, VersionedSliceDsl,
};
use optlock::http::{Failure, IfMatch};
use optlock::{
    Attempt, Diff, Error, Field, LostAttempt, Outcome, Refreshed, Resolved, Saved, Tracked,
    Unversioned, Upserted, Versioned,
};

/// A trait, and its impl by the async trait of its name.
macro_rules! operations {
    ($(
        trait $Operation:ident<C $(, $T:ident = Self)?>: $Super:path $(, $Also:path)? {
            $(
                fn $method:ident($subject:ident: $Subject:ty $(, $argument:ident: $type:ty)?) -> $result:ty
                    $(where $($where:path),+)? = $operation:path;
            )+
        }
    )+) => {$(
        pub trait $Operation<C $(, $T = Self)?>: $Super $(+ $Also)? + Sized {
            $(
                fn $method($subject: $Subject, $($argument: $type,)? conn: &mut C) -> $result
                $(where Self: $($where +)+)?;
            )+
        }

        impl<M, C $(, $T)?> $Operation<C $(, $T)?> for M
        where
            M: waiting::methods::$Operation<C $(, $T)?> + $Super $(+ $Also)?,
        {
            $(
                fn $method($subject: $Subject, $($argument: $type,)? conn: &mut C) -> $result
                $(where Self: $($where +)+)?
                {
                    block_on($operation($subject, $($argument,)? conn))
                }
            )+
        }
    )+};
}

operations! {
    trait Save<C>: Versioned {
        fn save_checked(self: &mut Self) -> Result<(), Error>
            = VersionedDsl::save_checked;
        fn save_attempt(attempt: &mut Attempt<'_, Self>) -> Result<Saved, Error>
            = AttemptDsl::save_checked;
        fn save_tracked(tracked: &mut Tracked<Self>) -> Result<Saved, Error> where Diff, Clone = TrackedDsl::save_checked;
    }

    trait SaveOrLoad<C, T = Self>: Versioned {
        fn save_or_load(self: &mut Self) -> Result<Outcome<T>, Error>
            = VersionedDsl::save_or_load_as;
        fn save_or_load_tracked(tracked: &mut Tracked<Self>) -> Result<Outcome<T>, Error>
            where Diff, Clone = TrackedDsl::save_or_load_as;
    }

    trait SaveMerged<C>: Versioned, Diff {
        fn save_merged(self: &mut Self, base: &Self) -> Result<Vec<Field>, Error>
            = VersionedDsl::save_merged;
        fn save_merged_tracked(tracked: &mut Tracked<Self>) -> Result<Vec<Field>, Error> where Clone = TrackedDsl::save_merged;
    }

    trait SaveChanged<C>: Versioned, Diff {
        fn save_changed_tracked(tracked: &mut Tracked<Self>) -> Result<Saved, Error> where Clone = TrackedDsl::save_changed;
    }

    trait SaveUnchanged<C>: Unversioned, Diff {
        fn save_unchanged_tracked(tracked: &mut Tracked<Self>) -> Result<Saved, Error> where Clone = UnversionedDsl::save_unchanged;
    }

    trait ForceSave<C>: Versioned {
        fn force_save(self: &mut Self) -> Result<(), Error>
            = VersionedDsl::force_save;
        fn force_save_tracked(tracked: &mut Tracked<Self>) -> Result<(), Error> where Diff, Clone = TrackedDsl::force_save;
    }

    trait Upsert<C>: Versioned {
        fn upsert_checked(self: &mut Self) -> Result<Upserted, Error>
            = VersionedDsl::upsert_checked;
        fn upsert_tracked(tracked: &mut Tracked<Self>) -> Result<Upserted, Error> where Diff, Clone = TrackedDsl::upsert_checked;
    }

    trait Touch<C>: Versioned {
        fn touch_checked(self: &mut Self) -> Result<(), Error>
            = VersionedDsl::touch_checked;
        fn touch_tracked(tracked: &mut Tracked<Self>) -> Result<(), Error>
            = TrackedDsl::touch_checked;
    }

    trait SaveIfMatch<C>: Versioned {
        fn save_if_match(self: &mut Self, if_match: &IfMatch) -> Result<(), Failure>
            = ConditionalDsl::save_if_match;
    }

    trait TouchIfMatch<C>: Versioned {
        fn touch_if_match(self: &mut Self, if_match: &IfMatch) -> Result<(), Failure>
            = ConditionalDsl::touch_if_match;
    }

    trait DeleteIfMatch<C>: Versioned {
        fn delete_if_match(self: &Self, if_match: &IfMatch) -> Result<(), Failure>
            = ConditionalDsl::delete_if_match;
    }

    trait Delete<C>: Versioned {
        fn delete_checked(self: &Self) -> Result<(), Error>
            = VersionedDsl::delete_checked;
    }

    trait ForceDelete<C>: Versioned {
        fn force_delete(self: &Self) -> Result<bool, Error>
            = VersionedDsl::force_delete;
    }

    trait CheckCurrent<C>: Versioned {
        fn check_current(self: &Self) -> Result<(), Error>
            = VersionedDsl::check_current;
    }

    trait LockRow<C>: Versioned {
        fn lock_checked(self: &Self) -> Result<(), Error>
            = VersionedDsl::lock_checked;
    }

    trait LoadCurrent<C, T = Self>: Versioned {
        fn load_current(self: &Self) -> Result<Option<T>, Error>
            = VersionedDsl::load_current_as;
    }

    trait Refresh<C>: Versioned, PartialEq {
        fn refresh(self: &mut Self) -> Result<Refreshed<Self>, Error>
            = VersionedDsl::refresh;
        fn refresh_tracked(tracked: &mut Tracked<Self>) -> Result<Refreshed<Self>, Error> where Clone = TrackedDsl::refresh;
    }

    trait Resolve<C>: Versioned, Diff {
        fn resolve(lost: &mut LostAttempt<'_, Self>) -> Result<Resolved<Self>, Error>
            = ResolveDsl::resolve;
        fn resolve_attempt(attempt: &mut Attempt<'_, Self>) -> Result<Resolved<Self>, Error>
            = ResolveDsl::resolve;
    }

    trait SaveAll<C>: Versioned {
        fn save_all_checked(models: &mut [Self]) -> Result<(), Error>
            = VersionedSliceDsl::save_all_checked;
    }

    trait DeleteAll<C>: Versioned {
        fn delete_all_checked(models: &[Self]) -> Result<(), Error>
            = VersionedSliceDsl::delete_all_checked;
    }

    trait SaveEach<C>: Versioned {
        fn save_each_checked(models: &mut [Self]) -> Vec<Result<(), Error>>
            = VersionedSliceDsl::save_each_checked;
    }
}

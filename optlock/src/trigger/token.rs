//! Which versions a trigger can advance.

use crate::token::VersionToken;

/// A version that a trigger can advance: an integer, to which it adds 1, or an `Option` of one.
///
/// A newtype of an integer can be one too, if [`next`](VersionToken::next) adds 1:
///
/// ```
/// # use optlock::{TriggerToken, VersionToken};
/// # #[derive(Debug, Clone, Copy, PartialEq)]
/// # struct Revision(i64);
/// # impl VersionToken for Revision {
/// #     fn first() -> Self { Revision(1) }
/// #     fn next(&self) -> Option<Self> { self.0.checked_add(1).map(Revision) }
/// #     fn encode(&self) -> String { self.0.encode() }
/// #     fn decode(text: &str) -> Option<Self> { i64::decode(text).map(Revision) }
/// # }
/// impl TriggerToken for Revision {
///     const MAXIMUM: u64 = i64::MAX as u64;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a trigger cannot advance a version of type `{Self}`",
    label = "not an integer",
    note = "a trigger adds 1 to a version that another writer left alone: use an integer (`i64` is the best choice), or an `Option` of one",
    note = "for a newtype of an integer, implement `optlock::TriggerToken`"
)]
pub trait TriggerToken: VersionToken {
    /// The last version of the type, after which the trigger refuses a write.
    const MAXIMUM: u64;
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl TriggerToken for $integer {
            const MAXIMUM: u64 = <$integer>::MAX as u64;
        }

        impl TriggerToken for Option<$integer> {
            const MAXIMUM: u64 = <$integer>::MAX as u64;
        }
    )*};
}

integers!(i16 i32 i64 u16 u32 u64);

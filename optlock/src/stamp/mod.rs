//! The audit stamp beside a version: when was the row last written?

mod derived;

pub use derived::{next_timestamp, now, stamp};

use std::fmt;

/// The field of a model that holds its audit stamp, borrowed for a write. See
/// [`Versioned::stamp`](crate::Versioned::stamp).
pub struct Stamp<'m> {
    #[cfg(feature = "chrono")]
    field: &'m mut dyn AuditStamp,
    #[cfg(feature = "chrono")]
    next: with_chrono::Next,
    /// Without `chrono` there is no type that a stamp could have.
    #[cfg(not(feature = "chrono"))]
    never: std::marker::PhantomData<(&'m mut (), std::convert::Infallible)>,
}

/// What a stamp was before a write moved it on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamped(#[cfg(feature = "chrono")] Option<chrono::NaiveDateTime>);

impl fmt::Debug for Stamp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stamp").finish_non_exhaustive()
    }
}

#[cfg(not(feature = "chrono"))]
impl Stamp<'_> {
    pub(crate) fn advance(self, _keeps: crate::backend::Keeps) -> Stamped {
        Stamped()
    }

    pub(crate) fn restore(self, _before: Stamped) {}
}

#[cfg(feature = "chrono")]
pub use with_chrono::AuditStamp;

#[cfg(feature = "chrono")]
mod with_chrono {
    use super::{Stamp, Stamped};
    use crate::backend::Keeps;
    use crate::token::Precision;
    use crate::token::timestamp::{Timestamp, cut, next, sealed};
    use chrono::{DateTime, NaiveDateTime, Utc};
    use diesel::dsl::SqlTypeOf;
    use diesel::query_source::Column;
    use diesel::sql_types::SqlType;
    use std::any::TypeId;

    /// The type of an audit stamp: `chrono::NaiveDateTime` (taken as UTC), `chrono::DateTime<Utc>`,
    /// or an `Option` of them.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use optlock::{Precision, Stamp};
    ///
    /// diesel::table! {
    ///     notes {
    ///         id -> Integer,
    ///         updated_on -> Nullable<Timestamptz>,
    ///     }
    /// }
    ///
    /// // What an impl of `Versioned` by hand returns from `stamp`:
    /// struct Note {
    ///     updated_on: Option<DateTime<Utc>>,
    /// }
    /// impl Note {
    ///     fn stamp(&mut self) -> Option<Stamp<'_>> {
    ///         Some(Stamp::new::<notes::updated_on>(&mut self.updated_on, Precision::Micros, Utc::now))
    ///     }
    /// }
    /// # assert!(Note { updated_on: None }.stamp().is_some());
    /// ```
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be an audit stamp",
        label = "not a timestamp that optlock can write",
        note = "use `chrono::NaiveDateTime` or `chrono::DateTime<chrono::Utc>`, or an `Option` of one"
    )]
    pub trait AuditStamp: sealed::Sealed {
        /// The time in UTC, if there is one.
        fn utc(&self) -> Option<NaiveDateTime>;

        /// Sets the time, given in UTC. `None` is only set where [`utc`](Self::utc) has returned
        /// it.
        fn set_utc(&mut self, time: Option<NaiveDateTime>);
    }

    macro_rules! audit_stamp {
        ($($timestamp:ty)*) => {$(
            impl AuditStamp for $timestamp {
                fn utc(&self) -> Option<NaiveDateTime> {
                    Some(self.utc_time())
                }

                fn set_utc(&mut self, time: Option<NaiveDateTime>) {
                    if let Some(time) = time {
                        *self = <$timestamp>::at_utc(time);
                    }
                }
            }

            impl AuditStamp for Option<$timestamp> {
                fn utc(&self) -> Option<NaiveDateTime> {
                    self.as_ref().map(Timestamp::utc_time)
                }

                fn set_utc(&mut self, time: Option<NaiveDateTime>) {
                    *self = time.map(<$timestamp>::at_utc);
                }
            }
        )*};
    }

    audit_stamp!(NaiveDateTime DateTime<Utc>);

    /// Where a stamp moves to.
    pub(super) struct Next {
        clock: fn() -> DateTime<Utc>,
        precision: Precision,
        sql_type: TypeId,
    }

    impl<'m> Stamp<'m> {
        /// A field, the resolution of its column `Col`, and the clock: it is asked before a write
        /// only, and not when the stamp is put back.
        pub fn new<Col>(
            field: &'m mut dyn AuditStamp,
            precision: Precision,
            clock: fn() -> DateTime<Utc>,
        ) -> Self
        where
            Col: Column<SqlType: SqlType>,
        {
            let sql_type = TypeId::of::<SqlTypeOf<Col>>();
            let next = Next {
                clock,
                precision,
                sql_type,
            };
            Self { field, next }
        }

        /// Moves the stamp to the present time, but always on, and returns what it was.
        pub(crate) fn advance(self, keeps: Keeps) -> Stamped {
            let Next {
                clock,
                precision,
                sql_type,
            } = self.next;
            let (before, now) = (self.field.utc(), clock().naive_utc());
            let after = match before {
                Some(before) => next(before, now, precision),
                None => Some(cut(now, precision)),
            };
            // At the end of time a stamp stays; only a version must not.
            if let Some(after) = after.filter(|after| keeps(sql_type, after)) {
                self.field.set_utc(Some(after));
            }
            Stamped(before)
        }

        pub(crate) fn restore(self, before: Stamped) {
            self.field.set_utc(before.0);
        }
    }
}

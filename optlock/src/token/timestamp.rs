//! Timestamps: as the version, and as the audit stamp beside it.

use super::VersionToken;
use crate::Precision;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};

/// `chrono::NaiveDateTime` (taken as UTC) or `chrono::DateTime<Utc>`.
///
/// ```
/// use chrono::{NaiveDateTime, TimeDelta, Utc};
/// use optlock::{Precision, Timestamp};
///
/// let tomorrow = Utc::now().naive_utc() + TimeDelta::days(1);
/// let next = tomorrow.next_at(Precision::Millis).expect("far from the end of time");
/// assert!(next > tomorrow); // though the clock is not there yet
/// assert_eq!(next.and_utc().timestamp_subsec_nanos() % 1_000_000, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no timestamp that optlock can write",
    label = "has no `precision`",
    note = "use `chrono::NaiveDateTime` or `chrono::DateTime<chrono::Utc>`"
)]
pub trait Timestamp: sealed::Sealed + Sized {
    /// The time in UTC.
    fn utc_time(&self) -> NaiveDateTime;

    /// A time in UTC.
    fn at_utc(time: NaiveDateTime) -> Self;

    /// The present time, cut to the column's resolution, but always later than `self`: two writes
    /// in one tick, or with the clock set back, still stand in order. `None` beyond the years that
    /// the type can hold.
    fn next_at(&self, precision: Precision) -> Option<Self> {
        next(self.utc_time(), Utc::now().naive_utc(), precision).map(Self::at_utc)
    }
}

pub(crate) mod sealed {
    /// Only types of which optlock knows what a column keeps.
    pub trait Sealed {}

    impl Sealed for chrono::NaiveDateTime {}
    impl Sealed for chrono::DateTime<chrono::Utc> {}
    impl<T: Sealed> Sealed for Option<T> {}
}

impl Timestamp for NaiveDateTime {
    fn utc_time(&self) -> NaiveDateTime {
        *self
    }

    fn at_utc(time: NaiveDateTime) -> Self {
        time
    }
}

impl Timestamp for DateTime<Utc> {
    fn utc_time(&self) -> NaiveDateTime {
        self.naive_utc()
    }

    fn at_utc(time: NaiveDateTime) -> Self {
        time.and_utc()
    }
}

macro_rules! token {
    ($($timestamp:ty)*) => {$(
        impl VersionToken for $timestamp {
            fn first() -> Self {
                Self::at_utc(cut(Utc::now().naive_utc(), Precision::default()))
            }

            fn next(&self) -> Option<Self> {
                self.next_at(Precision::default())
            }

            fn describe(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

token!(NaiveDateTime DateTime<Utc>);

pub(crate) fn next(
    before: NaiveDateTime,
    now: NaiveDateTime,
    precision: Precision,
) -> Option<NaiveDateTime> {
    let unit = TimeDelta::nanoseconds(nanos(precision).into());
    let after = cut(before, precision).checked_add_signed(unit)?;
    Some(cut(now, precision).max(after))
}

/// What a column of that resolution holds of a time. Cut and never rounded, so that it is not in
/// the future.
pub(crate) fn cut(time: NaiveDateTime, precision: Precision) -> NaiveDateTime {
    let unit = nanos(precision);
    time.with_nanosecond(time.nanosecond() / unit * unit)
        .unwrap_or(time)
}

fn nanos(precision: Precision) -> u32 {
    match precision {
        Precision::Micros => 1_000,
        Precision::Millis => 1_000_000,
        Precision::Seconds => 1_000_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time() -> impl Strategy<Value = NaiveDateTime> {
        // From the year -9999 to 9999.
        (-377_705_116_800..253_402_300_800_i64, 0..1_000_000_000_u32)
            .prop_filter_map("in range", |(seconds, nanos)| {
                Some(DateTime::from_timestamp(seconds, nanos)?.naive_utc())
            })
    }

    fn precision() -> impl Strategy<Value = Precision> {
        prop_oneof![
            Just(Precision::Micros),
            Just(Precision::Millis),
            Just(Precision::Seconds)
        ]
    }

    proptest! {
        #[test]
        fn the_next_timestamp_is_later(before in time(), now in time(), precision in precision()) {
            let next = next(before, now, precision).unwrap();
            prop_assert!(next > before);
            prop_assert!(next >= cut(now, precision));
        }

        #[test]
        fn a_timestamp_is_what_its_column_can_hold(
            before in time(),
            now in time(),
            precision in precision(),
        ) {
            let next = next(before, now, precision).unwrap();
            prop_assert_eq!(next, cut(next, precision));
            prop_assert!(now - cut(now, precision) < TimeDelta::nanoseconds(nanos(precision).into()));
        }

        #[test]
        fn the_token_moves_on_and_never_panics(time in time()) {
            prop_assert!(VersionToken::next(&time).unwrap() > time);
            prop_assert!(VersionToken::next(&time.and_utc()).unwrap() > time.and_utc());
        }
    }

    #[test]
    fn a_clock_set_back_does_not_set_the_timestamp_back() {
        let before = DateTime::from_timestamp(1_700_000_000, 0)
            .unwrap()
            .naive_utc();
        let now = before - TimeDelta::hours(1);
        let next = next(before, now, Precision::Millis);
        assert_eq!(next, Some(before + TimeDelta::milliseconds(1)));
    }

    #[test]
    fn the_last_timestamp_has_no_next() {
        assert_eq!(VersionToken::next(&NaiveDateTime::MAX), None);
        assert_eq!(VersionToken::next(&DateTime::<Utc>::MAX_UTC), None);
    }
}

//! Timestamps: as the version, and as the audit stamp beside it.

use super::{VersionToken, VersionValue, exactly};
use crate::token::Precision;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};

/// A timestamp as the version: `chrono::NaiveDateTime` (taken as UTC) or `chrono::DateTime<Utc>`.
///
/// An integer is the better version. A timestamp is for a table that has nothing else, and then
/// these rules make it one:
///
/// - It is **strictly monotonic**: the next one is the present time, but always later than the one
///   before. Two writes in one tick of the clock differ, and a clock that is set back repeats
///   nothing.
/// - It is **cut to the resolution of its column** before it is sent, so that memory holds what the
///   row holds. Microseconds, if `#[optlock(version, precision = "millis")]` (or `"seconds"`) does
///   not say something else. MySQL's and MariaDB's `DATETIME` and `TIMESTAMP` hold **seconds**
///   unless they are declared as `DATETIME(3)` or `DATETIME(6)`. Where the declaration promises more
///   than the column holds, the second save of a value is refused.
/// - **The clock is the program's**, `Utc::now()`, or your own function:
///   `#[optlock(version, clock = my::now)]`.
/// - It **ends** where its column does. MySQL's and MariaDB's `TIMESTAMP` (`Timestamp` in `table!`)
///   ends on 2038-01-19 03:14:07 UTC, and `DATETIME` (`Datetime`) with the year 9999. A later value
///   would be stored as another one without an error, so the save fails with
///   [`Error::VersionExhausted`](crate::Error::VersionExhausted) before anything is sent.
/// - On **SQLite** a timestamp is a text, and only Diesel's form of it is found again:
///   `2024-03-05 06:07:08.123456`, with 0, 3, 6 or 9 digits behind the point
///   (`CURRENT_TIMESTAMP` has that form, and so has `strftime('%Y-%m-%d %H:%M:%f')`). A row that
///   another program wrote with a `T`, a `Z` or another number of digits can be loaded, but not
///   saved: [`Error::Refused`](crate::Error::Refused).
/// - **In a column of text**, on any database, a time is what its spelling is, as it is on SQLite: a
///   token of your own that is stored so needs one spelling, or
///   [`is_same_text`](crate::VersionToken::is_same_text).
/// - **A leap second**, 23:59:60, is cut to 23:59:59.999999: no database holds it.
/// - **Another program** that writes the row must advance it as well: `NOW()` repeats within a second or
///   a transaction, and then the next save overwrites unseen.
///
/// ```
/// use chrono::{NaiveDateTime, TimeDelta, Utc};
/// use optlock::{Precision, Timestamp};
///
/// let now = Utc::now();
/// let tomorrow = now.naive_utc() + TimeDelta::days(1);
/// let next = tomorrow.next_at(now, Precision::Millis).expect("far from the end of time");
/// assert!(next > tomorrow); // though the clock is not there yet
/// assert_eq!(next.and_utc().timestamp_subsec_nanos() % 1_000_000, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no timestamp that optlock can write",
    label = "has neither `precision` nor `clock`",
    note = "use `chrono::NaiveDateTime` or `chrono::DateTime<chrono::Utc>`"
)]
pub trait Timestamp: sealed::Sealed + Sized {
    /// The time in UTC.
    fn utc_time(&self) -> NaiveDateTime;

    /// A time in UTC.
    fn at_utc(time: NaiveDateTime) -> Self;

    /// The present time `now`, cut to the column's resolution, but always later than `self`. `None`
    /// beyond the years that the type can hold.
    fn next_at(&self, now: DateTime<Utc>, precision: Precision) -> Option<Self> {
        next(self.utc_time(), now.naive_utc(), precision).map(Self::at_utc)
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
                self.next_at(Utc::now(), Precision::default())
            }

            fn encode(&self) -> String {
                text(self.utc_time())
            }

            fn decode(text: &str) -> Option<Self> {
                exactly(Self::at_utc(from_text(text)?), text)
            }

            fn describe(&self) -> VersionValue {
                self.to_string().into()
            }
        }
    )*};
}

token!(NaiveDateTime DateTime<Utc>);

const TEXT: &str = "%Y-%m-%dT%H:%M:%S%.f";

/// What a leap second has at its end.
const LEAP: char = 'L';

/// The nanoseconds at which a leap second begins, to chrono.
const SECOND: u32 = 1_000_000_000;

/// The time as a stable text, each with its own. As chrono prints a time, a leap second would look like the
/// second after it.
pub(crate) fn text(time: NaiveDateTime) -> String {
    let leap = time.nanosecond().checked_sub(SECOND);
    match leap.and_then(|nanos| time.with_nanosecond(nanos)) {
        Some(time) => format!("{}{LEAP}", time.format(TEXT)),
        None => time.format(TEXT).to_string(),
    }
}

/// The time with that text, or with a text that is like one.
fn from_text(text: &str) -> Option<NaiveDateTime> {
    let parse = |text| NaiveDateTime::parse_from_str(text, TEXT).ok();
    match text.strip_suffix(LEAP).map(parse) {
        Some(time) => time?.with_nanosecond(time?.nanosecond().checked_add(SECOND)?),
        None => parse(text),
    }
}

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
///
/// No column holds a leap second, 23:59:60 (1,000,000,000 nanoseconds and more, to chrono): it is
/// cut to the last moment of 23:59:59. MariaDB would store 0000-00-00 for it without an error.
pub(crate) fn cut(time: NaiveDateTime, precision: Precision) -> NaiveDateTime {
    const LAST: u32 = 999_999_999;
    let unit = nanos(precision);
    time.with_nanosecond(time.nanosecond().min(LAST) / unit * unit)
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
        // From the year -9999 to 9999, with leap seconds.
        let seconds = -377_705_116_800..253_402_300_800_i64;
        (seconds, 0..1_000_000_000_u32, any::<bool>()).prop_filter_map(
            "in range",
            |(seconds, nanos, is_leap)| {
                let time = if is_leap {
                    let last = seconds.div_euclid(60) * 60 + 59;
                    DateTime::from_timestamp(last, 1_000_000_000 + nanos)
                } else {
                    DateTime::from_timestamp(seconds, nanos)
                };
                Some(time?.naive_utc())
            },
        )
    }

    /// Each time that chrono can hold. Any second may be a leap second.
    fn any_time() -> impl Strategy<Value = NaiveDateTime> {
        let seconds =
            NaiveDateTime::MIN.and_utc().timestamp()..=NaiveDateTime::MAX.and_utc().timestamp();
        let nanos = prop_oneof![
            Just(0),
            Just(500_000_000),
            Just(1_000_000_000),
            0..2_000_000_000_u32
        ];
        (seconds, nanos).prop_filter_map("in range", |(seconds, nanos)| {
            DateTime::from_timestamp(seconds, 0)?
                .naive_utc()
                .with_nanosecond(nanos)
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
            prop_assert!(next.nanosecond() < 1_000_000_000, "{next} is a leap second");
            prop_assert!(cut(now, precision) <= now);
            if now.nanosecond() < 1_000_000_000 {
                prop_assert!(now - cut(now, precision) < TimeDelta::nanoseconds(nanos(precision).into()));
            }
        }

        #[test]
        fn a_timestamp_comes_back_from_its_text(time in any_time()) {
            let text = time.encode();
            prop_assert!(text.bytes().all(|byte| b"+-.:LT0123456789".contains(&byte)), "{text}");
            prop_assert_eq!(NaiveDateTime::decode(&text), Some(time));
            prop_assert_eq!(time.and_utc().encode(), text.as_str());
            prop_assert_eq!(DateTime::<Utc>::decode(&text), Some(time.and_utc()));
        }

        #[test]
        fn only_what_was_written_is_read(text in "[-+]?0?[0-9]{4}-0[0-9]-1[0-9][T ]2[0-4]:5[0-9]:[56][0-9](\\.[0-9]{0,10})?L?") {
            if let Some(time) = NaiveDateTime::decode(&text) {
                prop_assert_eq!(time.encode(), text);
            }
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
    fn a_leap_second_is_cut_to_the_last_moment_of_its_minute() {
        let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        let cut = [Precision::Micros, Precision::Millis, Precision::Seconds]
            .map(|precision| cut(leap.naive_utc(), precision).to_string());
        assert_eq!(
            cut,
            [
                "2016-12-31 23:59:59.999999",
                "2016-12-31 23:59:59.999",
                "2016-12-31 23:59:59"
            ]
        );
    }

    #[test]
    fn the_first_and_the_last_timestamp_come_back_from_their_texts() {
        for time in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
            assert_eq!(NaiveDateTime::decode(&time.encode()), Some(time));
        }
    }

    #[test]
    fn a_message_has_a_timestamp_as_chrono_prints_it() {
        let time = DateTime::from_timestamp(1_483_228_799, 500_000_000).unwrap();
        assert_eq!(time.describe(), "2016-12-31 23:59:59.500 UTC".into());
        let naive = time.naive_utc();
        assert_eq!(naive.describe(), "2016-12-31 23:59:59.500".into());
    }

    #[test]
    fn the_last_timestamp_has_no_next() {
        assert_eq!(VersionToken::next(&NaiveDateTime::MAX), None);
        assert_eq!(VersionToken::next(&DateTime::<Utc>::MAX_UTC), None);
    }
}

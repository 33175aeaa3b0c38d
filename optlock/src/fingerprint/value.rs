//! The values of a page as bytes that never change.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

/// A value that can be a part of a [`Fingerprint`](struct@crate::Fingerprint).
///
/// Its bytes are equal in each process, on each platform and with each release: a page that is open
/// outlives all three. They are what is compared, so:
///
/// | type | equal to | told apart from |
/// |---|---|---|
/// | an integer of any size | the number in another size | its text, `true`, a float |
/// | `bool` | | 0 and 1 |
/// | `f32`, `f64` | -0.0 equals 0.0, and NaN equals NaN, as in a database | integers |
/// | a text | letter by letter, whatever a collation finds equal | bytes |
/// | bytes: `Vec<u8>`, `[u8]` | | a list |
/// | an `Option` | | `None` from "", 0 and `false`, and `Some` from the value alone |
/// | `NaiveDateTime`, `DateTime` | the time in UTC, whatever the zone; `SystemTime` too | a date |
/// | `NaiveDate`, `NaiveTime` | | each other |
/// | `uuid::Uuid`, `UuidBytes`, `UuidText` | the UUID in another spelling | its text |
/// | a `Vec`, an array, a slice | in its order | |
/// | a tuple, of up to eight values | | a list |
///
/// A time is compared as precisely as it is in memory: load both sides from the database.
///
/// # For a type of your own
///
/// Pass the call on to what is inside. A struct of several fields writes one after the other.
///
/// ```
/// use optlock::fingerprint::{FingerprintValue, ValueWriter};
///
/// struct Slug(String);
///
/// impl FingerprintValue for Slug {
///     fn write_to(&self, value: &mut ValueWriter) {
///         self.0.write_to(value)
///     }
/// }
/// ```
///
/// Two values that a page shows differently must write different things, and what they write must
/// never change, so **not** `Debug` or `Display` of a type that another crate may edit. Write equally
/// many values for each value of the type; where there are more or fewer of them, write their number
/// first. For a type of another crate name a function that makes a value of it:
/// `#[optlock(fingerprint_with = BigDecimal::to_string)]`. See
/// [`#[derive(Fingerprint)]`](macro@crate::Fingerprint).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no stable bytes for a fingerprint",
    label = "not a value of a fingerprint",
    note = "implement `optlock::fingerprint::FingerprintValue` for a type of your own by passing the call on to what is inside",
    note = "of a field of another type, cover what a function makes of it, `#[optlock(fingerprint_with = BigDecimal::to_string)]`; or leave it out, `#[optlock(skip_fingerprint)]`, and no `save_if_unchanged` changes it",
    note = "for dates, times and UUIDs, optlock's feature `chrono` or `uuid` must be on"
)]
pub trait FingerprintValue {
    /// Writes the value.
    fn write_to(&self, value: &mut ValueWriter);

    /// Writes several values. Bytes are shorter than a list of numbers.
    #[doc(hidden)]
    fn write_all(values: &[Self], value: &mut ValueWriter)
    where
        Self: Sized,
    {
        value.list(values);
    }
}

/// Where a [`FingerprintValue`] is written.
#[derive(Default)]
pub struct ValueWriter {
    /// Of each value its tag, and as many bytes as tag and length say: where one ends is never in doubt.
    bytes: Vec<u8>,
}

/// Without the values.
impl fmt::Debug for ValueWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueWriter").finish_non_exhaustive()
    }
}

/// What kind of value follows. Never change a number: pages that are open have it.
#[derive(Clone, Copy)]
enum Tag {
    None = 0,
    Some = 1,
    Integer = 2,
    Bool = 3,
    Float = 4,
    Text = 5,
    Bytes = 6,
    List = 7,
    Tuple = 8,
    #[cfg(feature = "chrono")]
    Date = 9,
    #[cfg(feature = "chrono")]
    Time = 10,
    Instant = 11,
    #[cfg(feature = "uuid")]
    Uuid = 12,
}

impl ValueWriter {
    /// The bytes of a value.
    pub(super) fn bytes_of(value: &(impl FingerprintValue + ?Sized)) -> Vec<u8> {
        let mut writer = Self::default();
        value.write_to(&mut writer);
        writer.bytes
    }

    fn fixed<const N: usize>(&mut self, tag: Tag, bytes: [u8; N]) {
        self.bytes.push(tag as u8);
        self.bytes.extend(bytes);
    }

    fn counted(&mut self, tag: Tag, count: usize) {
        self.fixed(tag, (count as u64).to_be_bytes());
    }

    fn varying(&mut self, tag: Tag, bytes: &[u8]) {
        self.counted(tag, bytes.len());
        self.bytes.extend(bytes);
    }

    fn list<T: FingerprintValue>(&mut self, values: &[T]) {
        self.counted(Tag::List, values.len());
        for value in values {
            value.write_to(self);
        }
    }

    /// Seconds since 1970, and nanoseconds, of which a leap second has more than a second.
    fn instant(&mut self, seconds: i64, nanos: u32) {
        self.fixed(Tag::Instant, seconds.to_be_bytes());
        self.bytes.extend(nanos.to_be_bytes());
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl FingerprintValue for $integer {
            fn write_to(&self, value: &mut ValueWriter) {
                value.fixed(Tag::Integer, i128::from(*self).to_be_bytes());
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 u16 u32 u64);

impl FingerprintValue for u8 {
    fn write_to(&self, value: &mut ValueWriter) {
        i128::from(*self).write_to(value);
    }

    fn write_all(values: &[Self], value: &mut ValueWriter) {
        value.varying(Tag::Bytes, values);
    }
}

/// A count, on any platform.
impl FingerprintValue for usize {
    fn write_to(&self, value: &mut ValueWriter) {
        (*self as u64).write_to(value);
    }
}

impl FingerprintValue for bool {
    fn write_to(&self, value: &mut ValueWriter) {
        value.fixed(Tag::Bool, [u8::from(*self)]);
    }
}

impl FingerprintValue for f64 {
    fn write_to(&self, value: &mut ValueWriter) {
        // Of the numbers that are equal one, and one of the many that are none.
        let bits = if self.is_nan() {
            0x7ff8_0000_0000_0000
        } else if *self == 0.0 {
            0
        } else {
            self.to_bits()
        };
        value.fixed(Tag::Float, bits.to_be_bytes());
    }
}

impl FingerprintValue for f32 {
    fn write_to(&self, value: &mut ValueWriter) {
        f64::from(*self).write_to(value);
    }
}

impl FingerprintValue for str {
    fn write_to(&self, value: &mut ValueWriter) {
        value.varying(Tag::Text, self.as_bytes());
    }
}

impl FingerprintValue for String {
    fn write_to(&self, value: &mut ValueWriter) {
        self.as_str().write_to(value);
    }
}

impl<T: FingerprintValue> FingerprintValue for [T] {
    fn write_to(&self, value: &mut ValueWriter) {
        T::write_all(self, value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: FingerprintValue> FingerprintValue for Vec<T> {
    fn write_to(&self, value: &mut ValueWriter) {
        self.as_slice().write_to(value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: FingerprintValue, const N: usize> FingerprintValue for [T; N] {
    fn write_to(&self, value: &mut ValueWriter) {
        self.as_slice().write_to(value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: FingerprintValue + ?Sized> FingerprintValue for &T {
    fn write_to(&self, value: &mut ValueWriter) {
        (**self).write_to(value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: FingerprintValue + ?Sized> FingerprintValue for Box<T> {
    fn write_to(&self, value: &mut ValueWriter) {
        (**self).write_to(value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: FingerprintValue + ToOwned + ?Sized> FingerprintValue for Cow<'_, T> {
    fn write_to(&self, value: &mut ValueWriter) {
        (**self).write_to(value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: FingerprintValue> FingerprintValue for Option<T> {
    fn write_to(&self, value: &mut ValueWriter) {
        match self {
            None => value.fixed(Tag::None, []),
            Some(some) => {
                value.fixed(Tag::Some, []);
                some.write_to(value);
            }
        }
    }
}

impl FingerprintValue for SystemTime {
    fn write_to(&self, value: &mut ValueWriter) {
        let (seconds, nanos) = match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => (i128::from(after.as_secs()), after.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                match before.subsec_nanos() {
                    0 => (-i128::from(before.as_secs()), 0),
                    nanos => (-i128::from(before.as_secs()) - 1, 1_000_000_000 - nanos),
                }
            }
        };
        // No system has times that do not fit.
        value.instant(i64::try_from(seconds).unwrap_or(i64::MAX), nanos);
    }
}

#[cfg(feature = "chrono")]
mod of_times {
    use super::{FingerprintValue, Tag, ValueWriter};
    use chrono::{
        DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike,
    };

    impl FingerprintValue for NaiveDate {
        fn write_to(&self, value: &mut ValueWriter) {
            value.fixed(Tag::Date, self.num_days_from_ce().to_be_bytes());
        }
    }

    impl FingerprintValue for NaiveTime {
        fn write_to(&self, value: &mut ValueWriter) {
            value.fixed(Tag::Time, self.num_seconds_from_midnight().to_be_bytes());
            value.bytes.extend(self.nanosecond().to_be_bytes());
        }
    }

    impl FingerprintValue for NaiveDateTime {
        fn write_to(&self, value: &mut ValueWriter) {
            self.and_utc().write_to(value);
        }
    }

    #[diagnostic::do_not_recommend]
    impl<Zone: TimeZone> FingerprintValue for DateTime<Zone> {
        fn write_to(&self, value: &mut ValueWriter) {
            value.instant(self.timestamp(), self.timestamp_subsec_nanos());
        }
    }
}

#[cfg(feature = "uuid")]
mod of_uuids {
    use super::{FingerprintValue, Tag, ValueWriter};
    use crate::token::{UuidBytes, UuidText};
    use uuid::Uuid;

    impl FingerprintValue for Uuid {
        fn write_to(&self, value: &mut ValueWriter) {
            value.fixed(Tag::Uuid, self.into_bytes());
        }
    }

    impl FingerprintValue for UuidBytes {
        fn write_to(&self, value: &mut ValueWriter) {
            Uuid::from(*self).write_to(value);
        }
    }

    impl FingerprintValue for UuidText {
        fn write_to(&self, value: &mut ValueWriter) {
            self.uuid().write_to(value);
        }
    }
}

macro_rules! tuples {
    ($first:ident $($other:ident)*) => {
        #[diagnostic::do_not_recommend]
        #[allow(non_snake_case)] // the parts are called as their types are
        impl<$first: FingerprintValue, $($other: FingerprintValue,)*> FingerprintValue
            for ($first, $($other,)*)
        {
            fn write_to(&self, value: &mut ValueWriter) {
                let ($first, $($other,)*) = self;
                let parts: &[&dyn FingerprintValue] = &[$first, $($other,)*];
                value.counted(Tag::Tuple, parts.len());
                for part in parts {
                    part.write_to(value);
                }
            }
        }

        tuples!($($other)*);
    };
    () => {};
}

tuples!(A B C D E F G H);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::time::Duration;

    fn hex(value: impl FingerprintValue) -> String {
        let bytes = ValueWriter::bytes_of(&value);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whoever changes one makes each page that is open out of date.
    #[track_caller]
    fn pin(value: impl FingerprintValue, bytes: &str) {
        assert_eq!(hex(value), bytes.replace(' ', ""));
    }

    #[test]
    fn numbers_are_pinned() {
        let seven = "02 00000000000000000000000000000007";
        pin(7_i8, seven);
        pin(7_i16, seven);
        pin(7_i32, seven);
        pin(7_i64, seven);
        pin(7_i128, seven);
        pin(7_u8, seven);
        pin(7_u16, seven);
        pin(7_u32, seven);
        pin(7_u64, seven);
        pin(7_usize, seven);
        pin(-1_i32, "02 ffffffffffffffffffffffffffffffff");
        pin(u64::MAX, "02 0000000000000000ffffffffffffffff");
        pin(false, "03 00");
        pin(true, "03 01");
        pin(1.5_f64, "04 3ff8000000000000");
        pin(1.5_f32, "04 3ff8000000000000");
        pin(f64::NEG_INFINITY, "04 fff0000000000000");
    }

    #[test]
    fn floats_that_are_equal_in_a_database_are_equal() {
        pin(0.0, "04 0000000000000000");
        pin(-0.0, "04 0000000000000000");
        pin(-0.0_f32, "04 0000000000000000");
        let nan = "04 7ff8000000000000";
        pin(f64::NAN, nan);
        pin(-f64::NAN, nan);
        pin(f64::from_bits(0x7ff0_0000_0000_0001), nan);
        pin(f32::NAN, nan);
    }

    #[test]
    fn texts_bytes_and_lists_are_pinned() {
        pin("", "05 0000000000000000");
        pin("é", "05 0000000000000002 c3a9");
        pin("é".to_owned(), "05 0000000000000002 c3a9");
        pin(Cow::Borrowed("é"), "05 0000000000000002 c3a9");
        pin(Box::<str>::from("é"), "05 0000000000000002 c3a9");
        pin(vec![7_u8, 8], "06 0000000000000002 0708");
        pin(&[7_u8, 8][..], "06 0000000000000002 0708");
        pin([7_u8, 8], "06 0000000000000002 0708");
        pin(Vec::<u8>::new(), "06 0000000000000000");
        pin(Vec::<i32>::new(), "07 0000000000000000");
        pin([true, false], "07 0000000000000002 0301 0300");
        pin(vec![None, Some(true)], "07 0000000000000002 00 01 0301");
        pin((true, ""), "08 0000000000000002 0301 05 0000000000000000");
        pin((true,), "08 0000000000000001 0301");
    }

    #[test]
    fn null_is_pinned() {
        pin(None::<i32>, "00");
        pin(None::<String>, "00");
        pin(Some(true), "01 0301");
        pin(Some(None::<bool>), "01 00");
    }

    #[test]
    fn system_times_are_pinned() {
        let second = Duration::from_secs(1);
        let half = second / 2;
        let epoch = SystemTime::UNIX_EPOCH;
        pin(epoch, "0b 0000000000000000 00000000");
        pin(epoch + second + half, "0b 0000000000000001 1dcd6500");
        pin(epoch - half, "0b ffffffffffffffff 1dcd6500");
        pin(epoch - second, "0b ffffffffffffffff 00000000");
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn times_are_pinned() {
        use chrono::{FixedOffset, NaiveDate, NaiveTime};

        let date = NaiveDate::from_ymd_opt(1970, 1, 2).unwrap();
        pin(date, "09 000af93c");
        let time = NaiveTime::from_hms_milli_opt(0, 0, 1, 500).unwrap();
        pin(time, "0a 00000001 1dcd6500");
        let instant = "0b 0000000000015181 1dcd6500";
        let at = date.and_time(time);
        pin(at, instant);
        pin(at.and_utc(), instant);
        let zone = FixedOffset::east_opt(3600).unwrap();
        pin(at.and_utc().with_timezone(&zone), instant);
        pin(
            SystemTime::UNIX_EPOCH + Duration::from_millis(86_401_500),
            instant,
        );
        let leap = date.and_hms_milli_opt(0, 0, 59, 1_500).unwrap();
        pin(leap, "0b 00000000000151bb 59682f00");
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids_are_pinned_in_any_spelling() {
        use crate::token::{UuidBytes, UuidText};
        use uuid::Uuid;

        let bytes = "0c 67e5504410b1426f9247bb680e5fe0c8";
        let uuid = Uuid::from_u128(0x67E5_5044_10B1_426F_9247_BB68_0E5F_E0C8);
        pin(uuid, bytes);
        pin(UuidBytes::from(uuid), bytes);
        pin(UuidText::from(uuid), bytes);
        let spelled: UuidText = "67E5504410B1426F9247BB680E5FE0C8".parse().unwrap();
        pin(spelled, bytes);
    }

    #[test]
    fn what_looks_alike_is_told_apart() {
        let different = [
            hex(None::<i32>),
            hex(Some(None::<i32>)),
            hex(0),
            hex(Some(0)),
            hex(false),
            hex(0.0),
            hex(""),
            hex("0"),
            hex("NULL"),
            hex("false"),
            hex(Some("")),
            hex(Vec::<u8>::new()),
            hex(Vec::<i32>::new()),
            hex([0_u8]),
            hex([0_i32]),
            hex((0,)),
            hex(SystemTime::UNIX_EPOCH),
            hex([None::<i32>]),
            hex([Some(0)]),
            hex(["ab", "c"]),
            hex(["a", "bc"]),
            hex([vec![1], vec![]]),
            hex([vec![], vec![1]]),
            hex([vec![1]]),
            hex(1),
            hex(1.0),
            hex(true),
            hex("1"),
        ];
        let all: HashSet<_> = different.iter().collect();
        assert_eq!(all.len(), different.len());
    }
}

//! The key and the scope of a row as a stable text.

use crate::scope::{IsNull, Same};
use crate::versioned::Versioned;
use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

/// Which row of its table the value is of, as a text: its key, and its scope behind it. For a lease,
/// an `ETag`, a token in a form, a key of a cache.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() {
/// # let conn = &mut establish_connection();
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).unwrap();
/// assert_eq!(optlock::key_text(&ann), "1");
/// # }
/// ```
///
/// - **Two rows of one table have two texts**, whatever is in their keys. The texts of two tables can be
///   alike: put the name of the table before them where they meet.
/// - **It never changes**, not with a new version of the program or of optlock: an old text can be in a
///   table, in a cache or at a client. [`KeyText`] has the text of each type. A model that gets another
///   key or another scope does change it, and two models of one table that differ in their scopes have
///   two texts for one row: where they have to agree, take the text from one of them.
/// - It is **ASCII** without quotes, spaces, commas and control characters, as an `ETag` needs it.
/// - It **shows the key and the scope** to whoever has it.
/// - Two values that are equal to the **database alone** have different texts: 'amy' and 'AMY' under a
///   collation that ignores case. If a key comes from a request, load the row, and take the text of
///   the loaded value, whose key is in the spelling of the row.
pub fn key_text<M>(model: &M) -> String
where
    M: Versioned<Key: KeyText, Scope: KeyText>,
{
    text_of(&(model.key(), model.scope()))
}

/// The text of a key, or of a key and its scope.
pub(crate) fn text_of(value: &impl KeyText) -> String {
    let mut text = KeyWriter::default();
    value.write_to(&mut text);
    text.text
}

/// A key, a part of a key, or a scope, that has a stable text for [`key_text`].
///
/// | type | text |
/// |---|---|
/// | an integer, `bool` | `42`, `-7`, `true` |
/// | a text | itself: letters and digits of ASCII, `-`, `_`, `.` and `:`. Each byte of any other character is `%` and two hexadecimal digits: `%2F`, `%C3%A9` |
/// | bytes | hexadecimal digits: `00ff` |
/// | an `Option` | `~` for `None`, and `=` before the text of a value |
/// | `uuid::Uuid`, `UuidBytes`, `UuidText` | `67e55044-10b1-426f-9247-bb680e5fe0c8`; of `UuidText` in whatever spelling, because they are equal |
/// | `NaiveDate` | `2016-12-31` |
/// | `NaiveDateTime`, `DateTime<Utc>` | as a version: [`VersionToken::encode`](crate::VersionToken::encode), where a `+` is `%2B` |
/// | a tuple, a key and its scope | the texts of its parts, with `/` between two |
/// | [`scope::Same`](Same) | the text of its value |
/// | `()`, [`scope::IsNull`](IsNull) | nothing: they are of each row that the model can load |
///
/// # For a type of your own
///
/// Pass the call on to what is inside. A struct of several fields writes one after the other.
///
/// ```
/// use diesel::prelude::*;
/// # use diesel::deserialize::FromSqlRow;
/// # use diesel::expression::AsExpression;
/// use diesel::sql_types::Text;
/// use optlock::prelude::*;
/// use optlock::{KeyText, KeyWriter, key_text};
///
/// #[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
/// #[diesel(sql_type = Text)]
/// struct Slug(String);
///
/// # impl<DB> diesel::deserialize::FromSql<Text, DB> for Slug
/// # where DB: diesel::backend::Backend, String: diesel::deserialize::FromSql<Text, DB> {
/// #     fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> { String::from_sql(bytes).map(Slug) }
/// # }
/// # impl<DB> diesel::serialize::ToSql<Text, DB> for Slug
/// # where DB: diesel::backend::Backend, String: diesel::serialize::ToSql<Text, DB> {
/// #     fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result { self.0.to_sql(out) }
/// # }
/// // .. with `FromSql` and `ToSql` that pass through to `String`
///
/// impl KeyText for Slug {
///     fn write_to(&self, text: &mut KeyWriter) {
///         self.0.write_to(text)
///     }
/// }
///
/// diesel::table! {
///     pages (site, slug) {
///         site -> Integer,
///         slug -> Text,
///         tenant -> Nullable<Integer>,
///         version -> BigInt,
///     }
/// }
///
/// #[derive(Identifiable, AsChangeset, Versioned)]
/// #[diesel(primary_key(site, slug), treat_none_as_null = true)]
/// struct Page {
///     site: i32,
///     slug: Slug,
///     #[diesel(skip_update)]
///     #[optlock(scope)]
///     tenant: Option<i32>,
///     version: i64,
/// }
///
/// let page = Page { site: 7, slug: Slug("news/2024".into()), tenant: Some(3), version: 1 };
/// assert_eq!(key_text(&page), "7/news%2F2024/=3");
/// ```
///
/// Two values of the type must have two texts, and the text must never change, so **not** `Debug` or
/// `Display` of a type that somebody else may edit. Write equally many parts for each value; where there
/// are more or fewer of them, write their number first. A type that is no key in Rust (it is
/// not `Eq`) has no text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no stable text as a key or a scope",
    label = "needs an impl of `optlock::KeyText`",
    note = "for a newtype of yours, pass the call on to the type inside: `impl KeyText for {Self} {{ fn write_to(&self, text: &mut KeyWriter) {{ self.0.write_to(text) }} }}`",
    note = "optlock implements it for integers, texts, bytes, `Option`s and tuples, and with its features `uuid` and `chrono` for UUIDs, dates and timestamps"
)]
pub trait KeyText {
    /// Writes the text. An impl passes the call on, to one value or to several, one after the other.
    fn write_to(&self, text: &mut KeyWriter);
}

/// The text of a key while it is written. Only the types that optlock implements [`KeyText`] for write
/// to it, and it separates what they write.
#[derive(Default)]
pub struct KeyWriter {
    text: String,
    /// Does a separator come before the next part?
    follows: bool,
}

/// Without the text, which can have a scope.
impl fmt::Debug for KeyWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyWriter").finish_non_exhaustive()
    }
}

/// Between two parts. Like the two below, no part contains it.
const SEPARATOR: char = '/';
const NONE: char = '~';
const SOME: char = '=';

impl KeyWriter {
    fn separate(&mut self) {
        if self.follows {
            self.text.push(SEPARATOR);
        }
    }

    /// One part, in which all but harmless characters are escaped.
    fn part(&mut self, part: &str) {
        self.separate();
        for byte in part.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' => {
                    self.text.push(byte.into());
                }
                byte => {
                    // To a `String`: it does not fail.
                    let _ = write!(self.text, "%{byte:02X}");
                }
            }
        }
        self.follows = true;
    }

    /// A part that no value has.
    fn none(&mut self) {
        self.separate();
        self.text.push(NONE);
        self.follows = true;
    }

    /// What comes next is the value of an `Option`.
    fn some(&mut self) {
        self.separate();
        self.text.push(SOME);
        self.follows = false;
    }
}

macro_rules! displayed {
    ($($value:ty)*) => {$(
        impl KeyText for $value {
            fn write_to(&self, text: &mut KeyWriter) {
                text.part(&self.to_string());
            }
        }
    )*};
}

displayed!(i8 i16 i32 i64 u8 u16 u32 u64 bool);

impl KeyText for str {
    fn write_to(&self, text: &mut KeyWriter) {
        text.part(self);
    }
}

impl KeyText for String {
    fn write_to(&self, text: &mut KeyWriter) {
        text.part(self);
    }
}

impl KeyText for [u8] {
    fn write_to(&self, text: &mut KeyWriter) {
        let mut digits = String::with_capacity(2 * self.len());
        for byte in self {
            let _ = write!(digits, "{byte:02x}");
        }
        text.part(&digits);
    }
}

impl KeyText for Vec<u8> {
    fn write_to(&self, text: &mut KeyWriter) {
        self.as_slice().write_to(text);
    }
}

impl<const N: usize> KeyText for [u8; N] {
    fn write_to(&self, text: &mut KeyWriter) {
        self.as_slice().write_to(text);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyText + ?Sized> KeyText for &T {
    fn write_to(&self, text: &mut KeyWriter) {
        (**self).write_to(text);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyText + ToOwned + ?Sized> KeyText for Cow<'_, T> {
    fn write_to(&self, text: &mut KeyWriter) {
        (**self).write_to(text);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyText> KeyText for Option<T> {
    fn write_to(&self, text: &mut KeyWriter) {
        match self {
            None => text.none(),
            Some(value) => {
                text.some();
                value.write_to(text);
            }
        }
    }
}

#[cfg(feature = "uuid")]
mod of_uuids {
    use super::{KeyText, KeyWriter};
    use crate::token::{UuidBytes, UuidText, VersionToken as _};
    use uuid::Uuid;

    impl KeyText for Uuid {
        fn write_to(&self, text: &mut KeyWriter) {
            text.part(&self.encode());
        }
    }

    impl KeyText for UuidBytes {
        fn write_to(&self, text: &mut KeyWriter) {
            text.part(&self.encode());
        }
    }

    impl KeyText for UuidText {
        fn write_to(&self, text: &mut KeyWriter) {
            self.uuid().write_to(text);
        }
    }
}

#[cfg(feature = "chrono")]
mod of_times {
    use super::{KeyText, KeyWriter};
    use crate::token::VersionToken as _;
    use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

    impl KeyText for NaiveDate {
        fn write_to(&self, text: &mut KeyWriter) {
            text.part(&self.format("%Y-%m-%d").to_string());
        }
    }

    impl KeyText for NaiveDateTime {
        fn write_to(&self, text: &mut KeyWriter) {
            text.part(&self.encode());
        }
    }

    impl KeyText for DateTime<Utc> {
        fn write_to(&self, text: &mut KeyWriter) {
            text.part(&self.encode());
        }
    }
}

impl KeyText for () {
    fn write_to(&self, _: &mut KeyWriter) {}
}

macro_rules! tuples {
    ($first:ident $($other:ident)*) => {
        #[diagnostic::do_not_recommend]
        #[allow(non_snake_case)] // the parts are called as their types are
        impl<$first: KeyText, $($other: KeyText,)*> KeyText for ($first, $($other,)*) {
            fn write_to(&self, text: &mut KeyWriter) {
                let ($first, $($other,)*) = self;
                $first.write_to(text);
                $($other.write_to(text);)*
            }
        }

        tuples!($($other)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L M N O P);

#[diagnostic::do_not_recommend]
impl<Col, V: KeyText> KeyText for Same<Col, V> {
    fn write_to(&self, text: &mut KeyWriter) {
        self.value().write_to(text);
    }
}

impl<Col> KeyText for IsNull<Col> {
    fn write_to(&self, _: &mut KeyWriter) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Whoever changes a text breaks each table, cache and form that has one.
    #[track_caller]
    fn pin(value: impl KeyText, text: &str) {
        assert_eq!(text_of(&value), text);
    }

    #[test]
    fn numbers_are_decimal_digits() {
        pin(i8::MIN, "-128");
        pin(-7_i16, "-7");
        pin(0_i32, "0");
        pin(i64::MAX, "9223372036854775807");
        pin(u8::MAX, "255");
        pin(7_u16, "7");
        pin(7_u32, "7");
        pin(u64::MAX, "18446744073709551615");
        pin(true, "true");
        pin(false, "false");
    }

    #[test]
    fn texts_are_escaped() {
        pin("Ann-b_7.x:y", "Ann-b_7.x:y");
        pin("", "");
        pin("a/b", "a%2Fb");
        pin("100%", "100%25");
        pin("%2F", "%252F");
        pin("~=", "%7E%3D");
        pin("ann@example.org", "ann%40example.org");
        pin(
            "a b,c;d\"e'f\\g+h\t\n\0",
            "a%20b%2Cc%3Bd%22e%27f%5Cg%2Bh%09%0A%00",
        );
        pin("\u{e9}\u{1f980}\u{7f}", "%C3%A9%F0%9F%A6%80%7F");
        pin("a/b".to_owned(), "a%2Fb");
        pin(Cow::Borrowed("a/b"), "a%2Fb");
        pin(Some(&"a/b"), "=a%2Fb");
    }

    #[test]
    fn bytes_are_hexadecimal_digits() {
        pin(vec![0, 0x0f, 0xff], "000fff");
        pin([0xab_u8, 0xcd], "abcd");
        pin(&[0xab_u8, 0xcd][..], "abcd");
        pin(Cow::Borrowed(&[7_u8][..]), "07");
        pin(Vec::<u8>::new(), "");
    }

    #[test]
    fn null_is_no_value() {
        pin(None::<i32>, "~");
        pin(Some(7), "=7");
        pin(None::<String>, "~");
        pin(Some(""), "=");
        pin(Some("~"), "=%7E");
        pin(Some(None::<i32>), "=~");
        pin(Some(Some(7)), "==7");
        pin((None::<i32>, 7), "~/7");
        pin((Some(7), Some("")), "=7/=");
        pin(Some((1, 2)), "=1/2");
    }

    #[test]
    fn parts_are_separated() {
        pin((), "");
        pin((7,), "7");
        pin((7, "a/b"), "7/a%2Fb");
        pin(("", ""), "/");
        pin(("", "", "a"), "//a");
        pin((1, (2, (3, 4))), "1/2/3/4");
        let eight = (1, 2, 3, 4, 5, 6, 7, 8);
        pin(eight, "1/2/3/4/5/6/7/8");
        pin(
            (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, "a"),
            "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/a",
        );
    }

    #[test]
    fn scopes_come_behind_the_key() {
        pin((7, ()), "7");
        pin((7, Same::<(), _>::new(3)), "7/3");
        pin((7, Same::<(), _>::new(None::<i32>)), "7/~");
        pin((7, IsNull::<()>::new()), "7");
        let scope = (
            Same::<(), _>::new("acme"),
            (IsNull::<()>::new(), Same::<u8, _>::new(Some(3))),
        );
        pin(((1, "x"), scope), "1/x/acme/=3");
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids_are_hyphenated_and_lower_case() {
        use crate::token::{UuidBytes, UuidText};
        use uuid::Uuid;

        let uuid = Uuid::from_u128(0x67E5_5044_10B1_426F_9247_BB68_0E5F_E0C8);
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        pin(uuid, text);
        pin(UuidBytes::from(uuid), text);
        pin(UuidText::from(uuid), text);
        let spelled: UuidText = "67E5504410B1426F9247BB680E5FE0C8".parse().unwrap();
        pin(spelled, text);
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn times_are_those_of_versions() {
        use chrono::NaiveDate;

        let date = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
        pin(date, "2016-12-31");
        let time = date.and_hms_milli_opt(23, 59, 59, 1_500).unwrap();
        pin(time, "2016-12-31T23:59:59.500L");
        pin(time.and_utc(), "2016-12-31T23:59:59.500L");
        pin(
            NaiveDate::from_ymd_opt(12_345, 1, 1).unwrap(),
            "%2B12345-01-01",
        );
        pin(NaiveDate::from_ymd_opt(-44, 3, 15).unwrap(), "-0044-03-15");
    }

    /// A key type of a user, which writes two texts.
    struct Two(&'static str, &'static str);

    impl KeyText for Two {
        fn write_to(&self, text: &mut KeyWriter) {
            self.0.write_to(text);
            self.1.write_to(text);
        }
    }

    #[test]
    fn what_a_user_writes_in_sequence_is_separated() {
        pin(Two("ab", "c"), "ab/c");
        pin(Two("a", "bc"), "a/bc");
        pin((Two("a", ""), "b"), "a//b");
    }

    type Key = (
        (String, Option<String>, Vec<u8>),
        Option<Option<i32>>,
        (String, bool),
    );
    type Scopes = (
        Same<(), String>,
        (IsNull<()>, Same<(), Option<(String, i64)>>),
    );

    /// `Key`, and the values of `Scopes`.
    type Row = (Key, (String, Option<(String, i64)>));

    /// Reads a text as the types of `Key` and `Scopes` say. That there is such a function proves that
    /// no two values have one text.
    fn read(text: &str) -> Option<Row> {
        let mut parts = text.split(SEPARATOR);
        let key = (
            unescaped(parts.next()?)?,
            match parts.next()? {
                "~" => None,
                some => Some(unescaped(some.strip_prefix(SOME)?)?),
            },
            bytes(parts.next()?)?,
        );
        let number = match parts.next()? {
            "~" => None,
            "=~" => Some(None),
            some => Some(Some(some.strip_prefix("==")?.parse().ok()?)),
        };
        let third = (unescaped(parts.next()?)?, parts.next()?.parse().ok()?);
        let tenant = unescaped(parts.next()?)?;
        let pair = match parts.next()? {
            "~" => None,
            some => {
                let text = unescaped(some.strip_prefix(SOME)?)?;
                Some((text, parts.next()?.parse().ok()?))
            }
        };
        parts
            .next()
            .is_none()
            .then_some(((key, number, third), (tenant, pair)))
    }

    fn unescaped(text: &str) -> Option<String> {
        let (first, escaped) = text.split_once('%').unwrap_or((text, ""));
        let mut unescaped = first.as_bytes().to_vec();
        for text in escaped.split('%').filter(|text| !text.is_empty()) {
            unescaped.push(u8::from_str_radix(text.get(..2)?, 16).ok()?);
            unescaped.extend(text[2..].bytes());
        }
        String::from_utf8(unescaped).ok()
    }

    fn bytes(digits: &str) -> Option<Vec<u8>> {
        let byte = |start| u8::from_str_radix(digits.get(start..start + 2)?, 16).ok();
        (0..digits.len()).step_by(2).map(byte).collect()
    }

    /// Any text, and often one of what is special here.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[/~=%2F:a ]{0,4}", any::<String>()]
    }

    fn key() -> impl Strategy<Value = Row> {
        let option = proptest::option::of(text());
        let first = (text(), option, proptest::collection::vec(any::<u8>(), 0..4));
        let key = (first, any::<Option<Option<i32>>>(), (text(), any::<bool>()));
        let pair = proptest::option::of((text(), any::<i64>()));
        (key, (text(), pair))
    }

    fn written((key, (tenant, pair)): &Row) -> String {
        let scopes: Scopes = (
            Same::new(tenant.clone()),
            (IsNull::new(), Same::new(pair.clone())),
        );
        text_of(&(key, scopes))
    }

    #[test]
    fn two_keys_have_two_texts() {
        let texts = ["", "/", "~", "=", "%", "%2F", "a", "a/", "/a"];
        let options = || texts.into_iter().map(Some).chain([None]);
        let pairs = texts
            .into_iter()
            .flat_map(|one| options().map(move |other| (one, other)));
        let keys: Vec<_> = pairs
            .flat_map(|(one, other)| options().map(move |third| (one, other, third)))
            .collect();
        let written: HashSet<_> = keys.iter().map(text_of).collect();
        assert_eq!(written.len(), keys.len());
    }

    proptest! {
        #[test]
        fn a_text_can_be_read_back(key in key()) {
            prop_assert_eq!(read(&written(&key)), Some(key));
        }

        #[test]
        fn a_text_fits_in_an_etag(key in key()) {
            let text = written(&key);
            let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:%/~=".contains(&byte);
            prop_assert!(text.bytes().all(harmless), "{text}");
        }
    }
}

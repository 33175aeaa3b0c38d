//! The tag of a version of a row.

use super::opaque::{Parts, escaped, hash_of_row, hash_of_variant};
use crate::key_text::{KeyText, text_of};
use crate::token::VersionToken;
use crate::versioned::Versioned;
use ::http::HeaderValue;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The `ETag` of a version of a row: strong, and of this row of this table alone.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::http::{Conditional, ETag};
///
/// let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// let etag = ann.etag();
/// assert_eq!(etag.to_string(), r#""UUumJ2qDw1H6W6j0F63DuQ.1""#);
/// assert_eq!(etag.version_of(&ann), Some(1));
///
/// // Of a version that was read without its row.
/// let version: i64 = contacts::table.find(1).select(contacts::version).first(conn)?;
/// assert_eq!(ETag::of_version::<Contact>(&1, &(), &version), etag);
/// # Ok(())
/// # }
/// ```
///
/// - **It does not show the table, the key and the scope**, of which it has a hash. Who can guess a key or a tenant
///   can check the guess: the hash has no secret. The tag shows the version, and whether there is a variant.
/// - **It gives the version back** for its own row ([`version_of`](Self::version_of)). A client can make a
///   tag of any version up, as it can send any number: a tag is no secret and no permission.
/// - **It never changes** for a row and a version, not with a new version of the program or of optlock.
/// - **It is no longer than the version needs**: 23 characters before it, and 12 more for a variant, whatever
///   the key.
///
/// # What a tag cannot know
///
/// - **What else the body depends on.** Each part of the representation that can change while the version
///   stays goes into [`variant`](Self::variant), or a `304 Not Modified` is stale.
/// - **An edit that was not saved.** The tag of a value that was changed in memory is that of the version it
///   was loaded with.
/// - **Old contents beside a new version.** What a replica, a cache or an older snapshot returns is older than the
///   tag that the client sends: see [`ConditionalDsl`](crate::ConditionalDsl).
/// - **Two tables of one name**, in two databases or schemas. A client compares tags for one URL alone. Where
///   one URL serves both, put the database into [`variant`](Self::variant); a write by `If-Match` ignores it,
///   so there use two URLs.
/// - **A version that comes back.** An integer begins anew **in a row that is deleted and created again under the
///   same key**, and repeats after a backup was restored, or after a failover that lost commits: an old tag
///   matches again. A UUID does not come back, nor does it show how often the row was saved.
/// - **Two scopes of one table.** The tags of models with different scopes never match each other. GET and PUT of
///   one URL need the same scope, or each `If-Match` is a 412.
/// - **Two spellings of one key.** Where the database finds keys equal that Rust does not, such as `amy` and `AMY` in
///   a case-insensitive column, each spelling has a tag of its own. Build the value with the key of the row, as
///   it was loaded, or bring the key of the URL into one spelling.
///
/// # As a field
///
/// serde writes it as a text with its quotes, as the header has it: a client copies the field of a list entry
/// into `If-Match` unchanged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ETag {
    /// With its quotes.
    text: String,
}

impl ETag {
    /// The tag of the version of a value, which is that of its row if it was loaded or saved.
    pub fn of<M>(model: &M) -> Self
    where
        M: Versioned<Key: KeyText, Scope: KeyText>,
    {
        Self::of_version::<M>(&model.key(), &model.scope(), model.version())
    }

    /// The tag of a version of the row with this key and this scope, which is `()` for a model without one.
    pub fn of_version<M>(key: &M::Key, scope: &M::Scope, version: &M::Version) -> Self
    where
        M: Versioned<Key: KeyText, Scope: KeyText>,
    {
        Self::written(Parts {
            row: &hash_of_row(M::TABLE_NAME, &text_of(&(key, scope))),
            variant: None,
            version: &escaped(&version.encode()),
        })
    }

    fn written(parts: Parts<'_>) -> Self {
        Self {
            text: format!("\"{}\"", parts.written()),
        }
    }

    /// The same version in another representation: media type, language, release of the schema, who looks at
    /// it, the versions of joined rows.
    ///
    /// [`IfNoneMatch`](super::IfNoneMatch) tells variants apart, and **[`IfMatch`](super::IfMatch) does not**. So a
    /// variant is for what no write of this resource writes. Children that it writes have to touch their parent:
    /// [what else the body depends on](crate::guide::http#what-else-the-body-depends-on-variant). Parts can be added
    /// one after the other; their order counts.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() {
    /// use optlock::http::Conditional;
    ///
    /// let ann = Contact { id: 1, name: "Ann".into(), email: None, version: 1 };
    /// let german = ann.etag().variant("de");
    /// assert_ne!(german, ann.etag().variant("en"));
    /// assert_ne!(german, ann.etag());
    /// # }
    /// ```
    #[must_use]
    pub fn variant(&self, part: impl AsRef<[u8]>) -> Self {
        let parts = self.parts();
        let variant = hash_of_variant(parts.variant.unwrap_or(""), part.as_ref());
        Self::written(Parts {
            variant: Some(&variant),
            ..parts
        })
    }

    /// The version, if the tag is of the row of this value: of its table, its key and its scope.
    ///
    /// A handler that sets this version has to refuse the entry where there is none: a value that keeps the version it
    /// was loaded with is written at that version. [`require`](super::Conditional::require) refuses:
    /// `contact.require(&etag.into())?`.
    pub fn version_of<M>(&self, model: &M) -> Option<M::Version>
    where
        M: Versioned<Key: KeyText, Scope: KeyText>,
    {
        RowTag::of(model).version_in(self.opaque().as_bytes())
    }

    /// The tag with its quotes, as the header has it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is between the quotes.
    pub(super) fn opaque(&self) -> &str {
        &self.text[1..self.text.len() - 1]
    }

    /// Is what is between the quotes of another tag of the same version of the same row, whatever the variant?
    pub(super) fn is_same_version(&self, opaque: &[u8]) -> bool {
        let parts = self.parts();
        Parts::of_row(opaque, parts.row).is_some_and(|others| others.version == parts.version)
    }

    fn parts(&self) -> Parts<'_> {
        match Parts::split(self.opaque()) {
            Some(parts) => parts,
            None => unreachable!("it is made of its parts"),
        }
    }

    /// The tag of what is between the quotes, if it is one of optlock's.
    pub(super) fn of_opaque(opaque: &[u8]) -> Option<Self> {
        Parts::of(opaque).map(Self::written)
    }
}

/// The tags of one row.
#[derive(Debug)]
pub(super) struct RowTag {
    row: String,
}

impl RowTag {
    pub(super) fn of<M>(model: &M) -> Self
    where
        M: Versioned<Key: KeyText, Scope: KeyText>,
    {
        let key_text = text_of(&(model.key(), model.scope()));
        Self {
            row: hash_of_row(M::TABLE_NAME, &key_text),
        }
    }

    /// The version in what is between the quotes of a tag, if it is one of this row.
    pub(super) fn version_in<V: VersionToken>(&self, opaque: &[u8]) -> Option<V> {
        Parts::of_row(opaque, &self.row)?.decoded()
    }
}

/// A text is no [`ETag`] of optlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an entity tag that optlock has written")]
#[non_exhaustive]
pub struct ParseETagError;

/// With its quotes.
impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ETag({})", self.text)
    }
}

impl FromStr for ETag {
    type Err = ParseETagError;

    /// Reads what [`Display`](fmt::Display) has written, and nothing else: no weak tag, and none that another
    /// program has made.
    fn from_str(text: &str) -> Result<Self, ParseETagError> {
        Self::try_from(text.as_bytes())
    }
}

impl TryFrom<&[u8]> for ETag {
    type Error = ParseETagError;

    fn try_from(text: &[u8]) -> Result<Self, ParseETagError> {
        let opaque = text
            .strip_prefix(b"\"")
            .and_then(|text| text.strip_suffix(b"\""));
        opaque.and_then(Self::of_opaque).ok_or(ParseETagError)
    }
}

impl TryFrom<&HeaderValue> for ETag {
    type Error = ParseETagError;

    fn try_from(value: &HeaderValue) -> Result<Self, ParseETagError> {
        Self::try_from(value.as_bytes())
    }
}

impl TryFrom<HeaderValue> for ETag {
    type Error = ParseETagError;

    fn try_from(value: HeaderValue) -> Result<Self, ParseETagError> {
        Self::try_from(&value)
    }
}

impl From<&ETag> for HeaderValue {
    fn from(etag: &ETag) -> Self {
        match Self::from_str(&etag.text) {
            Ok(value) => value,
            Err(_) => unreachable!("a tag is visible ASCII"),
        }
    }
}

impl From<ETag> for HeaderValue {
    fn from(etag: ETag) -> Self {
        Self::from(&etag)
    }
}

impl Serialize for ETag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ETag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::{Same, Scope};
    use crate::text::ByText;
    use crate::token::VersionToken;
    use std::collections::HashSet;
    use std::hash::Hash;
    use std::marker::PhantomData;

    diesel::table! {
        rows {
            id -> Integer,
            tenant -> Nullable<Integer>,
            version -> BigInt,
        }
    }

    /// A row of a table of this name, with a token of any type.
    struct Row<T, V, S> {
        id: i32,
        version: V,
        scope: fn() -> S,
        table: PhantomData<T>,
    }

    trait Named {
        const NAME: &'static str;
    }

    struct Contacts;
    struct Notes;

    impl Named for Contacts {
        const NAME: &'static str = "contacts";
    }
    impl Named for Notes {
        const NAME: &'static str = "notes";
    }

    impl<T: Named, V: VersionToken, S: Scope + Eq + Hash> Versioned for Row<T, V, S> {
        type Table = rows::table;
        type Key = i32;
        type VersionColumn = rows::version;
        type Version = V;
        type Scope = S;
        type Text = ByText;
        const TABLE_NAME: &'static str = T::NAME;

        fn key(&self) -> i32 {
            self.id
        }
        fn scope(&self) -> S {
            (self.scope)()
        }
        fn version(&self) -> &V {
            &self.version
        }
        fn set_version(&mut self, version: V) {
            self.version = version;
        }
    }

    fn row<T, V, S>(id: i32, version: V, scope: fn() -> S) -> Row<T, V, S> {
        Row {
            id,
            version,
            scope,
            table: PhantomData,
        }
    }

    fn contact<V>(version: V) -> Row<Contacts, V, ()> {
        row(1, version, || ())
    }

    /// Old tags are in caches and at clients.
    #[test]
    fn a_tag_never_changes() {
        let etag = ETag::of(&contact(42_i64));
        assert_eq!(etag.as_str(), r#""UUumJ2qDw1H6W6j0F63DuQ.42""#);
        let german = etag.variant("de");
        assert_eq!(
            german.as_str(),
            r#""UUumJ2qDw1H6W6j0F63DuQ~CRvpxJutgb4.42""#
        );
        let json = german.variant("json");
        assert_eq!(json.as_str(), r#""UUumJ2qDw1H6W6j0F63DuQ~Aw7NHoN2Pas.42""#);
        let null = ETag::of(&contact(None::<i64>));
        assert_eq!(null.as_str(), r#""UUumJ2qDw1H6W6j0F63DuQ.null""#);
    }

    /// A token that breaks the rules of its text.
    #[derive(Debug, Clone, PartialEq)]
    struct Odd(String);

    impl VersionToken for Odd {
        fn first() -> Self {
            Self(String::new())
        }
        fn next(&self) -> Option<Self> {
            None
        }
        fn encode(&self) -> String {
            self.0.clone()
        }
        fn decode(text: &str) -> Option<Self> {
            Some(Self(text.to_owned()))
        }
    }

    #[test]
    fn a_token_that_writes_what_no_tag_may_have_is_escaped() {
        let odd = contact(Odd("a \"b\", 100%\\\n\u{e9}".into()));
        let etag = ETag::of(&odd);
        assert_eq!(
            etag.as_str(),
            r#""UUumJ2qDw1H6W6j0F63DuQ.a%20%22b%22%2C%20100%25%5C%0A%C3%A9""#
        );
        assert_eq!(etag.version_of(&odd), Some(odd.version.clone()));
        assert_eq!(etag.as_str().parse(), Ok(etag.clone()));
        assert_eq!(
            HeaderValue::from(&etag).as_bytes(),
            etag.as_str().as_bytes()
        );
        let empty = contact(Odd(String::new()));
        assert_eq!(
            ETag::of(&empty).version_of(&empty),
            Some(Odd(String::new()))
        );
    }

    fn of_tenant(tenant: Option<i32>) -> Same<rows::tenant, Option<i32>> {
        Same::new(tenant)
    }

    #[test]
    fn no_two_rows_share_a_tag() {
        let tags = [
            ETag::of(&contact(1_i64)),
            ETag::of(&contact(2_i64)),
            ETag::of(&contact(1_i64)).variant(""),
            ETag::of(&row::<Contacts, _, _>(2, 1_i64, || ())),
            ETag::of(&row::<Notes, _, _>(1, 1_i64, || ())),
            ETag::of(&row::<Contacts, _, _>(1, 1_i64, || of_tenant(Some(1)))),
            ETag::of(&row::<Contacts, _, _>(1, 1_i64, || of_tenant(Some(2)))),
            ETag::of(&row::<Contacts, _, _>(1, 1_i64, || of_tenant(None))),
        ];
        let different: HashSet<_> = tags.iter().collect();
        assert_eq!(different.len(), tags.len());
    }

    #[test]
    fn a_version_is_given_back_to_its_own_row_alone() {
        let ann = contact(7_i64);
        for etag in [ETag::of(&ann), ETag::of(&ann).variant("de").variant("json")] {
            assert_eq!(etag.version_of(&contact(1_i64)), Some(7));
            assert_eq!(
                etag.version_of(&row::<Contacts, i64, ()>(2, 7, || ())),
                None
            );
            assert_eq!(etag.version_of(&row::<Notes, i64, ()>(1, 7, || ())), None);
            // No token that the column could have.
            assert_eq!(etag.version_of(&contact(Some(1_i16))), Some(Some(7)));
        }
        assert_eq!(
            ETag::of(&contact(70_000_i32)).version_of(&contact(1_i16)),
            None
        );
    }

    #[test]
    fn only_what_is_printed_is_read() {
        let etag = ETag::of(&contact(7_i64));
        for etag in [etag.clone(), etag.variant("de")] {
            assert_eq!(etag.to_string().parse(), Ok(etag.clone()));
            assert_eq!(ETag::try_from(HeaderValue::from(&etag)), Ok(etag.clone()));
            // A parsed one is the same in what comes after it, too.
            let parsed: ETag = etag.as_str().parse().unwrap();
            assert_eq!(parsed.variant("x"), etag.variant("x"));
        }
        for text in [
            "",
            "\"",
            "\"\"",
            "UUumJ2qDw1H6W6j0F63DuQ.7",
            "\"UUumJ2qDw1H6W6j0F63DuQ.7",
            "W/\"UUumJ2qDw1H6W6j0F63DuQ.7\"",
            " \"UUumJ2qDw1H6W6j0F63DuQ.7\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ7\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ~.7\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ~CRvpxJutgb47\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ~CRvpxJutgb4\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ~CRvpxJutgb4A.7\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.7\"\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.7 \"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.7,\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.%37\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.%2c\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.%2\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.%\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.%FF\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.%+F\"",
            "\"UUumJ2qDw1H6W6j0F63DuQ.\u{e9}\"",
            "\"\u{e9}AAAAAAAAAAAAAAAAAAAAA.7\"",
        ] {
            assert_eq!(text.parse::<ETag>(), Err(ParseETagError), "{text}");
        }
    }

    #[test]
    fn as_a_field_it_has_its_quotes() {
        let etag = ETag::of(&contact(7_i64));
        let json = serde_json::to_string(&etag).unwrap();
        assert_eq!(json, r#""\"UUumJ2qDw1H6W6j0F63DuQ.7\"""#);
        assert_eq!(serde_json::from_str::<ETag>(&json).unwrap(), etag);
        let error = serde_json::from_str::<ETag>("\"7\"").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("not an entity tag that optlock has written"),
            "{error}"
        );
    }
}

//! A field of a PATCH.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field of a PATCH by JSON Merge Patch (RFC 7396): absent, null or a value.
///
/// For a struct that is read from a request and then turned into a model. serde needs `#[serde(default)]` on
/// the field or on the struct, by which a field that is absent becomes [`Absent`](Self::Absent).
///
/// ```
/// use optlock::http::Patch;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(default)]
/// #[derive(Default)]
/// struct Body {
///     name: Patch<String>,
///     email: Patch<String>,
///     phone: Patch<String>,
/// }
///
/// let body: Body = serde_json::from_str(r#"{"name": "Ann B.", "email": null}"#).unwrap();
/// assert_eq!(body.name, Patch::Value("Ann B.".into()));
/// assert_eq!(body.email, Patch::Null);
/// assert_eq!(Option::<Option<String>>::from(body.phone), None);
/// ```
///
/// A field of the model itself is an `Option<Option<T>>` with `treat_none_as_null = false`, which Diesel
/// knows. This is what a `Patch` turns into, and [`null_or_value`] reads it directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Patch<T> {
    /// The field is left as it is.
    #[default]
    Absent,
    /// The field becomes NULL.
    Null,
    /// The field becomes this value.
    Value(T),
}

impl<T> Patch<T> {
    /// Is the field left as it is? For `#[serde(skip_serializing_if = "Patch::is_absent")]`.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Changes a field that may be NULL.
    ///
    /// ```
    /// use optlock::http::Patch;
    ///
    /// let mut email = Some("ann@example.org");
    /// Patch::Absent.apply(&mut email);
    /// assert_eq!(email, Some("ann@example.org"));
    /// Patch::Null.apply(&mut email);
    /// assert_eq!(email, None);
    /// ```
    pub fn apply(self, field: &mut Option<T>) {
        if let Some(value) = self.into() {
            *field = value;
        }
    }
}

/// As a field of a changeset with `treat_none_as_null = false`: `None` leaves the column alone, `Some(None)`
/// is NULL.
impl<T> From<Patch<T>> for Option<Option<T>> {
    fn from(patch: Patch<T>) -> Self {
        match patch {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(value) => Some(Some(value)),
        }
    }
}

impl<T> From<Option<Option<T>>> for Patch<T> {
    fn from(field: Option<Option<T>>) -> Self {
        match field {
            None => Self::Absent,
            Some(None) => Self::Null,
            Some(Some(value)) => Self::Value(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        null_or_value(deserializer).map(Self::from)
    }
}

/// A field that is [absent](Patch::Absent) is to be skipped: serialized all the same, it is null.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

/// Reads a field of a PATCH that is an `Option<Option<T>>`, for serde's `deserialize_with`. serde alone reads
/// `null` as the outer `None`, which leaves the column alone.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Identifiable, AsChangeset, Versioned)]
/// #[diesel(table_name = contacts, treat_none_as_null = false)]
/// struct Edit {
///     #[serde(skip)]
///     id: i32,
///     name: Option<String>,
///     #[serde(default, deserialize_with = "optlock::http::null_or_value")]
///     email: Option<Option<String>>,
///     #[diesel(skip_update)]
///     #[serde(skip)]
///     version: i64, // comes by If-Match
/// }
/// # fn main() {
/// let edit: Edit = serde_json::from_str(r#"{"email": null}"#).unwrap();
/// assert_eq!((edit.name, edit.email), (None, Some(None)));
/// # let _ = (edit.id, edit.version);
/// # }
/// ```
///
/// # Errors
///
/// Those of the deserializer.
pub fn null_or_value<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

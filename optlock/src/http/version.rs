//! A version in the body of a request.

use serde::{Deserialize, Deserializer};

/// Reads a version that the client has to send, for serde's `deserialize_with`.
///
/// A version that the client leaves out is an error, **also where the token is an `Option`**, which serde
/// alone reads as `None`: the version of a row that was never saved. A `null` is a version there, and an
/// error elsewhere. Beside it no `#[serde(default)]` may be on the field, nor on the struct.
///
/// ```
/// use serde::Deserialize;
///
/// #[derive(Debug, Deserialize)]
/// struct Form {
///     name: String,
///     #[serde(deserialize_with = "optlock::http::required_version")]
///     version: Option<i64>,
/// }
///
/// let form: Form = serde_json::from_str(r#"{"name": "Ann", "version": null}"#).unwrap();
/// assert_eq!((form.name.as_str(), form.version), ("Ann", None));
/// let error = serde_json::from_str::<Form>(r#"{"name": "Ann"}"#).unwrap_err();
/// assert!(error.to_string().starts_with("missing field `version`"));
/// ```
///
/// # Errors
///
/// Those of the deserializer.
pub fn required_version<'de, D, V>(deserializer: D) -> Result<V, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    V::deserialize(deserializer)
}

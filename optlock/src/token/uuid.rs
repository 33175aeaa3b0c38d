//! Random tokens. Nothing that was ever read matches by accident, also where the database goes back:
//! after a rollback, a restored backup, a failover that lost a write.

use super::{VersionToken, exactly};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Binary, Text};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use uuid::Uuid;

macro_rules! random {
    ($($token:ident $({ $($more:tt)* })?)*) => {$(
        impl VersionToken for $token {
            fn first() -> Self {
                Uuid::new_v4().into()
            }

            fn next(&self) -> Option<Self> {
                Some(Self::first())
            }

            fn encode(&self) -> String {
                self.to_string()
            }

            fn decode(text: &str) -> Option<Self> {
                exactly(text.parse().ok()?, text)
            }

            const UNIQUE: bool = true;

            $($($more)*)?
        }
    )*};
}

random!(Uuid UuidBytes UuidText {
    fn is_same_text(&self, other: &Self) -> bool {
        self.text == other.text
    }
});

/// A UUID in a column of bytes, on each database: `BLOB` on SQLite, `BYTEA` on PostgreSQL,
/// `BINARY(16)` on MySQL and MariaDB; `Binary` in `table!`.
///
/// On PostgreSQL, `uuid::Uuid` in a `UUID` column is the better choice.
///
/// ```
/// use diesel::prelude::*;
/// use optlock::prelude::*;
/// use optlock::{UuidBytes, VersionToken};
///
/// diesel::table! {
///     notes {
///         id -> Integer,
///         text -> Text,
///         version -> Binary,
///     }
/// }
///
/// #[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned)]
/// struct Note {
///     id: i32,
///     text: String,
///     version: UuidBytes,
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut SqliteConnection::establish(":memory:")?;
/// # diesel::sql_query("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, version BLOB NOT NULL)").execute(conn)?;
///
/// let mut note = Note { id: 1, text: "new".into(), version: UuidBytes::first() };
/// diesel::insert_into(notes::table).values(&note).execute(conn)?;
/// let mut stale = note.clone();
///
/// note.save_checked(conn)?;
/// let error = stale.save_checked(conn).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     format!("notes 1 was changed: expected version {}, found {}", stale.version, note.version)
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct UuidBytes(Uuid);

impl From<Uuid> for UuidBytes {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<UuidBytes> for Uuid {
    fn from(token: UuidBytes) -> Self {
        token.0
    }
}

/// From the text that a form or an `If-Match` header carried.
impl FromStr for UuidBytes {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl fmt::Display for UuidBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<DB> ToSql<Binary, DB> for UuidBytes
where
    DB: Backend,
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_bytes().as_slice().to_sql(out)
    }
}

impl<DB> FromSql<Binary, DB> for UuidBytes
where
    DB: Backend,
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(&Vec::from_sql(bytes)?)?))
    }
}

/// A UUID in a column of text, on each database: `TEXT` on SQLite and PostgreSQL, `CHAR(36)` on
/// MySQL and MariaDB; `Text` in `table!`. New ones are written as
/// `67e55044-10b1-426f-9247-bb680e5fe0c8`.
///
/// One that another program has written in another form (in upper case, without hyphens) is the same
/// token: equal, and hashed by the UUID. Its text is kept as it was loaded, because the database
/// compares texts. If the row has the token in another form than memory, because it came from a form
/// or a header, a checked write first misses the row; then it is sent once more with the row's text.
/// Each save writes the form above.
///
/// ```
/// use optlock::{UuidText, VersionToken};
///
/// let token = UuidText::first();
/// let from_a_form: UuidText = token.as_str().parse().expect("it is a UUID");
/// assert_eq!(from_a_form, token);
/// assert_ne!(token.next(), Some(token));
/// ```
#[derive(Clone, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct UuidText {
    uuid: Uuid,
    text: String,
}

impl UuidText {
    /// The text in the column.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn uuid(&self) -> Uuid {
        self.uuid
    }
}

impl From<Uuid> for UuidText {
    fn from(uuid: Uuid) -> Self {
        Self {
            uuid,
            text: uuid.hyphenated().to_string(),
        }
    }
}

impl PartialEq for UuidText {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl Eq for UuidText {}

impl Hash for UuidText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl fmt::Debug for UuidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UuidText").field(&self.text).finish()
    }
}

/// From the text that a form or an `If-Match` header carried. It is kept as it is.
impl FromStr for UuidText {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        let uuid = Uuid::try_parse(text)?;
        Ok(Self {
            uuid,
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for UuidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<DB> ToSql<Text, DB> for UuidText
where
    DB: Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.text.as_str().to_sql(out)
    }
}

impl<DB> FromSql<Text, DB> for UuidText
where
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(String::from_sql(bytes)?.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher as _, RandomState};

    #[test]
    fn each_token_is_new() {
        let token = UuidBytes::first();
        assert_ne!(token.next(), Some(token));
        assert_ne!(Uuid::first(), Uuid::first());
        assert_ne!(UuidText::first(), UuidText::first());
    }

    #[test]
    fn a_token_comes_back_from_its_text() {
        let token = UuidBytes::first();
        assert_eq!(UuidBytes::decode(&token.encode()), Some(token));
        assert_eq!(token.encode().parse(), Ok(token));
        assert_eq!(Uuid::from(token).to_string(), token.to_string());
    }

    #[test]
    fn a_text_is_kept_as_it_was_written_and_means_the_same() {
        let hasher = RandomState::new();
        let token = UuidText::from(Uuid::from_u128(0x67E5504410B1426F9247BB680E5FE0C8));
        for text in [
            "67E55044-10B1-426F-9247-BB680E5FE0C8",
            "67e5504410b1426f9247bb680e5fe0c8",
        ] {
            let spelled: UuidText = text.parse().unwrap();
            assert_eq!(spelled.as_str(), text);
            assert_eq!(spelled.describe(), text.into());
            assert_eq!(spelled, token);
            assert_eq!(hasher.hash_one(&spelled), hasher.hash_one(&token));
            assert!(!spelled.is_same_text(&token));
            assert!(spelled.is_same_text(&spelled.clone()));
        }
        assert!("5".parse::<UuidText>().is_err());
    }
}

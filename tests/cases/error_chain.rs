//! A conflict is found in every error, and a report of the chain prints no text twice.

use crate::helpers::people::{delete, rename};
use crate::helpers::stale::{policy, save_stale};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use optlock::retry::is_retryable;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::error::Error as StdError;

/// As `thiserror` recommends it, for an error that adds nothing to the one in it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Transparent(#[from] Error);

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct TransparentBox(Box<dyn StdError + Send + Sync>);

#[derive(Debug, thiserror::Error)]
#[error("not stored")]
struct WithText(#[source] Transparent);

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Nested(#[from] Transparent);

impl From<diesel::result::Error> for Transparent {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.into())
    }
}

impl From<diesel::result::Error> for Nested {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.into())
    }
}

impl From<diesel::result::Error> for WithText {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.into())
    }
}

#[track_caller]
fn expect_repeated<E>(hide: impl Fn(Error) -> E, conn: &mut Conn)
where
    E: StdError + From<diesel::result::Error> + Send + 'static,
{
    let stale = |conn: &mut Conn| save_stale(conn).map_err(&hide);
    let result = retry(policy(), conn, stale);
    assert_eq!(result.unwrap_err().attempts(), 5);
}

#[test]
fn no_wrapper_hides_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    expect_repeated(Transparent, conn);
    expect_repeated(|error| Nested(Transparent(error)), conn);
    expect_repeated(|error| WithText(Transparent(error)), conn);
    // As an error in Diesel's.
    expect_repeated(
        |error| Transparent(diesel::result::Error::from(error).into()),
        conn,
    );
}

#[test]
fn no_wrapper_hides_a_conflict_of_a_batch() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let result = retry(policy(), conn, |conn| {
        [Contact::ann()].save_all_checked(conn).map_err(Transparent)
    });
    assert_eq!(result.unwrap_err().attempts(), 5);
}

#[test]
fn when_sees_through_a_box() {
    type AnyError = Box<dyn StdError + Send + Sync>;

    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let boxed = |conn: &mut Conn| -> Result<(), AnyError> { Ok(save_stale(conn)?) };
    let any = policy().when(|error: &AnyError| is_retryable(&**error));
    assert_eq!(retry(any, conn, boxed).unwrap_err().attempts(), 5);
    let hidden = TransparentBox(boxed(conn).unwrap_err());
    assert!(is_retryable(&hidden), "{hidden:?}");
}

/// Whatever the transaction was lost to, and however it is wrapped.
#[test]
fn a_transaction_that_was_lost_is_not_repeated() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ended = |conn: &mut Conn| {
        transaction(conn, (), |conn, ()| {
            conn.batch_execute("COMMIT").map_err(Transparent::from)
        })
    };
    let error = ended(conn).unwrap_err();
    assert!(
        matches!(error, Transparent(Error::TransactionLost(_))),
        "{error:?}"
    );
    assert!(!is_retryable(&error) && !is_retryable(&Nested(error)));
}

/// Texts of the chain, the outermost first.
fn texts(error: &(dyn StdError + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |&error| error.source())
        .map(ToString::to_string)
        .collect()
}

#[track_caller]
pub(crate) fn expect_no_text_twice(error: Error) {
    let texts = texts(&error);
    for (index, text) in texts.iter().enumerate() {
        for other in &texts[index + 1..] {
            assert!(!text.contains(other) && !other.contains(text), "{texts:?}");
        }
    }
    let report = texts.join(": ");
    assert_eq!(format!("{:#}", anyhow::Error::new(error)), report);
}

#[test]
fn a_report_of_a_conflict_prints_no_text_twice() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let error = save_stale(conn).unwrap_err();
    assert_eq!(
        texts(&error),
        [
            "contacts 1 was changed: expected version 1, found 2",
            "another client changed the row first"
        ]
    );
    expect_no_text_twice(error);
    expect_no_text_twice([Contact::ann()].save_all_checked(conn).unwrap_err());
    // As an error in Diesel's.
    let error = diesel::result::Error::from(save_stale(conn).unwrap_err());
    assert_eq!(texts(&error).len(), 2);
}

/// `{}` prints what failed, its source the database's own words.
#[test]
fn an_error_of_the_database_keeps_the_servers_words_to_its_source() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let again = "INSERT INTO contacts (id, name, version) VALUES (1, 'Ann', 1)";
    let error = Error::from(diesel::sql_query(again).execute(conn).unwrap_err());
    let printed = "a unique constraint of the database was violated";
    assert_eq!(
        (error.to_string().as_str(), error.without_key().as_str()),
        (printed, printed)
    );
    let source = error.source().unwrap();
    assert!(source.is::<diesel::result::Error>());
    assert_ne!(source.to_string(), printed);
    expect_no_text_twice(error);
}

#[test]
fn diesels_not_found_is_found_in_ours() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let nobody = contacts::table
        .find(9)
        .select(Contact::as_select())
        .first::<Contact>(conn);
    let error = Error::from(nobody.unwrap_err());
    assert!(error.is_not_found() && !error.is_missing() && !error.is_conflict());
    assert_eq!(error.to_string(), "no row was found");
    delete(1, conn);
    let error = save_stale(conn).unwrap_err();
    assert!(error.is_missing() && !error.is_not_found());
}

//! A retry sees the conflict in an error of the user's own, and hands it on.

use crate::helpers::expect;
use crate::helpers::people::rename;
use crate::helpers::stale::{STALE, policy, save_stale};
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::result::DatabaseErrorKind::SerializationFailure;
use diesel::result::Error::DatabaseError;
use optlock::Error;
use optlock::retry::is_retryable;

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the order is closed")]
    Closed,
    #[error("not stored")]
    Storage(#[from] Error),
    #[error("not read")]
    Diesel(#[from] diesel::result::Error),
}

/// Hides an error of Diesel's own, which has no source.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Transparent(#[from] diesel::result::Error);

#[test]
fn a_conflict_is_found_in_the_users_own_error() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let stale = |conn: &mut Conn| save_stale(conn).map_err(Refusal::from);
    assert_eq!(retry(policy(), conn, stale).unwrap_err().attempts(), 5);

    let result = retry(policy(), conn, |_| Err::<(), _>(Refusal::Closed));
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(matches!(error.last(), Refusal::Closed));

    // As Diesel's error, and as an error in Diesel's.
    let result = retry(policy(), conn, |conn| -> Result<(), Refusal> {
        Ok(save_stale(conn).map_err(diesel::result::Error::from)?)
    });
    assert_eq!(result.unwrap_err().attempts(), 5);
    let result = retry(policy(), conn, |conn| -> QueryResult<()> {
        Ok(save_stale(conn)?)
    });
    assert_eq!(result.unwrap_err().attempts(), 5);
}

#[test]
fn when_says_which_of_the_users_errors_is_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);

    let closed = policy().when(|error: &Refusal| matches!(error, Refusal::Closed));
    let result = retry(closed, conn, |_| Err::<(), _>(Refusal::Closed));
    assert_eq!(result.unwrap_err().attempts(), 5);
    let stale = |conn: &mut Conn| save_stale(conn).map_err(Refusal::from);
    assert_eq!(retry(closed, conn, stale).unwrap_err().attempts(), 1);

    let lost = |_: &mut Conn| -> Result<(), Transparent> {
        let text = Box::new("lost".to_owned());
        Err(DatabaseError(SerializationFailure, text))?
    };
    assert_eq!(retry(policy(), conn, lost).unwrap_err().attempts(), 1);
    let seen = policy().when(|error: &Transparent| is_retryable(&error.0));
    assert_eq!(retry(seen, conn, lost).unwrap_err().attempts(), 5);

    let silent = policy().when_source(|_: &Refusal| None);
    assert_eq!(retry(silent, conn, stale).unwrap_err().attempts(), 1);
    let any = policy().when_source(|error: &anyhow::Error| Some(error.as_ref()));
    let result = retry(any, conn, |conn| -> anyhow::Result<()> {
        Ok(save_stale(conn)?)
    });
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 5);
    assert_eq!(error.into_last().to_string(), STALE);
}

#[test]
fn a_question_mark_carries_the_last_error_on() {
    fn as_optlock(conn: &mut Conn) -> Result<(), Error> {
        Ok(retry(policy(), conn, save_stale)?)
    }
    fn as_diesel(conn: &mut Conn) -> QueryResult<()> {
        Ok(retry(policy(), conn, save_stale)?)
    }
    fn as_anyhow(conn: &mut Conn) -> anyhow::Result<()> {
        Ok(retry(policy(), conn, save_stale)?)
    }

    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    expect::modified(as_optlock(conn), expect::ANN, 1, 2);
    expect::modified(as_diesel(conn).map_err(Error::from), expect::ANN, 1, 2);
    let error = as_anyhow(conn).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        format!("gave up after 5 attempts: {STALE}: another client changed the row first")
    );
    assert!(is_retryable(error.as_ref()));
}

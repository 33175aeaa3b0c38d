//! A trigger of the user's raises an error in the words of an engine: it counts as that engine's on its
//! own database only.

use crate::helpers::people::{changed_my_mind, stored};
use crate::helpers::stale::policy;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, SQL, Scratch};
use optlock::Error;
use optlock::retry::is_retryable;
use optlock_tests::models::Contact;

/// The words, and whose they are.
const WORDS: [(&str, &str); 7] = [
    ("sqlite", "database is locked"),
    ("sqlite", "database table is locked: contacts"),
    ("postgres", "deadlock detected"),
    (
        "postgres",
        "could not obtain lock on row in relation \"contacts\"",
    ),
    (
        "mysql",
        "Record has changed since last read in table 'contacts'",
    ),
    (
        "mysql",
        "Lock wait timeout exceeded; try restarting transaction",
    ),
    ("mysql", "Server has gone away"),
];

/// Each update of a contact fails with these words.
fn raise(words: &str, conn: &mut Conn) {
    let words = words.replace('\'', "''");
    conn.batch_execute(&(SQL.raise)(&words)).unwrap();
}

#[track_caller]
fn expect_own(error: &Error) {
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(!error.is_conflict() && !error.is_transient(), "{error:?}");
    assert!(
        !error.outcome_unknown() && !is_retryable(error),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "the database returned an error");
}

fn foreign() -> impl Iterator<Item = &'static str> {
    WORDS
        .iter()
        .filter(|(database, _)| *database != CAPABILITIES.name)
        .map(|&(_, words)| words)
}

/// Each write, outside of a transaction and in one.
#[test]
fn the_words_of_another_engine_are_no_error_of_this_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for words in foreign() {
        raise(words, conn);
        let mut ann = stored(1, conn);
        expect_own(&ann.save_checked(conn).unwrap_err());
        expect_own(&ann.touch_checked(conn).unwrap_err());
        expect_own(&ann.force_save(conn).unwrap_err());
        expect_own(&ann.save_or_load(conn).unwrap_err());
        let mut both = [ann.clone(), stored(2, conn)];
        expect_own(&both.save_all_checked(conn).unwrap_err());
        for saved in both.save_each_checked(conn) {
            expect_own(&saved.unwrap_err());
        }
        let result = transaction(conn, &mut both[..], |conn, both| {
            for saved in both.save_each_checked(conn) {
                expect_own(&saved.unwrap_err());
            }
            expect_own(&both.save_all_checked(conn).unwrap_err());
            Err::<(), _>(changed_my_mind())
        });
        assert!(result.is_err());
        let result = transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn));
        expect_own(&result.unwrap_err());
        assert_eq!(ann, Contact::ann());
    }
}

/// What the operation has found is not read anew from the text.
#[test]
fn nor_do_they_become_one_on_their_way() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for words in foreign() {
        raise(words, conn);
        let as_query = |conn: &mut Conn| -> QueryResult<()> {
            stored(1, conn).save_checked(conn)?;
            Ok(())
        };
        let error = as_query(conn).unwrap_err();
        assert!(!is_retryable(&error), "{error:?}");
        assert_eq!(error.to_string(), words);
        let diesel::result::Error::DatabaseError(_, information) = &error else {
            panic!("{error:?}")
        };
        let hint = information.hint().unwrap();
        assert_eq!(
            hint.contains("a hint of the user's"),
            CAPABILITIES.errors_have_hints,
            "{hint}"
        );
        expect_own(&Error::from(error));
        let result = retry(policy(), conn, as_query);
        assert_eq!(result.unwrap_err().attempts(), 1);
    }
}

/// A statement of the user's own, whose connection a retry knows.
#[test]
fn a_retry_reads_the_words_by_its_own_database() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for (database, words) in WORDS {
        raise(words, conn);
        let update =
            |conn: &mut Conn| diesel::sql_query("UPDATE contacts SET name = 'Anna'").execute(conn);
        let as_optlock = |conn: &mut Conn| Ok::<_, Error>(update(conn)?);
        let attempts = [
            retry(policy(), conn, update).unwrap_err().attempts(),
            retry(policy(), conn, as_optlock).unwrap_err().attempts(),
        ];
        let is_repeated = database == CAPABILITIES.name && words != "Server has gone away";
        assert_eq!(attempts, [if is_repeated { 5 } else { 1 }; 2], "{words}");
    }
}

/// Nothing tells it from the engine's own.
#[test]
fn the_words_of_ones_own_engine_count() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let own = |&&(database, _): &&(&str, &str)| database == CAPABILITIES.name;
    for (_, words) in WORDS.iter().filter(own) {
        raise(words, conn);
        let error = stored(1, conn).save_checked(conn).unwrap_err();
        assert!(
            error.is_conflict() || error.is_transient() || error.outcome_unknown(),
            "{error:?}"
        );
    }
}

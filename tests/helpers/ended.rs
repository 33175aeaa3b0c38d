//! A transaction that ends before its COMMIT.

use crate::Conn;
use crate::prelude::*;
use diesel::connection::TransactionManager;
use optlock::Error;
use optlock::retry::is_retryable;
use optlock_tests::models::Contact;

/// Ann as she is saved.
pub(crate) fn ann_b() -> Contact {
    Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    }
}

/// Nothing can tell whether what was saved has landed, and nothing is left behind.
#[track_caller]
pub(crate) fn expect_ended(error: &Error, conn: &mut Conn) {
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    assert!(error.outcome_unknown(), "{error:?}");
    assert!(!error.is_conflict() && !error.is_transient() && !is_retryable(error));
    assert_eq!(
        error.to_string(),
        "the transaction had ended before its COMMIT, by a statement in it (DDL, a raw COMMIT or \
         ROLLBACK) or by an error that was not returned: it may have landed or not"
    );
    let depth = <Conn as Connection>::TransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth();
    assert_eq!(depth, Ok(None));
}

/// Saves Ann, and lets `end` end the transaction. Returns her as she is in memory then.
#[track_caller]
pub(crate) fn save_and_end(end: impl Fn(&mut Conn), conn: &mut Conn) -> Contact {
    let mut ann = ann_b();
    let result = transaction(conn, &mut ann, |conn, ann| {
        ann.save_checked(conn)?;
        end(conn);
        Ok::<_, Error>(())
    });
    expect_ended(&result.unwrap_err(), conn);
    assert_eq!(ann, ann_b());
    ann
}

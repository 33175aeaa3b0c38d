//! A statement fails, the database gives up the transaction, and the body goes on as if nothing had
//! happened. PostgreSQL and MariaDB would then call the COMMIT a success, although nothing is
//! committed. Only PostgreSQL tells that from a raw COMMIT in the body.

use super::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn};
use optlock::Error;
use optlock_tests::capabilities::TransactionCheck;
use optlock_tests::models::Contact;

/// The body saves Bob, and then swallows the error of `failure`.
pub(crate) fn expect_swallowed_error_puts_back(conn: &mut Conn, failure: impl Fn(&mut Conn)) {
    let mut bob = stored(2, conn);
    let result = transaction(conn, &mut bob, |conn, bob| {
        bob.name = "Bobby".into();
        bob.save_checked(conn)?;
        failure(conn);
        Ok::<_, Error>(())
    });
    assert_eq!(stored(2, conn), Contact::bob());
    assert_eq!(bob, Contact::bob());
    let error = result.unwrap_err();
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    assert!(!error.is_conflict() && !error.is_transient());
    assert_eq!(
        error.outcome_unknown(),
        CAPABILITIES.transaction_check != TransactionCheck::Statement
    );
}

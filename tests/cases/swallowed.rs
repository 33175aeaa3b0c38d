//! A body goes on after an error that has ended its transaction.

use crate::helpers::swallowed::expect_swallowed_error_puts_back;
use crate::prelude::*;
use crate::{CAPABILITIES, Scratch};
use optlock_tests::capabilities::require;

#[test]
fn a_swallowed_error_that_ended_the_transaction_puts_the_values_back() {
    let Some((statement, message)) = require(CAPABILITIES.ends_transaction) else {
        return;
    };
    let scratch = Scratch::new();
    expect_swallowed_error_puts_back(&mut scratch.connect(), |conn| {
        let error = diesel::sql_query(statement).execute(conn).unwrap_err();
        assert_eq!(error.to_string(), message);
    });
}

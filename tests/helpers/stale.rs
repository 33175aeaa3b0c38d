//! A save that conflicts in each attempt.

use crate::Conn;
use crate::prelude::*;
use optlock::Error;
use optlock::retry::{Policy, Quiet, SourceChain};
use optlock_tests::models::Contact;
use std::time::Duration;

/// Waits for nobody.
fn at_once(_: Duration) -> Slept {
    slept()
}

pub(crate) const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(3);

pub(crate) fn policy() -> Policy<SourceChain, Quiet, fn(Duration) -> Slept> {
    Policy::new()
        .attempts(5)
        .within(Duration::from_secs(600))
        .backoff(FIRST_DELAY, LONGEST_DELAY)
        .sleep(at_once as fn(Duration) -> Slept)
}

/// Ann's stale save, as each attempt makes it.
pub(crate) fn save_stale(conn: &mut Conn) -> Result<(), Error> {
    Contact::ann().save_checked(conn)
}

pub(crate) const STALE: &str = "contacts 1 was changed: expected version 1, found 2";

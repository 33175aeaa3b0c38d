//! The body of a retry changes nothing in memory that would not be put back.

use diesel::prelude::*;
use optlock::retry::{Policy, RetryError};

fn count(conn: &mut SqliteConnection) -> Result<i32, RetryError<optlock::Error>> {
    let mut attempts = 0;
    optlock::retry(Policy::new(), conn, |_| {
        attempts += 1;
        Ok(())
    })?;
    Ok(attempts)
}

fn main() {}

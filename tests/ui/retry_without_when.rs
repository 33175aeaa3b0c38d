//! A retry has to see a conflict in the error of its body.

use diesel::prelude::*;
use optlock::retry::{Policy, RetryError};

struct Opaque;

impl From<diesel::result::Error> for Opaque {
    fn from(_: diesel::result::Error) -> Self {
        Self
    }
}

fn shout(conn: &mut SqliteConnection) -> Result<(), RetryError<Opaque>> {
    optlock::retry(Policy::new(), conn, |_| Ok(()))
}

fn main() {}

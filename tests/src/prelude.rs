//! What cases import, as `crate::prelude`: all that they call on a connection. A program whose
//! connections wait in another way puts its own traits and functions of these names in its place.

pub use diesel::connection::SimpleConnection;
pub use diesel::prelude::*;
pub use optlock::backend::TransactionConnection;
pub use optlock::lease::LeaseConnection;
pub use optlock::prelude::*;
pub use optlock::retry::retry;
pub use optlock::verify::{verify, verify_with};
pub use optlock::{lease, methods, testing, transaction};

/// How a policy's `sleep` ends.
pub type Slept = ();

pub fn slept() -> Slept {}

//! The functions of [`optlock::lease`](mod@crate::lease) on async connections. Its types are there.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
//! # #[tokio::main]
//! # async fn main() -> Result<(), optlock::Error> {
//! # let conn = &mut establish_connection().await;
//! use optlock::diesel_async::lease;
//! use optlock::lease::Lease;
//! use std::time::Duration;
//!
//! lease::create_table(conn).await?;
//!
//! let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).await?;
//! let mut lease = Lease::acquire_checked(&ann, "amy", "page 1", Duration::from_secs(60), conn).await?;
//! ann.name = "Ann B.".into();
//! ann.save_and_release(&mut lease, conn).await?;
//! # Ok(())
//! # }
//! ```

pub use super::keeper::LeaseKeeper;
use super::{AsyncLeaseConnection, Sending};
use crate::error::Error;
use crate::executes::{Waiting, Wire};
use crate::lease::{LeaseStatus, operation};
use std::time::Duration;

/// Creates the tables of leases and of presence, unless they are there: [`optlock::lease::create_table`](crate::lease::create_table).
///
/// # Errors
///
/// Those of the blocking one.
pub fn create_table<C: AsyncLeaseConnection>(conn: &mut C) -> Sending<'_, Result<(), Error>> {
    Box::pin(async { operation::create_table(&mut Wire::<Waiting<C>>::new(conn)).await })
}

/// The leases that a person has: [`optlock::lease::all_of`](crate::lease::all_of).
///
/// # Errors
///
/// Those of the blocking one.
pub fn all_of<'a, C: AsyncLeaseConnection>(
    owner: &'a str,
    conn: &'a mut C,
) -> Sending<'a, Result<Vec<LeaseStatus>, Error>> {
    Box::pin(async { operation::all_of(owner, &mut Wire::<Waiting<C>>::new(conn)).await })
}

/// Ends all leases that a person has: [`optlock::lease::release_all`](crate::lease::release_all).
///
/// # Errors
///
/// Those of the blocking one.
pub fn release_all<'a, C: AsyncLeaseConnection>(
    owner: &'a str,
    conn: &'a mut C,
) -> Sending<'a, Result<usize, Error>> {
    Box::pin(async { operation::release_all(owner, &mut Wire::<Waiting<C>>::new(conn)).await })
}

/// Removes the records of leases that ended longer ago: [`optlock::lease::purge`](crate::lease::purge).
///
/// # Errors
///
/// Those of the blocking one.
pub fn purge<C: AsyncLeaseConnection>(
    older_than: Duration,
    conn: &mut C,
) -> Sending<'_, Result<usize, Error>> {
    Box::pin(async move { operation::purge(older_than, &mut Wire::<Waiting<C>>::new(conn)).await })
}

//! The assertions of [`optlock::testing`](mod@crate::testing) on async connections. Its types are there.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/diesel_async/doctest_setup.rs"));
//! # #[tokio::main]
//! # async fn main() -> Result<(), optlock::Error> {
//! # let conn = &mut establish_connection().await;
//! use optlock::diesel_async::testing::assert_versioned;
//!
//! // #[tokio::test]
//! let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn).await?;
//! assert_versioned(conn, &ann).await;
//! # Ok(())
//! # }
//! ```

use super::Sending;
use super::methods::{CheckMerges, CheckVersioned};
use crate::rules::{Broken, Merging, Scoping};
use std::future::Future;

/// [`optlock::testing::assert_versioned`](crate::testing::assert_versioned). Dropped before its end, it gives the
/// connection up, and with it the transaction.
///
/// # Panics
///
/// As the blocking one.
pub fn assert_versioned<'a, C: Send, M: CheckVersioned<C> + Sync>(
    conn: &'a mut C,
    model: &'a M,
) -> Sending<'a, ()> {
    passes(check_versioned(conn, model))
}

/// [`optlock::testing::check_versioned`](crate::testing::check_versioned).
///
/// # Errors
///
/// As the blocking one.
pub fn check_versioned<'a, C: Send, M: CheckVersioned<C> + Sync>(
    conn: &'a mut C,
    model: &'a M,
) -> Sending<'a, Result<(), Broken>> {
    Box::pin(model.check_versioned(conn))
}

/// [`optlock::testing::assert_scoped`](crate::testing::assert_scoped).
///
/// # Panics
///
/// As the blocking one.
pub fn assert_scoped<'a, C: Send, M>(
    conn: &'a mut C,
    model: &M,
    edit: impl FnOnce(&mut M),
) -> Sending<'a, ()>
where
    M: CheckVersioned<C> + Clone + Send + Sync + 'a,
{
    passes(check_scoped(conn, model, edit))
}

/// [`optlock::testing::check_scoped`](crate::testing::check_scoped).
///
/// # Errors
///
/// As the blocking one.
pub fn check_scoped<'a, C: Send, M>(
    conn: &'a mut C,
    model: &M,
    edit: impl FnOnce(&mut M),
) -> Sending<'a, Result<(), Broken>>
where
    M: CheckVersioned<C> + Clone + Send + Sync + 'a,
{
    let scoping = Scoping::new(model, edit);
    Box::pin(async move { M::check_scoped(&scoping, conn).await })
}

/// [`optlock::testing::assert_merges`](crate::testing::assert_merges).
///
/// # Panics
///
/// As the blocking one.
pub fn assert_merges<'a, C: Send, M>(
    conn: &'a mut C,
    model: &M,
    mine: impl FnOnce(&mut M),
    theirs: impl FnOnce(&mut M),
) -> Sending<'a, ()>
where
    M: CheckMerges<C> + Clone + Send + Sync + 'a,
{
    passes(check_merges(conn, model, mine, theirs))
}

/// [`optlock::testing::check_merges`](crate::testing::check_merges).
///
/// # Errors
///
/// As the blocking one.
pub fn check_merges<'a, C: Send, M>(
    conn: &'a mut C,
    model: &M,
    mine: impl FnOnce(&mut M),
    theirs: impl FnOnce(&mut M),
) -> Sending<'a, Result<(), Broken>>
where
    M: CheckMerges<C> + Clone + Send + Sync + 'a,
{
    let merging = Merging::new(model, mine, theirs);
    Box::pin(async move { M::check_merges(&merging, conn).await })
}

fn passes<'a>(checked: impl Future<Output = Result<(), Broken>> + Send + 'a) -> Sending<'a, ()> {
    Box::pin(async {
        if let Err(broken) = checked.await {
            broken.fail();
        }
    })
}

//! In a runtime of one thread diesel-async cannot wait for the statement of a dropped future, and panics. The
//! process does not abort.

use super::aftermath::is_broken;
use super::witness::{Scene, Witness, row};
use super::{Conn, Scratch, Waiting};
use crate::prelude::SimpleConnection as _;
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock_tests::models::Contact;
use optlock_tests::wait_until;
use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

/// A connection whose writes wait, because another one holds the lock.
struct Waits {
    witness: Witness,
    holder: Conn,
    conn: Waiting,
    ann: Contact,
    /// Has the operation come to its write?
    writes: AtomicBool,
    _scratch: Scratch,
}

impl Waits {
    async fn for_a_lock() -> Self {
        let scratch = Scratch::new();
        let mut witness = Witness::new(&scratch);
        witness.set(Scene::Unchanged);
        let mut holder = scratch.connect();
        holder.batch_execute("BEGIN IMMEDIATE").unwrap();
        Self {
            witness,
            holder,
            conn: scratch.connect_waiting().await,
            ann: row(1),
            writes: AtomicBool::new(false),
            _scratch: scratch,
        }
    }
}

async fn save(ann: &mut Contact, writes: &AtomicBool, conn: &mut Waiting) -> Result<(), Error> {
    writes.store(true, Ordering::Relaxed);
    ann.save_checked(conn).await
}

async fn save_in_a_transaction(
    ann: &mut Contact,
    writes: &AtomicBool,
    conn: &mut Waiting,
) -> Result<(), Error> {
    transaction(conn, ann, async |conn, ann| {
        ann.name.push('!');
        save(ann, writes, conn).await
    })
    .await
}

/// Polls a future until its write waits, and drops it. Returns what the drop panics with.
async fn panic_of_drop(writes: &AtomicBool, future: impl Future) -> Box<dyn Any + Send> {
    let mut future = Some(Box::pin(future));
    poll_fn(|context| {
        let polled = future.as_mut().unwrap().as_mut().poll(context);
        assert!(polled.is_pending());
        if !writes.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let dropped = future.take();
        Poll::Ready(catch_unwind(AssertUnwindSafe(|| drop(dropped))).unwrap_err())
    })
    .await
}

fn assert_of_the_driver(panic: &(dyn Any + Send)) {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or_default();
    assert!(text.contains("multi-threaded runtime"), "{text}");
}

#[tokio::test]
async fn the_drop_of_a_save_panics_and_it_lands_later() {
    let mut waits = Waits::for_a_lock().await;
    let future = save(&mut waits.ann, &waits.writes, &mut waits.conn);
    assert_of_the_driver(&*panic_of_drop(&waits.writes, future).await);
    assert_eq!(waits.ann, row(1));
    waits.holder.batch_execute("COMMIT").unwrap();
    wait_until("the save should land", || {
        waits.witness.row(1).map(|row| row.version) == Some(2)
    });
}

/// The values are put back, and a pool discards the connection.
#[tokio::test]
async fn the_drop_of_a_transaction_panics_and_it_is_never_committed() {
    let mut waits = Waits::for_a_lock().await;
    let future = save_in_a_transaction(&mut waits.ann, &waits.writes, &mut waits.conn);
    assert_of_the_driver(&*panic_of_drop(&waits.writes, future).await);
    assert_eq!(waits.ann, row(1));
    waits.holder.batch_execute("COMMIT").unwrap();
    // diesel-async panics as long as the statement runs.
    let mut is_given_up = false;
    wait_until("the save should end", || {
        let asked = catch_unwind(AssertUnwindSafe(|| is_broken(&mut waits.conn)));
        asked.map(|asked| is_given_up = asked).is_ok()
    });
    assert!(is_given_up);
    drop(waits.conn);
    assert_eq!(waits.witness.row(1), Some(row(1)));
    waits.witness.assert_unlocked();
}

#[tokio::test]
async fn a_task_that_is_aborted_ends_with_the_panic() {
    for is_in_transaction in [false, true] {
        let waits = Waits::for_a_lock().await;
        let writes = Arc::new(waits.writes);
        let (mut ann, mut conn) = (waits.ann, waits.conn);
        let task = tokio::spawn({
            let writes = Arc::clone(&writes);
            async move {
                match is_in_transaction {
                    true => save_in_a_transaction(&mut ann, &writes, &mut conn).await,
                    false => save(&mut ann, &writes, &mut conn).await,
                }
            }
        });
        while !writes.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        task.abort();
        let error = task.await.unwrap_err();
        assert!(error.is_panic(), "{error:?}");
        assert_of_the_driver(&*error.into_panic());
    }
}

//! In a runtime of one thread diesel-async cannot wait for the statement of a dropped future, and would panic.
//! optlock waits for its own, in a thread beside the runtime.

use super::aftermath::is_broken;
use super::witness::{Scene, Witness, row};
use super::{Conn, Scratch, Waiting};
use crate::prelude::SimpleConnection as _;
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock_tests::models::Contact;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;

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

/// Polls a future until its write waits, and drops it while another thread gives the lock up.
async fn drop_while_it_waits(holder: &mut Conn, writes: &AtomicBool, future: impl Future) {
    let mut future = Some(Box::pin(future));
    poll_fn(|context| {
        let polled = future.as_mut().unwrap().as_mut().poll(context);
        assert!(polled.is_pending());
        if !writes.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        thread::scope(|scope| {
            scope.spawn(|| holder.batch_execute("COMMIT").unwrap());
            future = None;
        });
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn the_drop_of_a_save_waits_until_it_has_landed() {
    let mut waits = Waits::for_a_lock().await;
    let future = save(&mut waits.ann, &waits.writes, &mut waits.conn);
    drop_while_it_waits(&mut waits.holder, &waits.writes, future).await;
    assert_eq!(waits.ann, row(1));
    assert_eq!(waits.witness.row(1).map(|row| row.version), Some(2));
    // In step: its own write is in the way.
    let error = waits.ann.save_checked(&mut waits.conn).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "contacts 1 was changed: expected version 1, found 2"
    );
}

/// The values are put back, optlock refuses the connection, and a pool discards it.
#[tokio::test]
async fn the_drop_of_a_transaction_gives_the_connection_up_and_it_is_never_committed() {
    let mut waits = Waits::for_a_lock().await;
    let future = save_in_a_transaction(&mut waits.ann, &waits.writes, &mut waits.conn);
    drop_while_it_waits(&mut waits.holder, &waits.writes, future).await;
    assert_eq!(waits.ann, row(1));
    let refused = waits.ann.save_checked(&mut waits.conn).await.unwrap_err();
    assert!(matches!(refused, Error::ConnectionBroken), "{refused:?}");
    assert!(is_broken(&mut waits.conn));
    drop(waits.conn);
    assert_eq!(waits.witness.row(1), Some(row(1)));
    waits.witness.assert_unlocked();
}

#[tokio::test]
async fn a_task_that_is_aborted_is_cancelled_and_does_not_panic() {
    for is_in_transaction in [false, true] {
        let mut waits = Waits::for_a_lock().await;
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
        let releases = thread::spawn(move || waits.holder.batch_execute("COMMIT").unwrap());
        let error = task.await.unwrap_err();
        assert!(error.is_cancelled(), "{error:?}");
        releases.join().unwrap();
    }
}

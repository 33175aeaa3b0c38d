//! In a runtime of one thread diesel-async cannot wait for the statement of a dropped future, and panics. The
//! process does not abort.

use super::operations::{Memory, Run};
use super::plain::operations;
use super::witness::{Scene, Witness, row};
use super::{Conn, Scratch, Waiting};
use crate::prelude::SimpleConnection as _;
use optlock_tests::wait_until;
use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// A connection whose writes wait, because another one holds the lock.
struct Waits {
    scratch: Scratch,
    witness: Witness,
    holder: Conn,
    conn: Waiting,
}

impl Waits {
    async fn for_a_lock() -> Self {
        let scratch = Scratch::new();
        let mut witness = Witness::new(&scratch);
        witness.set(Scene::Unchanged);
        let conn = scratch.connect_waiting().await;
        let mut holder = scratch.connect();
        holder.batch_execute("BEGIN IMMEDIATE").unwrap();
        Self {
            scratch,
            witness,
            holder,
            conn,
        }
    }
}

/// Polls a future until its first statement waits, and drops it. Returns what the drop panics with.
async fn panic_of_drop(future: impl Future) -> Box<dyn Any + Send> {
    let mut future = Some(Box::pin(future));
    poll_fn(|context| {
        let polled = future.as_mut().unwrap().as_mut().poll(context);
        assert!(polled.is_pending());
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
async fn a_dropped_save_panics_and_lands_later() {
    let mut waits = Waits::for_a_lock().await;
    let mut memory = Memory::new();
    let run = operations::save_checked().run;
    let panic = panic_of_drop(run(&mut waits.conn, &mut memory)).await;
    assert_of_the_driver(&*panic);
    assert_eq!(memory, Memory::new());
    waits.holder.batch_execute("COMMIT").unwrap();
    let [ours, _] = memory.both;
    wait_until("the save should land", || {
        let name = waits.witness.row(1).map(|row| row.name);
        name == Some(ours.name.clone())
    });
}

#[tokio::test]
async fn a_task_that_is_aborted_ends_with_the_panic() {
    for run in [
        operations::save_checked().run,
        operations::a_transaction().run,
    ] {
        let waits = Waits::for_a_lock().await;
        let mut conn = waits.conn;
        let task = tokio::spawn(async move { run(&mut conn, &mut Memory::new()).await });
        tokio::task::yield_now().await;
        task.abort();
        let error = task.await.unwrap_err();
        assert!(error.is_panic(), "{error:?}");
        assert_of_the_driver(&*error.into_panic());
    }
}

/// The values are put back all the same.
#[tokio::test]
async fn a_dropped_transaction_panics() {
    let mut waits = Waits::for_a_lock().await;
    let mut memory = Memory::new();
    let run: Run<Waiting> = operations::a_transaction_with_options().run;
    let panic = panic_of_drop(run(&mut waits.conn, &mut memory)).await;
    assert_of_the_driver(&*panic);
    assert_eq!(memory, Memory::new());
    drop(waits.conn);
    waits.holder.batch_execute("COMMIT").unwrap();
    assert_eq!(waits.witness.row(1), Some(row(1)));
    drop(waits.scratch);
}

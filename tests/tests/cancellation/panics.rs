//! A panic in the body of a transaction is a drop. So is a time-out in it, for what it is around.

use super::aftermath::{
    assert_broken, assert_in_step, assert_next_save, assert_refused, is_broken,
};
use super::operations::{Memory, Run};
use super::witness::{Scene, Witness, row};
use super::{LOSES_STEP, Place, Scratch, Waiting};
use crate::cut::{Cut, Moment, run_to};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::retry::{Policy, RetryError};
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::waiting::WaitsIn;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Runs a future that panics so, and is dropped by that.
pub(super) async fn catch(message: &str, future: impl Future) {
    let mut future = Box::pin(future);
    let panic = poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(_)) => panic!("it should panic"),
            Err(panic) => Poll::Ready(panic),
        }
    });
    assert_eq!(panic.await.downcast_ref::<&str>(), Some(&message));
}

/// Runs what panics after it has changed values and rows.
async fn assert_panic_is_a_drop(run: Run<Waiting>) {
    let scratch = Scratch::new();
    let witness = &mut Witness::new(&scratch);
    witness.set(Scene::Unchanged);
    let mut conn = scratch.connect_waiting().await;
    let id = Place::waiting_id(&mut conn).await;
    let mut memory = Memory::new();

    catch("the body panics", run(&mut conn, &mut memory)).await;

    assert_eq!(memory, Memory::new());
    assert!(is_broken(&mut conn));
    assert_refused(&mut conn, witness).await;
    drop(conn);
    witness.wait_until_gone(id);
    assert_eq!(witness.ours(), [1, 2].map(|id| Some(row(id))));
    let next = &mut scratch.connect_waiting().await;
    assert_next_save(memory, next, witness).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_transaction() {
    assert_panic_is_a_drop(|conn, memory| {
        Box::pin(transaction(
            conn,
            &mut memory.both[..],
            async |conn, both| {
                both[0].save_checked(conn).await?;
                both[1].name.push('!');
                panic!("the body panics")
            },
        ))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_statement_of_a_transaction_with_options() {
    assert_panic_is_a_drop(|conn, memory| {
        let options = TransactionOptions::new().serializable().immediate();
        Box::pin(options.run(conn, &mut memory.both[0], async |_, ann| {
            ann.name.push('!');
            panic!("the body panics")
        }))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_nested_transaction() {
    assert_panic_is_a_drop(|conn, memory| {
        let [ann, bob] = &mut memory.both;
        Box::pin(transaction(conn, (ann, bob), async |conn, (ann, bob)| {
            ann.save_checked(conn).await?;
            transaction(conn, bob, async |conn, bob| {
                bob.save_checked(conn).await?;
                panic!("the body panics")
            })
            .await
        }))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_retry() {
    assert_panic_is_a_drop(|conn, memory| {
        Box::pin(async move {
            let retried = Policy::new().run(conn, &mut memory.both[0], async |conn, ann| {
                ann.save_checked(conn).await?;
                panic!("the body panics")
            });
            retried.await.map_err(RetryError::into_last)
        })
    })
    .await;
}

/// Where a time-out comes while the first answer is waited for.
const FIRST: Cut = Cut {
    polls: 1,
    moment: Moment::UnderWay,
};

/// Repeats what returns whether something was dropped, until it was: an answer may be there at once.
async fn until_dropped(scenario: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if scenario().await {
            return;
        }
    }
    panic!("each answer was there at once");
}

/// A nested transaction that is dropped takes the outer one with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_goes_on_after_a_nested_transaction_was_dropped_commits_nothing() {
    until_dropped(async || {
        let scratch = Scratch::new();
        let witness = &mut Witness::new(&scratch);
        witness.set(Scene::Unchanged);
        let mut conn = scratch.connect_waiting().await;
        let id = Place::waiting_id(&mut conn).await;
        let mut memory = Memory::new();

        let both = &mut memory.both[..];
        let outer = transaction(&mut conn, both, async |conn, both| {
            both[0].save_checked(conn).await?;
            let nested = async |conn: &mut Waiting, bob: &mut Contact| bob.save_checked(conn).await;
            let nested = run_to(FIRST, transaction(conn, &mut both[1], nested)).await;
            Ok::<_, Error>(nested.is_none())
        });
        let outer = outer.await;
        if let Ok(false) = outer {
            return false;
        }

        assert_broken(outer);
        assert_eq!(memory, Memory::new());
        assert_refused(&mut conn, witness).await;
        drop(conn);
        witness.wait_until_gone(id);
        assert_eq!(witness.ours(), [1, 2].map(|id| Some(row(id))));
        true
    })
    .await;
}

/// A save that is dropped in a transaction is one that may have landed, or the end of the transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_goes_on_after_a_save_was_dropped_commits_the_rest_or_nothing() {
    until_dropped(async || {
        let scratch = Scratch::new();
        let witness = &mut Witness::new(&scratch);
        witness.set(Scene::Unchanged);
        let mut conn = scratch.connect_waiting().await;
        let id = Place::waiting_id(&mut conn).await;
        let mut memory = Memory::new();

        let both = &mut memory.both[..];
        let committed = transaction(&mut conn, both, async |conn, both| {
            both[0].save_checked(conn).await?;
            let dropped = run_to(FIRST, both[1].save_checked(conn)).await;
            Ok::<_, Error>(dropped.is_none())
        });
        let committed = committed.await;
        if let Ok(false) = committed {
            return false;
        }

        if LOSES_STEP {
            assert_broken(committed);
            assert_eq!(memory, Memory::new());
            assert_refused(&mut conn, witness).await;
            drop(conn);
            witness.wait_until_gone(id);
            assert_eq!(witness.ours(), [1, 2].map(|id| Some(row(id))));
        } else {
            committed.unwrap();
            assert_in_step(&mut conn, witness).await;
            let [ann, bob] = &memory.both;
            assert_eq!(witness.row(1).as_ref(), Some(ann));
            assert_eq!((ann.version, bob.version), (2, 1));
        }
        let next = &mut scratch.connect_waiting().await;
        assert_next_save(memory, next, witness).await;
        true
    })
    .await;
}

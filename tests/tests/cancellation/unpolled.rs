//! Nothing is sent before the first poll: an operation never hands out the driver's future, which on SQLite has sent
//! its statement when it is made. (The operations of `plain.rs` are made in their first poll.)

use super::Scratch;
use super::aftermath::assert_in_step;
use super::operations::{Memory, keys};
use super::witness::{Scene, Witness, row};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::{retry, transaction};
use optlock::retry::Policy;
use optlock::{Chunks, TransactionOptions};
use optlock_tests::models::Legacy;

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_is_never_polled_sends_nothing() {
    let scratch = Scratch::new();
    let witness = &mut Witness::new(&scratch);
    let conn = &mut scratch.connect_waiting().await;
    let mut memory = Memory::new();
    let Memory {
        both,
        tracked,
        legacy,
    } = &mut memory;
    witness.set(Scene::Unchanged);

    drop(both[0].save_checked(conn));
    drop(both[0].save_or_load(conn));
    drop(both[0].save_or_load_as::<Legacy>(conn));
    drop(both[0].save_merged(tracked.base(), conn));
    drop(both[0].touch_checked(conn));
    drop(both[0].delete_checked(conn));
    drop(both[0].check_current(conn));
    drop(both[0].lock_checked(conn));
    drop(both[0].load_current(conn));
    drop(both[0].load_current_as::<Legacy>(conn));
    drop(both[0].refresh(conn));
    drop(both[0].force_save(conn));
    drop(both[0].force_delete(conn));
    drop(tracked.save_checked(conn));
    drop(tracked.save_changed(conn));
    drop(tracked.save_merged(conn));
    drop(tracked.save_or_load(conn));
    drop(tracked.save_or_load_as::<Legacy>(conn));
    drop(tracked.force_save(conn));
    drop(tracked.touch_checked(conn));
    drop(tracked.refresh(conn));
    drop(legacy.save_unchanged(conn));
    let keys = keys();
    let (page, seal) = (String::new(), keys.purpose("edit").without_session());
    drop(both[0].save_if_unchanged(&page, &seal, conn, async |_, page, _| Ok(page)));
    drop(tracked.save_if_unchanged(&page, &seal, conn, async |_, page, _| Ok(page)));
    drop(legacy.save_if_unchanged(&page, &seal, conn, async |_, page, _| Ok(page)));
    let mut attempt = both[0].attempt().unwrap();
    drop(attempt.save_checked(conn));
    drop(attempt.resolve(conn));
    drop(both.save_all_checked(conn));
    drop(both.delete_all_checked(conn));
    drop(both.save_each_checked(conn));
    let mut chunks = Chunks::new(both.clone(), 2);
    drop(chunks.save_next(conn));
    drop(chunks.delete_next(conn));
    let ann = &mut both[0];
    drop(transaction(conn, &mut *ann, async |conn, ann| {
        ann.save_checked(conn).await
    }));
    let options = TransactionOptions::new().serializable();
    drop(options.run(conn, &mut *ann, async |conn, ann| {
        ann.save_checked(conn).await
    }));
    drop(Policy::new().run(conn, &mut *ann, async |conn, ann| {
        ann.save_checked(conn).await
    }));
    drop(retry(Policy::new(), conn, async |conn| {
        row(1).save_checked(conn).await
    }));

    assert_in_step(conn, witness).await;
    assert_eq!(memory, Memory::new());
    assert_eq!(witness.ours(), [1, 2].map(|id| Some(row(id))));
}

//! Why a connection is refused after a statement was dropped: without that, the next one gets its answer.

use super::aftermath::{assert_broken, assert_conflict, modified, older};
use super::witness::{PROBE, STALE, Scene, Witness, row};
use super::{Place, Scratch, Waiting, wait_until_blocked};
use crate::cut::drop_when;
use crate::prelude::SimpleConnection as _;
use diesel::QueryResult;
use diesel_async::RunQueryDsl;
use optlock::diesel_async::VersionedDsl;
use optlock::statement::CheckedStatements as _;
use optlock_tests::models::Contact;
use optlock_tests::wait_until;
use optlock_tests::waiting::WaitsIn;

/// A lock of Ann's row, and a connection that has prepared the save of a contact.
struct Waits {
    scratch: Scratch,
    witness: Witness,
    holder: super::Conn,
    conn: Waiting,
    id: i64,
}

impl Waits {
    async fn for_a_lock() -> Self {
        let scratch = Scratch::new();
        let mut witness = Witness::new(&scratch);
        witness.set(Scene::Unchanged);
        let mut conn = scratch.connect_waiting().await;
        let id = Place::waiting_id(&mut conn).await.unwrap();
        assert_eq!(save(&row(2), 1, &mut conn).await, Ok(1));
        let mut holder = scratch.connect();
        holder
            .batch_execute("BEGIN; SELECT 1 FROM contacts WHERE id = 1 FOR UPDATE")
            .unwrap();
        Self {
            scratch,
            witness,
            holder,
            conn,
            id,
        }
    }
}

/// Ends when the connection waits for the lock.
async fn blocked(id: i64) {
    let blocked = tokio::task::spawn_blocking(move || wait_until_blocked(id));
    blocked.await.unwrap();
}

/// A save by hand. The value has its next version.
async fn save(value: &Contact, expected: i64, conn: &mut Waiting) -> QueryResult<usize> {
    value.checked_update(expected).execute(conn).await
}

fn ours(id: i32) -> Contact {
    Contact {
        name: "Ours".into(),
        version: 2,
        ..row(id)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_hand_the_answer_is_that_of_the_dropped_save() {
    let mut waits = Waits::for_a_lock().await;
    drop_when(blocked(waits.id), save(&ours(1), 1, &mut waits.conn)).await;
    waits.holder.batch_execute("COMMIT").unwrap();

    // The row has another version, and nothing is written: and yet one row is reported. It is Ann's.
    let lost = save(&ours(STALE), 99, &mut waits.conn).await;
    assert_eq!(lost, Ok(1));
    assert_eq!(waits.witness.row(1), Some(ours(1)));

    // The row is written: and yet none is reported.
    let saved = save(&ours(PROBE), 1, &mut waits.conn).await;
    assert_eq!(saved, Ok(0));
    wait_until("the save should land", || {
        waits.witness.row(PROBE) == Some(ours(PROBE))
    });
    assert_eq!(waits.witness.row(STALE), Some(row(STALE)));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_optlock_there_is_no_answer() {
    let mut waits = Waits::for_a_lock().await;
    let conn = &mut waits.conn;
    let mut ann = Contact {
        name: "Ours".into(),
        ..row(1)
    };
    drop_when(blocked(waits.id), ann.save_checked(conn)).await;
    waits.holder.batch_execute("COMMIT").unwrap();

    let mut stale = Contact {
        version: 99,
        ..row(STALE)
    };
    assert_broken(stale.save_checked(conn).await);
    let mut probe = row(PROBE);
    assert_broken(probe.save_checked(conn).await);
    assert_eq!(waits.witness.row(PROBE), Some(probe.clone()));

    let conn = &mut waits.scratch.connect_waiting().await;
    assert_conflict(stale.save_checked(conn).await, &older(1));
    probe.save_checked(conn).await.unwrap();
    // Ann's save has landed, and its value does not know.
    drop(waits.conn);
    waits.witness.wait_until_gone(Some(waits.id));
    assert_eq!(waits.witness.row(1), Some(ours(1)));
    assert_conflict(ann.save_checked(conn).await, &modified(2));
}

//! A run in chunks of which a future is dropped: the rows of its chunk stay, and are sent again.

use super::aftermath::modified;
use super::operations::Memory;
use super::witness::{Scene, Witness};
use super::{Place, Scratch};
use crate::cut::{Cut, Ends, Moment, run_to};
use optlock::Chunks;
use optlock::diesel_async::prelude::*;
use optlock_tests::waiting::WaitsIn;

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_dropped_chunk_are_sent_again() {
    let scratch = Scratch::new();
    let mut witness = Witness::new(&scratch);
    let (mut landed, mut not_landed) = (0, 0);
    // An answer may be there at once, so that nothing was dropped that has landed.
    for _ in 0..100 {
        let mut ends = Ends::default();
        for cut in Cut::each() {
            let was_dropped = match dropped_at(cut, &scratch, &mut witness).await {
                Some(true) => {
                    landed += 1;
                    true
                }
                Some(false) => {
                    not_landed += 1;
                    true
                }
                None => false,
            };
            if !ends.goes_on(cut, was_dropped) {
                break;
            }
        }
        if landed > 0 && not_landed > 0 {
            return;
        }
    }
    panic!("{landed} have landed, and {not_landed} have not");
}

/// Drops the save of a chunk, and goes on through another connection. Has it landed? `None`: it ended before.
async fn dropped_at(cut: Cut, scratch: &Scratch, witness: &mut Witness) -> Option<bool> {
    witness.set(Scene::Unchanged);
    let both = Memory::new().both;
    let mut chunks = Chunks::new(both.clone(), 2);
    let mut conn = scratch.connect_waiting().await;
    let id = Place::waiting_id(&mut conn).await;
    let result = run_to(cut, chunks.save_next(&mut conn)).await;
    // A request that is still on its way lands later.
    drop(conn);
    witness.wait_until_gone(id);
    if let Some(chunk) = result {
        let rows = chunk.unwrap().unwrap().rows.into_iter().map(Some);
        assert_eq!(rows.collect::<Vec<_>>(), witness.ours());
        assert_eq!(chunks.into_rest().next(), None);
        return None;
    }

    let mut conn = scratch.connect_waiting().await;
    if cut.moment == Moment::Answered {
        let rest: Vec<_> = chunks.into_rest().collect();
        assert_eq!(rest, both, "{cut:?}");
        chunks = Chunks::new(both.clone(), 2);
    }
    let has_landed = witness.row(1).unwrap().name == "Ours";
    let again = chunks.save_next(&mut conn).await;
    if has_landed {
        let failed = again.unwrap_err();
        assert_eq!((failed.first, &failed.rows[..]), (0, &both[..]), "{cut:?}");
        let split = failed.split().unwrap();
        assert_eq!(split.others, []);
        for (_, conflict) in &split.losers {
            assert_eq!(conflict.found(), &modified(2), "{cut:?}");
        }
    } else {
        let chunk = again.unwrap().unwrap();
        assert_eq!(chunk.first, 0);
        let rows = chunk.rows.into_iter().map(Some);
        assert_eq!(rows.collect::<Vec<_>>(), witness.ours(), "{cut:?}");
    }
    assert_eq!(chunks.save_next(&mut conn).await.unwrap(), None);
    Some(has_landed)
}

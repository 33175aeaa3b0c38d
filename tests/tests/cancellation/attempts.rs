//! What became of a save whose future was dropped, as its attempt tells.

use super::operations::Memory;
use super::witness::{Scene, Witness};
use super::{Place, Scratch};
use crate::cut::{Cut, Ends, run_to};
use optlock::Resolved;
use optlock::diesel_async::prelude::*;
use optlock_tests::waiting::WaitsIn;

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_future_was_dropped_is_found_in_the_row_or_not() {
    let scratch = Scratch::new();
    let mut witness = Witness::new(&scratch);
    let (mut landed, mut not_landed) = (false, false);
    for is_prepared in [false, true] {
        let mut ends = Ends::default();
        for cut in Cut::each() {
            let mut conn = scratch.connect_waiting().await;
            let id = Place::waiting_id(&mut conn).await;
            witness.set(Scene::Unchanged);
            let [mut ann, mut bob] = Memory::new().both;
            if is_prepared {
                bob.save_checked(&mut conn).await.unwrap();
            }
            let before = ann.clone();
            let mut attempt = ann.attempt().unwrap();
            let was_dropped = run_to(cut, attempt.save_checked(&mut conn)).await.is_none();
            // A request that is still on its way lands later.
            drop(conn);
            witness.wait_until_gone(id);

            let mut conn = scratch.connect_waiting().await;
            let resolved = attempt.resolve(&mut conn).await.unwrap();
            let row = witness.row(1).unwrap();
            if row.name == "Ours" {
                assert_eq!(resolved, Resolved::ProbablyLanded(row.clone()), "{cut:?}");
                landed |= was_dropped;
            } else {
                assert_eq!(resolved, Resolved::NotLanded, "{cut:?}");
                not_landed |= was_dropped;
            }
            if was_dropped {
                assert_eq!(ann, before, "{cut:?}");
            } else {
                assert_eq!(ann, row, "{cut:?}");
            }
            if !ends.goes_on(cut, was_dropped) {
                break;
            }
        }
    }
    assert!(landed && not_landed, "{landed}, {not_landed}");
}

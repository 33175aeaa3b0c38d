//! Leases whose operations are dropped: memory is as it was, nobody waits for a lock, and the owner has the lease, or
//! gets it again.

use super::witness::{Scene, Witness, row};
use super::{Place, Scratch, Waiting};
use crate::cut::{Cut, Ends, run_to};
use optlock::diesel_async::lease;
use optlock::diesel_async::prelude::*;
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, LeaseLoss};
use optlock_tests::models::Contact;
use optlock_tests::waiting::WaitsIn;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A page on which amy looks at the row when an operation begins.
const VIEWED: &str = "viewed";

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;
type Run = for<'a> fn(&'a mut Waiting, &'a mut Contact, &'a mut Lease) -> Running<'a>;

/// Does it end the lease if it comes to its end?
const OPERATIONS: [(&str, bool, Run); 13] = [
    ("acquire_checked", false, |conn, ann, _| {
        Box::pin(async {
            Lease::acquire_checked(ann, "amy", "page", MINUTE, conn)
                .await
                .map(drop)
        })
    }),
    ("renew", false, |conn, _, lease| {
        Box::pin(async { done(lease.renew(conn).await) })
    }),
    ("shorten", false, |conn, _, lease| {
        Box::pin(async { done(lease.shorten(MINUTE / 2, conn).await) })
    }),
    ("release", true, |conn, _, lease| {
        Box::pin(async { done(lease.release(conn).await) })
    }),
    ("release_all", true, |conn, _, _| {
        Box::pin(async { lease::release_all("amy", conn).await.map(drop) })
    }),
    ("resume", false, |conn, ann, lease| {
        Box::pin(async {
            let token = lease.token();
            Lease::resume(ann, &token, MINUTE, conn).await.map(drop)
        })
    }),
    ("lease_status", false, |conn, ann, _| {
        Box::pin(async { ann.lease_status(conn).await.map(drop) })
    }),
    ("ask_for_lease", false, |conn, ann, _| {
        Box::pin(async { ann.ask_for_lease("bob", conn).await.map(drop) })
    }),
    ("viewing", false, |conn, ann, _| {
        Box::pin(ann.viewing("amy", "another page", MINUTE, conn))
    }),
    ("stop_viewing", false, |conn, ann, _| {
        Box::pin(ann.stop_viewing("amy", VIEWED, conn))
    }),
    ("save_leased", false, |conn, ann, lease| {
        Box::pin(ann.save_leased(lease, conn))
    }),
    ("save_and_release", true, |conn, ann, lease| {
        Box::pin(ann.save_and_release(lease, conn))
    }),
    ("delete_leased", false, |conn, ann, lease| {
        Box::pin(ann.delete_leased(lease, conn))
    }),
];

fn done(answer: Result<LeaseAnswer, Error>) -> Result<(), Error> {
    assert!(answer?.is_done());
    Ok(())
}

fn ours() -> Contact {
    Contact {
        name: "Ours".into(),
        ..row(1)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_operation_leaves_the_lease_with_its_owner() {
    let scratch = Scratch::new();
    let mut witness = Witness::new(&scratch);
    let mut next = scratch.connect_waiting().await;
    lease::create_table(&mut next).await.unwrap();
    for (name, ends_lease, run) in OPERATIONS {
        let mut ends = Ends::default();
        for cut in Cut::each() {
            witness.set(Scene::Unchanged);
            lease::release_all("amy", &mut next).await.unwrap();
            let mut mine = Lease::acquire(&row(1), "amy", "page", MINUTE, &mut next)
                .await
                .unwrap();
            let viewed = row(1).viewing("amy", VIEWED, MINUTE, &mut next).await;
            viewed.unwrap();
            let mut conn = scratch.connect_waiting().await;
            let id = Place::waiting_id(&mut conn).await;
            let mut ann = ours();

            let result = run_to(cut, run(&mut conn, &mut ann, &mut mine)).await;

            let was_dropped = result.is_none();
            drop(conn);
            witness.wait_until_gone(id);
            witness.assert_unlocked();
            if was_dropped {
                assert_eq!(ann, ours(), "{name}, {cut:?}");
                assert!(!mine.is_lost(), "{name}, {cut:?}");
            } else {
                result.unwrap().unwrap();
            }
            // What was sent may have been done.
            match mine.renew(&mut next).await.unwrap() {
                LeaseAnswer::Done => assert!(was_dropped || !ends_lease, "{name}, {cut:?}"),
                LeaseAnswer::Lost(loss) => {
                    assert_eq!(
                        (loss, ends_lease),
                        (LeaseLoss::Lapsed, true),
                        "{name}, {cut:?}"
                    );
                }
            }
            // Neither a row nor a lease is locked, nor who looks at it.
            if let Some(ann) = witness.row(1) {
                let viewed = ann.viewing("amy", VIEWED, MINUTE, &mut next).await;
                viewed.unwrap();
                let theirs = Lease::steal(&ann, "amy", "console", MINUTE, &mut next).await;
                assert_eq!(theirs.unwrap().holder(), "console");
            }
            if !ends.goes_on(cut, was_dropped) {
                break;
            }
        }
    }
}

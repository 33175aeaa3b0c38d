//! A keeper of a lease on async connections.

use super::{CAPABILITIES, Scratch, Waiting};
use optlock::diesel_async::lease::{self, LeaseKeeper};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, LeaseLoss};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

async fn set_up() -> (Arc<Scratch>, Waiting) {
    let scratch = Arc::new(Scratch::new());
    let mut conn = scratch.connect_waiting().await;
    lease::create_table(&mut conn).await.unwrap();
    (scratch, conn)
}

async fn keep(ttl: Duration, scratch: &Arc<Scratch>, conn: &mut Waiting) -> LeaseKeeper {
    let lease = Lease::acquire(&Contact::ann(), "amy", "page", ttl, conn).await;
    let place = Arc::clone(scratch);
    let connect = move || {
        let place = Arc::clone(&place);
        async move { Ok::<_, Error>(place.connect_waiting().await) }
    };
    let (keeper, keeping) = LeaseKeeper::new(lease.unwrap(), connect, tokio::time::sleep);
    tokio::spawn(keeping);
    keeper
}

/// The loss that is reported.
async fn reported(keeper: &mut LeaseKeeper) -> LeaseLoss {
    let loss = tokio::time::timeout(MINUTE, keeper.lost()).await;
    loss.expect("a loss should be reported")
}

async fn wait_until_released(conn: &mut Waiting) {
    let waiting = async {
        while Contact::ann()
            .lease_status(conn)
            .await
            .unwrap()
            .lease
            .is_some()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(MINUTE, waiting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_kept_until_it_is_closed() {
    let (scratch, mut conn) = set_up().await;
    let conn = &mut conn;
    // Long enough that a busy machine renews it in time.
    let ttl = Duration::from_secs(5);
    let mut keeper = keep(ttl, &scratch, conn).await;
    let lasts = async {
        loop {
            let status = Contact::ann()
                .lease_status(conn)
                .await
                .unwrap()
                .lease
                .unwrap();
            if status.until.duration_since(status.since).unwrap() > ttl * 3 / 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        loss = keeper.lost() => panic!("{loss}"),
        () = lasts => {}
    }
    Contact::ann()
        .save_leased(keeper.lease(), conn)
        .await
        .unwrap();
    assert_eq!(keeper.close().await.unwrap(), LeaseAnswer::Done);
    assert_eq!(Contact::ann().lease_status(conn).await.unwrap().lease, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_is_reported_as_often_as_it_is_asked_for() {
    let (scratch, mut conn) = set_up().await;
    let conn = &mut conn;
    let mut keeper = keep(Duration::from_secs(3), &scratch, conn).await;
    let theirs = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn)
        .await
        .unwrap();
    let expected = LeaseLoss::TakenOver {
        by: "root".into(),
        at: theirs.since(),
        by_force: true,
    };
    for _ in 0..2 {
        assert_eq!(reported(&mut keeper).await, expected);
    }
    assert_eq!(keeper.close().await.unwrap(), LeaseAnswer::Lost(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_is_dropped_releases() {
    let (scratch, mut conn) = set_up().await;
    let conn = &mut conn;
    drop(keep(MINUTE, &scratch, conn).await);
    wait_until_released(conn).await;

    // Nobody renews it.
    let lease = Lease::acquire(&Contact::ann(), "amy", "page", MINUTE, conn)
        .await
        .unwrap();
    let connect = || async { Err::<Waiting, _>(Error::ConnectionBroken) };
    let (mut keeper, keeping) = LeaseKeeper::new(lease, connect, tokio::time::sleep);
    drop(keeping);
    assert_eq!(reported(&mut keeper).await, LeaseLoss::NoAnswer);
    let error = keeper.close().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the future that keeps the lease was dropped"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_the_lease_is_lost_when_it_may_have_expired() {
    let (_scratch, mut conn) = set_up().await;
    let ttl = Duration::from_millis(200);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page", ttl, &mut conn)
        .await
        .unwrap();
    let connect = || async { Err::<Waiting, _>(Error::ConnectionBroken) };
    let (mut keeper, keeping) = LeaseKeeper::new(lease, connect, tokio::time::sleep);
    tokio::spawn(keeping);
    assert_eq!(reported(&mut keeper).await, LeaseLoss::NoAnswer);
    assert!(keeper.lease().is_lost());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_hangs_is_reported_when_the_lease_may_have_expired() {
    let (_scratch, mut conn) = set_up().await;
    let ttl = Duration::from_millis(300);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page", ttl, &mut conn).await;
    let connect = pending::<Result<Waiting, Error>>;
    let (mut keeper, keeping) = LeaseKeeper::new(lease.unwrap(), connect, tokio::time::sleep);
    tokio::spawn(keeping);
    assert_eq!(reported(&mut keeper).await, LeaseLoss::NoAnswer);
    assert!(keeper.lease().is_lost());
    let lost = LeaseAnswer::Lost(LeaseLoss::NoAnswer);
    assert_eq!(keeper.close().await.unwrap(), lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_before_a_renewal_is_reported() {
    let (_scratch, mut conn) = set_up().await;
    let ttl = Duration::from_secs(6);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page", ttl, &mut conn).await;
    let connect = || async { panic!("no connection") as Result<Waiting, Error> };
    let (mut keeper, keeping) = LeaseKeeper::new(lease.unwrap(), connect, tokio::time::sleep);
    tokio::spawn(keeping);
    assert_eq!(reported(&mut keeper).await, LeaseLoss::NoAnswer);
    // Long before anybody else may have it.
    assert!(!keeper.lease().is_lost());
}

/// The save has locked the lease, and the renewal waits for it, until the lease has expired.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_save_under_the_lease_is_no_loss() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let (scratch, mut conn) = set_up().await;
    let conn = &mut conn;
    // Long enough that the save comes in time on a busy machine.
    let mut keeper = keep(Duration::from_secs(3), &scratch, conn).await;
    let mut ann = Contact::ann();
    let (lease, place) = (keeper.lease(), &scratch);
    transaction(conn, &mut ann, async |conn, ann| {
        ann.save_leased(lease, conn).await?;
        let other = &mut place.connect_waiting().await;
        while Contact::ann().lease_status(other).await?.lease.is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    let renewed = async {
        while Contact::ann()
            .lease_status(conn)
            .await
            .unwrap()
            .lease
            .is_none()
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        loss = keeper.lost() => panic!("{loss}"),
        () = renewed => {}
    }
    assert!(keeper.close().await.unwrap().is_done());
}

//! A keeper renews a lease, and tells when it is lost.

use crate::helpers::leases::{MINUTE, amys};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::lease::{Lease, LeaseAnswer, LeaseKeeper, LeaseStatus};
use optlock::{Error, LeaseLoss};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::wait_until;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

fn set_up() -> (Arc<Scratch>, Conn) {
    let scratch = Arc::new(Scratch::new());
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

fn status(conn: &mut Conn) -> Option<LeaseStatus> {
    Contact::ann().lease_status(conn).unwrap()
}

/// A lease that lasts for so long, and what its keeper reports.
fn keep(
    ttl: Duration,
    conn: &mut Conn,
    connect: impl FnMut() -> Result<Conn, Error> + Send + 'static,
) -> (LeaseKeeper, mpsc::Receiver<LeaseLoss>) {
    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", ttl, conn).unwrap();
    let (send, losses) = mpsc::channel();
    let on_loss = move |loss: &LeaseLoss| send.send(loss.clone()).unwrap();
    (LeaseKeeper::spawn(lease, connect, on_loss).unwrap(), losses)
}

fn no_connection() -> Error {
    diesel::result::Error::NotFound.into()
}

#[test]
fn a_lease_that_is_kept_lasts() {
    let (scratch, conn) = &mut set_up();
    let ttl = Duration::from_millis(500);
    let place = Arc::clone(scratch);
    let (keeper, losses) = keep(ttl, conn, move || Ok(place.connect()));
    wait_until("the lease should be renewed", || {
        let status = status(conn).unwrap();
        status.until.duration_since(status.since).unwrap() > ttl * 3
    });
    assert!(!keeper.lease().is_lost());
    let mut ann = Contact::ann();
    ann.save_leased(keeper.lease(), conn).unwrap();
    assert_eq!(keeper.loss(), None);
    assert_eq!(keeper.close().unwrap(), LeaseAnswer::Done);
    assert_eq!(status(conn), None);
    assert!(losses.try_recv().is_err());
    assert_eq!(stored(1, conn), ann);
}

#[test]
fn a_lost_lease_is_reported() {
    let (scratch, conn) = &mut set_up();
    let place = Arc::clone(scratch);
    let (keeper, losses) = keep(Duration::from_secs(3), conn, move || Ok(place.connect()));
    let theirs = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    let expected = LeaseLoss::TakenOver {
        by: "root".into(),
        at: theirs.since(),
        by_force: true,
    };
    assert_eq!(losses.recv().unwrap(), expected);
    assert_eq!(keeper.loss(), Some(expected.clone()));
    assert!(keeper.lease().is_lost());
    assert_eq!(keeper.close().unwrap(), LeaseAnswer::Lost(expected));
    assert_eq!(status(conn).unwrap().owner, "root");
}

#[test]
fn a_lost_connection_is_survived_as_long_as_the_lease_lasts() {
    let (scratch, conn) = &mut set_up();
    let ttl = Duration::from_secs(3);
    let (place, attempts) = (Arc::clone(scratch), AtomicUsize::new(0));
    let connect = move || match attempts.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err(no_connection()),
        _ => Ok(place.connect()),
    };
    let (keeper, losses) = keep(ttl, conn, connect);
    wait_until("the lease should be renewed", || {
        let status = status(conn).unwrap();
        status.until.duration_since(status.since).unwrap() > ttl + ttl / 4
    });
    assert!(keeper.close().unwrap().is_done());
    assert!(losses.try_recv().is_err());

    let (keeper, losses) = keep(Duration::from_millis(200), conn, || Err(no_connection()));
    assert_eq!(losses.recv().unwrap(), LeaseLoss::NoAnswer);
    assert!(keeper.lease().is_lost());
    assert_eq!(keeper.loss(), Some(LeaseLoss::NoAnswer));
}

#[test]
fn a_keeper_that_is_dropped_releases() {
    let (scratch, conn) = &mut set_up();
    let place = Arc::clone(scratch);
    drop(keep(MINUTE, conn, move || Ok(place.connect())));
    wait_until("the lease should be released", || status(conn).is_none());
    // Without a connection it is not released.
    let (keeper, _losses) = keep(MINUTE, conn, || Err(no_connection()));
    let error = keeper.close().unwrap_err();
    assert!(error.downcast::<Error>().unwrap().is_not_found());
    assert!(status(conn).is_some());
}

/// The save has locked the lease, and the renewal waits for it, until the lease has expired.
#[test]
fn a_long_save_under_the_lease_is_no_loss() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let (scratch, conn) = &mut set_up();
    let place = Arc::clone(scratch);
    let (keeper, losses) = keep(Duration::from_secs(1), conn, move || Ok(place.connect()));
    let mut ann = Contact::ann();
    transaction(conn, &mut ann, |conn, ann| {
        ann.save_leased(keeper.lease(), conn)?;
        let other = &mut scratch.connect();
        wait_until("the lease should expire", || status(other).is_none());
        Ok::<_, Error>(())
    })
    .unwrap();
    wait_until("the lease should be renewed", || status(conn).is_some());
    assert_eq!(keeper.loss(), None);
    assert!(keeper.close().unwrap().is_done());
    assert!(losses.try_recv().is_err());
    assert_eq!(stored(1, conn).version, 2);
    let _ = amys(conn);
}

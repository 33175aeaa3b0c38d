//! A keeper renews a lease, and tells when it is lost.

use crate::helpers::leases::{MINUTE, amys};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::connection::InstrumentationEvent;
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
    Contact::ann().lease_status(conn).unwrap().lease
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

/// The loss that is reported.
#[track_caller]
fn reported(losses: &mpsc::Receiver<LeaseLoss>) -> LeaseLoss {
    let loss = losses.recv_timeout(MINUTE);
    loss.expect("a loss should be reported")
}

fn no_connection() -> Error {
    diesel::result::Error::NotFound.into()
}

#[test]
fn a_lease_that_is_kept_lasts() {
    let (scratch, conn) = &mut set_up();
    // Long enough that a busy machine renews it in time.
    let ttl = Duration::from_secs(5);
    let place = Arc::clone(scratch);
    let (keeper, losses) = keep(ttl, conn, move || Ok(place.connect()));
    wait_until("the lease should be renewed twice", || {
        let status = status(conn).unwrap();
        status.until.duration_since(status.since).unwrap() > ttl * 3 / 2
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
    assert_eq!(reported(&losses), expected);
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
    assert_eq!(reported(&losses), LeaseLoss::NoAnswer);
    assert!(keeper.lease().is_lost());
    assert_eq!(keeper.loss(), Some(LeaseLoss::NoAnswer));
}

/// Nobody would renew the lease any more, and nobody would know.
#[track_caller]
fn reported_at_once(
    conn: &mut Conn,
    connect: impl FnMut() -> Result<Conn, Error> + Send + 'static,
) {
    let (keeper, losses) = keep(Duration::from_secs(6), conn, connect);
    assert_eq!(reported(&losses), LeaseLoss::NoAnswer);
    // Long before anybody else may have it.
    assert!(!keeper.lease().is_lost());
    assert_eq!(keeper.loss(), Some(LeaseLoss::NoAnswer));
    let answer = keeper.close().unwrap();
    assert_eq!(answer, LeaseAnswer::Lost(LeaseLoss::NoAnswer));
}

#[test]
fn a_panic_before_a_renewal_is_reported() {
    let (_scratch, conn) = &mut set_up();
    reported_at_once(conn, || panic!("no connection"));
}

#[test]
fn a_panic_in_a_renewal_is_reported() {
    let Some(()) = require(CAPABILITIES.panics_where_it_is_sent) else {
        return;
    };
    let (scratch, conn) = &mut set_up();
    let place = Arc::clone(scratch);
    reported_at_once(conn, move || {
        let mut conn = place.connect();
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| panic!("no statement"));
        Ok(conn)
    });
}

/// A pool without a free connection, for example, or a server that is silent.
#[test]
fn a_renewal_that_hangs_is_reported_when_the_lease_may_have_expired() {
    let (_scratch, conn) = &mut set_up();
    let (hangs, gate) = mpsc::channel::<()>();
    let connect = move || {
        let _ = gate.recv();
        Err(no_connection())
    };
    let (keeper, losses) = keep(Duration::from_millis(300), conn, connect);
    assert_eq!(reported(&losses), LeaseLoss::NoAnswer);
    assert!(keeper.lease().is_lost());
    // Nor does it wait for the renewal.
    let answer = keeper.close().unwrap();
    assert_eq!(answer, LeaseAnswer::Lost(LeaseLoss::NoAnswer));
    drop(hangs);
}

/// It has landed, but the holder has stopped to edit: nobody else is to wait for the lease.
#[test]
fn a_renewal_that_is_answered_after_the_loss_is_released() {
    let (scratch, conn) = &mut set_up();
    let (ann, hour) = (Contact::ann(), MINUTE * 60);
    let mut lease = Lease::acquire(&ann, "amy", "page 1", hour, conn).unwrap();
    // The keeper has little time for a renewal, which is for an hour.
    assert!(lease.shorten(MINUTE / 20, conn).unwrap().is_done());
    let (answers, gate) = mpsc::channel::<()>();
    let (place, mut gate) = (Arc::clone(scratch), Some(gate));
    let connect = move || {
        let mut conn = place.connect();
        if let Some(gate) = gate.take() {
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::FinishQuery { .. }) {
                    let _ = gate.recv();
                }
            });
        }
        Ok::<_, Error>(conn)
    };
    let (send, losses) = mpsc::channel();
    let on_loss = move |loss: &LeaseLoss| send.send(loss.clone()).unwrap();
    let keeper = LeaseKeeper::spawn(lease, connect, on_loss).unwrap();
    let remains = |conn: &mut Conn| status(conn).map(|status| status.remaining);
    wait_until("the lease should be renewed", || {
        remains(conn) > Some(hour / 2)
    });
    assert_eq!(reported(&losses), LeaseLoss::NoAnswer);
    let answer = keeper.close().unwrap();
    assert_eq!(answer, LeaseAnswer::Lost(LeaseLoss::NoAnswer));
    assert!(remains(conn) > Some(hour / 2));
    drop(answers);
    wait_until("the lease should be released", || status(conn).is_none());
}

#[test]
fn a_panic_in_what_is_called_is_told_at_the_end() {
    let (_scratch, conn) = &mut set_up();
    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE / 200, conn).unwrap();
    let connect = || Err::<Conn, _>(no_connection());
    let keeper = LeaseKeeper::spawn(lease, connect, |_| panic!("not now")).unwrap();
    wait_until("the lease should be lost", || keeper.loss().is_some());
    let error = keeper.close().unwrap_err();
    assert_eq!(error.to_string(), "a thread of the keeper has panicked");
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
    // Long enough that the save comes in time on a busy machine.
    let (keeper, losses) = keep(Duration::from_secs(3), conn, move || Ok(place.connect()));
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

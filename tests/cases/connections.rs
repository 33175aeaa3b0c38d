//! One short story on each kind of connection that users have.

use crate::helpers::expect::{self, ANN};
use crate::helpers::leases::{MINUTE, loss};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::connection::InstrumentationEvent;
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};
use optlock::lease::{Lease, LeaseKeeper};
use optlock::{Error, LeaseLoss, Outcome, Refreshed};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::wait_until;
use std::time::Duration;

fn story<C>(conn: &mut C)
where
    C: TransactionConnection,
    Contact: methods::Save<C>
        + methods::SaveOrLoad<C>
        + methods::Touch<C>
        + methods::Delete<C>
        + methods::CheckCurrent<C>
        + methods::LockRow<C>
        + methods::LoadCurrent<C>
        + methods::Refresh<C>
        + methods::ForceSave<C>
        + methods::ForceDelete<C>,
{
    let (mut mine, mut theirs) = (Contact::ann(), Contact::ann());
    theirs.name = "Anna".into();
    theirs.save_checked(conn).unwrap();
    assert_eq!(theirs.version, 2);

    expect::modified(mine.save_checked(conn), ANN, 1, 2);
    expect::modified(mine.delete_checked(conn), ANN, 1, 2);
    assert_eq!(
        mine.save_or_load(conn).unwrap(),
        Outcome::Changed(theirs.clone())
    );
    assert_eq!(mine, Contact::ann());

    let result = transaction(conn, &mut theirs, |conn, theirs| -> Result<(), Error> {
        theirs.save_checked(conn)?;
        mine.delete_checked(conn)
    });
    expect::modified(result, ANN, 1, 3);
    assert_eq!(mine.load_current(conn).unwrap(), Some(theirs.clone()));

    transaction(conn, &mut theirs, |conn, theirs| theirs.save_checked(conn)).unwrap();
    expect::modified(mine.check_current(conn), ANN, 1, 3);
    assert_eq!(
        mine.refresh(conn).unwrap(),
        Refreshed::Updated(Contact::ann())
    );
    assert!(matches!(
        mine.lock_checked(conn),
        Err(Error::NotInTransaction)
    ));
    transaction(conn, (&mut mine, &mut theirs), |conn, (mine, theirs)| {
        mine.lock_checked(conn)?;
        mine.touch_checked(conn)?;
        expect::modified(theirs.lock_checked(conn), ANN, 3, 4);
        theirs.force_save(conn)
    })
    .unwrap();
    assert_eq!((mine.version, theirs.version), (4, 5));
    mine.force_save(conn).unwrap();
    assert_eq!(mine.refresh(conn).unwrap(), Refreshed::Unchanged);
    mine.delete_checked(conn).unwrap();
    expect::missing(theirs.save_checked(conn), ANN, 5);
    assert!(!theirs.force_delete(conn).unwrap());
    assert_eq!(mine.load_current(conn).unwrap(), None);
}

/// The same with many rows at once.
fn many<C>(conn: &mut C)
where
    C: TransactionConnection,
    Contact: methods::SaveAll<C> + methods::SaveEach<C> + methods::DeleteAll<C>,
{
    let mut both = [Contact::ann(), Contact::bob()];
    both.save_all_checked(conn).unwrap();
    assert_eq!(both.clone().map(|contact| contact.version), [2, 2]);
    let mut stale = [Contact::ann(), both[1].clone()];
    let error = stale.save_all_checked(conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conflict in 1 of 2 rows, so the batch was given up: \
         contacts 1 was changed: expected version 1, found 2"
    );
    let results = stale.save_each_checked(conn);
    assert_eq!((results[0].is_ok(), results[1].is_ok()), (false, true));
    assert_eq!((stale[0].version, stale[1].version), (1, 3));
    both[1].version = 3;
    both.delete_all_checked(conn).unwrap();
}

/// Leases, viewers, and the writes that ask for a lease.
fn leased<C>(conn: &mut C)
where
    C: TransactionConnection + LeaseConnection,
    Contact: methods::AcquireLease<C>
        + methods::LookUpLease<C>
        + methods::SaveLeased<C>
        + methods::DeleteLeased<C>,
    Lease: LeaseDsl<C>,
{
    lease::create_table(conn).unwrap();
    let mut ann = Contact::ann();
    let mut mine = Lease::acquire_checked(&ann, "amy", "page 1", MINUTE, conn).unwrap();
    let theirs = Lease::acquire(&ann, "bob", "page 2", MINUTE, conn);
    assert!(matches!(theirs, Err(Error::LeaseHeld(_))), "{theirs:?}");
    ann.ask_for_lease("bob", conn).unwrap();
    ann.viewing("bob", "page 2", MINUTE, conn).unwrap();
    assert!(mine.renew(conn).unwrap().is_done());
    assert_eq!(mine.wish().unwrap().by, "bob");
    ann.save_leased(&mine, conn).unwrap();
    transaction(conn, &mut ann, |conn, ann| ann.save_leased(&mine, conn)).unwrap();
    assert_eq!(ann.version, 3);
    let [status] = &[ann.clone()].lease_statuses(conn).unwrap()[..] else {
        panic!("one row")
    };
    assert_eq!(status.lease.as_ref().unwrap().owner, "amy");
    assert_eq!(status.viewers[0].who, "bob");
    assert_eq!(lease::all_of("amy", conn).unwrap().len(), 1);
    expect::modified(Contact::ann().save_leased(&mine, conn), ANN, 1, 3);

    let mut stolen = Lease::steal(&ann, "root", "console", MINUTE, conn).unwrap();
    let (taken_over, message) = loss(ann.save_leased(&mine, conn));
    assert!(
        matches!(taken_over, LeaseLoss::TakenOver { .. }),
        "{message}"
    );
    assert!(
        loss(ann.delete_leased(&mine, conn))
            .1
            .ends_with("taken away by root")
    );
    assert!(stolen.shorten(MINUTE / 2, conn).unwrap().is_done());
    let mut resumed = Lease::resume(&ann, &stolen.token(), MINUTE, conn).unwrap();
    ann.save_and_release(&mut resumed, conn).unwrap();
    assert_eq!(ann.version, 4);
    assert!(stolen.release(conn).unwrap().is_done());
    assert_eq!(loss(ann.save_leased(&resumed, conn)).0, LeaseLoss::Lapsed);
    let last = Lease::acquire(&ann, "amy", "page 1", MINUTE, conn).unwrap();
    ann.delete_leased(&last, conn).unwrap();
    expect::missing(ann.save_leased(&last, conn), ANN, 4);
    assert_eq!(lease::release_all("amy", conn).unwrap(), 1);
    assert_eq!(lease::purge(MINUTE, conn).unwrap(), 0);
}

#[test]
fn on_a_connection() {
    story(&mut Scratch::new().connect());
    many(&mut Scratch::new().connect());
    leased(&mut Scratch::new().connect());
}

/// Hands out a connection of a pool.
fn with_a_pool(work: impl FnOnce(&mut PooledConnection<ConnectionManager<Conn>>)) {
    let scratch = Scratch::new();
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let mut conn = pool.get().unwrap();
    scratch.enter(&mut conn);
    work(&mut conn);
}

#[test]
fn on_a_pooled_connection() {
    with_a_pool(story);
    with_a_pool(many);
    with_a_pool(leased);
}

/// The connection goes back to the pool after each renewal.
#[test]
fn a_keeper_takes_its_connections_from_a_pool() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    lease::create_table(conn).unwrap();
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    scratch.enter(&mut pool.get().unwrap());
    // Long enough that a busy machine renews it in time.
    let ttl = Duration::from_secs(4);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", ttl, conn).unwrap();
    let connections = pool.clone();
    let keeper = LeaseKeeper::spawn(lease, move || connections.get(), |_| {}).unwrap();
    wait_until("the lease should be renewed", || {
        let conn = &mut pool.get().unwrap();
        let status = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
        status.until.duration_since(status.since).unwrap() > ttl * 5 / 4
    });
    assert!(keeper.close().unwrap().is_done());
}

#[test]
fn on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    story(&mut AnyConnection::from(Scratch::new().connect()));
    many(&mut AnyConnection::from(Scratch::new().connect()));
    leased(&mut AnyConnection::from(Scratch::new().connect()));
}

/// On such an enum a locking read looks at the lease before the write. The lease expires between the two, and the write of
/// PostgreSQL and SQLite, which asks for the time itself, matches no row.
#[test]
fn a_lease_that_expires_before_the_write_of_an_enum_of_connections_is_lost() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let mut other = scratch.connect();
    let conn = &mut AnyConnection::from(scratch.connect());
    lease::create_table(conn).unwrap();
    let short = Duration::from_secs(2);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", short, conn).unwrap();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            if query.to_string().starts_with("UPDATE") && query.to_string().contains("contacts") {
                wait_until("the lease should expire", || {
                    let status = Contact::ann().lease_status(&mut other).unwrap();
                    status.lease.is_none()
                });
            }
        }
    });
    let mut ann = Contact::ann();
    let saved = ann.save_leased(&lease, conn);
    if CAPABILITIES.name == "mysql" {
        // The locking read has decided it, and nobody else has got the lease.
        saved.unwrap();
        assert_eq!(ann.version, 2);
    } else {
        assert_eq!(loss(saved).0, LeaseLoss::Lapsed);
        assert_eq!(ann, Contact::ann());
    }
}

//! The connection is lost at the COMMIT of a write that asks for a lease.

use super::loss::*;
use super::writes::{edited, saved};
use super::{CAPABILITIES, Conn, Scratch};
use crate::prelude::*;
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, LeaseLoss, Resolved};
use optlock_tests::models::Contact;
use optlock_tests::proxy::Proxy;
use optlock_tests::wait_until;
use std::time::Duration;

type Write = fn(&mut Contact, &mut Lease, &mut Conn) -> Result<(), Error>;

/// The writes that have a COMMIT of their own, and whether they end the lease.
fn writes() -> Vec<(Write, bool)> {
    let save_and_release: Write = |ann, lease, conn| ann.save_and_release(lease, conn);
    let save_leased: Write = |ann, lease, conn| ann.save_leased(lease, conn);
    let mut writes = vec![(save_and_release, true)];
    // PostgreSQL locks the lease and writes the row in one statement.
    if CAPABILITIES.reads_old_rows {
        writes.push((save_leased, false));
    }
    writes
}

/// Memory is as it was, and what became of it can be asked.
fn assert_lost(
    write: Write,
    losing: fn(&Proxy, &str),
    scratch: &Scratch,
) -> (Contact, Lease, Error, i64) {
    let (proxy, mut conn, id) = connect(scratch);
    lease::create_table(&mut conn).unwrap();
    let ttl = Duration::from_secs(60);
    let mut lease = Lease::acquire(&Contact::ann(), "amy", "page 1", ttl, &mut conn).unwrap();
    let mut ann = edited();
    losing(&proxy, "COMMIT");
    let error = write(&mut ann, &mut lease, &mut conn).unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
    assert_eq!(ann, edited());
    assert!(!lease.is_lost());
    (ann, lease, error, id)
}

#[test]
fn a_commit_of_a_write_under_a_lease_whose_answer_is_lost_has_landed() {
    for (write, ends_lease) in writes() {
        let scratch = Scratch::new();
        let (mut ann, mut lease, error, _) = assert_lost(write, Proxy::lose_answer, &scratch);
        wait_until_stored(Some(saved()), &scratch);
        let conn = &mut scratch.connect();
        let mut lost = ann.attempt_of(&error).unwrap();
        let resolved = lost.resolve(conn).unwrap();
        assert!(
            matches!(resolved, Resolved::Landed(_) | Resolved::ProbablyLanded(_)),
            "{resolved:?}"
        );
        let answer = lease.renew(conn).unwrap();
        let lapsed = LeaseAnswer::Lost(LeaseLoss::Lapsed);
        assert_eq!(answer == lapsed, ends_lease, "{answer:?}");
    }
}

#[test]
fn a_commit_of_a_write_under_a_lease_that_never_arrives_leaves_both_as_they_were() {
    for (write, _) in writes() {
        let scratch = Scratch::new();
        let (mut ann, mut lease, error, id) = assert_lost(write, Proxy::lose_request, &scratch);
        assert_unchanged(id, &scratch);
        let conn = &mut scratch.connect();
        let resolved = ann.attempt_of(&error).unwrap().resolve(conn).unwrap();
        assert!(matches!(resolved, Resolved::NotLanded), "{resolved:?}");
        wait_until("the lock of the lease should be gone", || {
            lease.renew(conn).unwrap().is_done()
        });
        edited().save_and_release(&mut lease, conn).unwrap();
    }
}

/// The one statement of PostgreSQL matches no row when the lease has expired. If then neither the row nor the lease can be
/// read, nobody need have changed the row.
#[test]
fn a_loss_after_a_leased_write_that_hit_no_row_is_no_conflict_where_it_may_be_the_lease() {
    if CAPABILITIES.reads_old_rows {
        return; // the lease was asked before the write
    }
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    lease::create_table(&mut conn).unwrap();
    let ttl = Duration::from_secs(60);
    let lease = Lease::acquire(&Contact::ann(), "amy", "page 1", ttl, &mut conn).unwrap();
    let sql = "UPDATE optlock_leases SET expires_at = 0, ends_at = 0";
    scratch.connect().batch_execute(sql).unwrap();
    let mut ann = edited();
    proxy.lose_request("SELECT \"contacts\"");
    let error = ann.save_leased(&lease, &mut conn).unwrap_err();
    assert_nothing_landed(&error);
    assert_eq!(ann, edited());
    assert_unchanged(id, &scratch);
}

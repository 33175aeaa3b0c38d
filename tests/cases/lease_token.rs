//! A lease goes on in another request, by its token.

use crate::helpers::leases::{MINUTE, amys, pass};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::lease::{Lease, LeaseAnswer, LeaseTime};
use optlock::{Error, LeaseLoss};
use optlock_tests::models::Contact;
use std::time::Duration;

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

fn resume(token: &str, conn: &mut Conn) -> Result<Lease, Error> {
    Lease::resume(&Contact::ann(), token, MINUTE, conn)
}

#[track_caller]
fn lost(resumed: Result<Lease, Error>) -> LeaseLoss {
    match resumed.unwrap_err() {
        Error::LeaseLost(lost) => lost.loss().clone(),
        error => panic!("not a lost lease: {error:?}"),
    }
}

#[test]
fn a_resumed_lease_is_the_one_that_was_acquired() {
    let (scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    let token = mine.token();
    let other = &mut scratch.connect();
    let mut resumed = resume(&token, other).unwrap();
    assert_eq!(
        (resumed.id(), resumed.fence(), resumed.since()),
        (mine.id(), mine.fence(), mine.since())
    );
    assert_eq!((resumed.owner(), resumed.holder()), ("amy", "page 1"));
    assert_eq!(resumed.token(), token);
    assert!(!resumed.is_lost() && resumed.remaining() <= MINUTE);
    // Both are one lease, on one page.
    assert!(resumed.renew(other).unwrap().is_done());
    assert!(mine.renew(conn).unwrap().is_done());
    let mut ann = Contact::ann();
    ann.save_and_release(&mut resumed, other).unwrap();
    assert_eq!(stored(1, conn).version, 2);
    assert_eq!(
        mine.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    // A release is repeated without harm, but nothing goes on.
    assert_eq!(lost(resume(&token, conn)), LeaseLoss::Lapsed);
}

#[test]
fn what_happened_to_the_lease_is_told_when_it_is_resumed() {
    let (_scratch, conn) = &mut set_up();
    let mine = amys(conn);
    let token = mine.token();
    let page = Lease::acquire(&Contact::ann(), "amy", "page 2", MINUTE, conn).unwrap();
    let holder = "page 2".to_owned();
    assert_eq!(lost(resume(&token, conn)), LeaseLoss::NotHolder { holder });
    let token = page.token();
    let theirs = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    let stolen = LeaseLoss::TakenOver {
        by: "root".into(),
        at: theirs.since(),
        by_force: true,
    };
    let error = resume(&token, conn).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lease of contacts 1 was not resumed: the lease was taken away by root"
    );
    assert_eq!(
        error.without_key(),
        "the lease of a row of contacts was not resumed: the lease was taken away by root"
    );
    assert!(!error.is_conflict() && !error.is_transient());
    assert_eq!(lost(Err(error)), stolen);

    let token = theirs.token();
    pass(MINUTE, conn);
    assert_eq!(lost(resume(&token, conn)), LeaseLoss::Lapsed);
    pass(MINUTE, conn);
    assert_eq!(lease::purge(Duration::ZERO, conn).unwrap(), 1);
    assert_eq!(lost(resume(&token, conn)), LeaseLoss::Lapsed);
    // After the purge the fence begins anew.
    let _ = Lease::acquire(&Contact::ann(), "bob", "page 4", MINUTE, conn).unwrap();
    assert!(matches!(
        lost(resume(&token, conn)),
        LeaseLoss::TakenOver { by, .. } if by == "bob"
    ));
}

/// A handler ends with the error, which names the row.
#[test]
fn a_lease_that_is_lost_when_it_is_renewed_is_an_error_if_that_is_asked_for() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    mine.renew(conn).unwrap().into_result(&mine).unwrap();
    let _theirs = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    for answer in [mine.renew(conn), mine.shorten(MINUTE, conn)] {
        let error = answer.unwrap().into_result(&mine).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the lease of contacts 1 is lost: the lease was taken away by root"
        );
        assert_eq!(
            error.without_key(),
            "the lease of a row of contacts is lost: the lease was taken away by root"
        );
        assert!(matches!(
            lost(Err(error)),
            LeaseLoss::TakenOver { by_force: true, .. }
        ));
    }
}

#[test]
fn a_token_of_another_row_and_a_forged_one_are_refused() {
    let (_scratch, conn) = &mut set_up();
    let mine = amys(conn);
    let bobs = Lease::acquire(&Contact::bob(), "amy", "page 1", MINUTE, conn).unwrap();
    assert_eq!(lost(resume(&bobs.token(), conn)), LeaseLoss::OtherRow);

    let token = mine.token();
    let (id, rest) = token.split_once('.').unwrap();
    let another_id = format!("{}.{rest}", bobs.id());
    assert!(matches!(
        lost(resume(&another_id, conn)),
        LeaseLoss::TakenOver { by, .. } if by == "amy"
    ));
    // The next fence is none that was given to anybody.
    let another_fence = format!("{id}.2{}", &rest[1..]);
    assert_eq!(lost(resume(&another_fence, conn)), LeaseLoss::Lapsed);
    let another_holder = format!("{token}31");
    assert!(matches!(
        lost(resume(&another_holder, conn)),
        LeaseLoss::NotHolder { .. }
    ));
    // Of what nobody has.
    let nobodys = format!("00000000-0000-0000-0000-000000000000.{rest}");
    assert!(matches!(
        lost(resume(&nobodys, conn)),
        LeaseLoss::TakenOver { .. }
    ));
    for malformed in ["", "amy", mine.id(), &token[1..], &format!("{token}z")] {
        let error = resume(malformed, conn).unwrap_err();
        assert!(
            matches!(error, Error::LeaseToken),
            "{malformed:?}: {error:?}"
        );
        assert_eq!(
            error.to_string(),
            "what should be the token of a lease is none"
        );
    }
    let short = Lease::resume(&Contact::ann(), &token, Duration::ZERO, conn);
    assert!(matches!(short, Err(Error::LeaseTooShort)), "{short:?}");
    assert_eq!(resume(&token, conn).unwrap().id(), mine.id());
}

#[test]
fn a_resumed_lease_is_renewed_by_its_own_time_but_not_beyond_the_cap() {
    let (_scratch, conn) = &mut set_up();
    let time = LeaseTime::from(MINUTE).at_most(MINUTE * 2);
    let mine = Lease::acquire(&Contact::ann(), "amy", "page 1", time, conn).unwrap();
    // Whatever it asks for.
    let hour = LeaseTime::from(MINUTE * 60).at_most(MINUTE * 600);
    let mut resumed = Lease::resume(&Contact::ann(), &mine.token(), hour, conn).unwrap();
    assert!(resumed.renew(conn).unwrap().is_done());
    let lease = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    assert!(lease.remaining > MINUTE && lease.remaining <= MINUTE * 2);
    assert_eq!(Some(lease.until), lease.ends);
}

#[test]
fn in_a_transaction_a_lease_can_be_resumed() {
    let (_scratch, conn) = &mut set_up();
    let token = amys(conn).token();
    rename(1, "Ann C.", conn);
    let mut ann = stored(1, conn);
    transaction(conn, &mut ann, |conn, ann| {
        let lease = Lease::resume(&*ann, &token, MINUTE, conn)?;
        ann.save_leased(&lease, conn)
    })
    .unwrap();
    assert_eq!(ann.version, 3);
}

//! Leases: who has one, until when, and what becomes of it.

use crate::helpers::expect::{self, ANN};
use crate::helpers::leases::{MINUTE, amys, pass};
use crate::helpers::people::{delete, rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::lease::{Lease, LeaseAnswer, LeaseTime, RowStatus};
use optlock::{Error, LeaseLoss};
use optlock_tests::models::Contact;
use std::cell::RefCell;
use std::time::{Duration, SystemTime};

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

fn bobs(conn: &mut Conn) -> Result<Lease, Error> {
    Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, conn)
}

/// One statement reads a clock that moves for each of the two.
fn assert_lasts(time: Duration, from: SystemTime, to: SystemTime) {
    let lasts = to.duration_since(from).unwrap();
    assert!(
        lasts >= time && lasts < time + Duration::from_secs(1),
        "{lasts:?}"
    );
}

/// Who took it over, and whether by force.
fn taken_over(answer: LeaseAnswer) -> (String, bool) {
    match answer {
        LeaseAnswer::Lost(LeaseLoss::TakenOver { by, by_force, .. }) => (by, by_force),
        answer => panic!("not taken over: {answer:?}"),
    }
}

#[test]
fn the_table_is_created_once() {
    let (_scratch, mut conn) = set_up();
    let _ = amys(&mut conn);
    lease::create_table(&mut conn).unwrap();
    assert!(
        Contact::ann()
            .lease_status(&mut conn)
            .unwrap()
            .lease
            .is_some()
    );
}

#[test]
fn another_owner_is_told_who_has_the_lease_and_for_how_long() {
    let (_scratch, conn) = &mut set_up();
    let mine = amys(conn);
    assert_eq!(
        (mine.owner(), mine.holder(), mine.fence()),
        ("amy", "page 1", 1)
    );
    assert!(!mine.is_lost() && mine.remaining() <= MINUTE * 9 / 10);
    pass(Duration::from_secs(20), conn);
    let Error::LeaseHeld(held) = bobs(conn).unwrap_err() else {
        panic!("amy has it")
    };
    assert_eq!(
        (held.table(), held.key(), held.owner()),
        ("contacts", "1", "amy")
    );
    assert!(
        held.remaining() > Duration::from_secs(30) && held.remaining() <= Duration::from_secs(40)
    );
    assert_lasts(MINUTE, held.since(), held.until());
    let message = held.without_key();
    assert!(
        message.starts_with("a row of contacts is leased by amy for another "),
        "{message}"
    );
    // Bob's row is another one.
    let _ = Lease::acquire(&Contact::bob(), "bob", "page 2", MINUTE, conn).unwrap();
}

#[test]
fn what_has_expired_is_free_for_its_old_owner_too() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    pass(MINUTE, conn);
    assert_eq!(
        mine.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    assert!(mine.is_lost());
    let mut again = amys(conn);
    assert_eq!(again.fence(), 2);
    assert_ne!(again.id(), mine.id());
    assert_eq!(
        taken_over(mine.renew(conn).unwrap()),
        ("amy".to_owned(), false)
    );
    assert_eq!(
        taken_over(mine.release(conn).unwrap()),
        ("amy".to_owned(), false)
    );
    assert!(again.renew(conn).unwrap().is_done());

    pass(MINUTE, conn);
    let theirs = bobs(conn).unwrap();
    assert_eq!((theirs.owner(), theirs.fence()), ("bob", 3));
    assert_eq!(
        taken_over(again.renew(conn).unwrap()),
        ("bob".to_owned(), false)
    );
    assert_eq!(
        taken_over(again.shorten(Duration::ZERO, conn).unwrap()),
        ("bob".to_owned(), false)
    );
}

#[test]
fn a_renewal_moves_the_end_by_the_whole_time() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    let before = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    pass(Duration::from_secs(50), conn);
    assert!(mine.renew(conn).unwrap().is_done());
    let after = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    assert!(after.until >= before.until);
    assert_eq!(after.since + Duration::from_secs(50), before.since);
    assert!(mine.remaining() > Duration::from_secs(50));
}

#[test]
fn another_page_of_its_owner_takes_the_lease_over() {
    let (_scratch, conn) = &mut set_up();
    let mut first = amys(conn);
    let mut second = Lease::acquire(&Contact::ann(), "amy", "page 2", MINUTE, conn).unwrap();
    assert_eq!((second.id(), second.fence()), (first.id(), first.fence()));
    let holder = "page 2".to_owned();
    let lost = LeaseAnswer::Lost(LeaseLoss::NotHolder { holder });
    assert_eq!(first.renew(conn).unwrap(), lost);
    assert_eq!(first.shorten(MINUTE, conn).unwrap(), lost);
    assert_eq!(first.release(conn).unwrap(), lost);
    assert!(second.renew(conn).unwrap().is_done());
    // Two owners are told apart byte by byte.
    for other in ["amy ", "AMY", "am\u{fd}"] {
        let error = Lease::acquire(&Contact::ann(), other, "page 2", MINUTE, conn).unwrap_err();
        assert!(matches!(error, Error::LeaseHeld(_)), "{other:?}: {error}");
    }
}

#[test]
fn a_release_is_repeated_without_harm_and_ends_no_other_lease() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    assert!(mine.release(conn).unwrap().is_done());
    assert!(mine.is_lost());
    assert_eq!(Contact::ann().lease_status(conn).unwrap().lease, None);
    assert!(mine.release(conn).unwrap().is_done());
    assert_eq!(
        mine.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    let mut theirs = bobs(conn).unwrap();
    // The release has raised the fence, and the acquisition again.
    assert_eq!(theirs.fence(), 3);
    assert_eq!(
        taken_over(mine.release(conn).unwrap()),
        ("bob".to_owned(), false)
    );
    assert!(theirs.renew(conn).unwrap().is_done());
}

#[test]
fn a_lease_can_be_shortened_but_not_made_longer() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    assert!(mine.shorten(MINUTE * 10, conn).unwrap().is_done());
    let status = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    assert!(status.remaining <= MINUTE);
    assert!(
        mine.shorten(Duration::from_secs(10), conn)
            .unwrap()
            .is_done()
    );
    assert!(mine.remaining() <= Duration::from_secs(9));
    assert!(mine.shorten(Duration::ZERO, conn).unwrap().is_done());
    assert!(mine.is_lost());
    let _ = bobs(conn).unwrap();
}

#[test]
fn no_renewal_and_no_other_page_goes_beyond_the_cap() {
    let (_scratch, conn) = &mut set_up();
    let time = LeaseTime::from(MINUTE).at_most(Duration::from_secs(90));
    let mut mine = Lease::acquire(&Contact::ann(), "amy", "page 1", time, conn).unwrap();
    let status = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    let ends = status.ends.unwrap();
    assert_lasts(Duration::from_secs(90), status.since, ends);
    pass(Duration::from_secs(50), conn);
    assert!(mine.renew(conn).unwrap().is_done());
    // Of its owner's pages, one with another cap.
    let mut page = Lease::acquire(&Contact::ann(), "amy", "page 2", MINUTE * 10, conn).unwrap();
    let status = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    assert_eq!(status.ends, Some(status.until));
    assert!(status.remaining <= Duration::from_secs(40));
    pass(Duration::from_secs(40), conn);
    assert_eq!(
        page.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    let _ = bobs(conn).unwrap();
}

#[test]
fn an_administrator_takes_the_lease_away() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    let mut theirs = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    assert_eq!(theirs.fence(), 2);
    let status = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    assert_eq!(status.stolen_from.as_deref(), Some("amy"));
    assert_eq!(
        (status.owner.as_str(), status.since),
        ("root", theirs.since())
    );
    assert_eq!(
        taken_over(mine.renew(conn).unwrap()),
        ("root".to_owned(), true)
    );
    assert!(theirs.renew(conn).unwrap().is_done());
    assert!(theirs.release(conn).unwrap().is_done());
    // Of a lease that nobody has, nothing is stolen.
    let _ = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    let status = Contact::ann().lease_status(conn).unwrap().lease.unwrap();
    assert_eq!(status.stolen_from, None);
}

#[test]
fn a_wish_is_shown_to_the_holder() {
    let (_scratch, conn) = &mut set_up();
    assert_eq!(Contact::ann().ask_for_lease("bob", conn).unwrap(), None);
    let mut mine = amys(conn);
    assert_eq!(mine.wish(), None);
    let status = Contact::ann().ask_for_lease("bob", conn).unwrap().unwrap();
    assert_eq!(status.owner, "amy");
    assert_eq!(mine.wish(), None);
    assert!(mine.renew(conn).unwrap().is_done());
    let wish = mine.wish().unwrap();
    assert_eq!(wish.by, "bob");
    assert_eq!(status.wish, Some(wish));
    assert!(mine.release(conn).unwrap().is_done());
    assert_eq!(bobs(conn).unwrap().wish(), None);
}

#[test]
fn the_version_is_checked_when_the_lease_is_held() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = Lease::acquire_checked(&Contact::ann(), "amy", "page 1", MINUTE, conn).unwrap();
    assert!(lease.release(conn).unwrap().is_done());
    rename(1, "Ann B.", conn);
    let stale = Lease::acquire_checked(&Contact::ann(), "amy", "page 1", MINUTE, conn);
    expect::modified(stale, ANN, 1, 2);
    assert_eq!(Contact::ann().lease_status(conn).unwrap().lease, None);
    // The lease that Amy has already is not released.
    let mut mine = amys(conn);
    let stale = Lease::acquire_checked(&Contact::ann(), "amy", "page 1", MINUTE, conn);
    expect::modified(stale, ANN, 1, 2);
    assert!(mine.renew(conn).unwrap().is_done());
}

#[test]
fn a_stale_page_does_not_take_the_lease_over_from_another_page_of_its_owner() {
    let (_scratch, conn) = &mut set_up();
    let mut first = amys(conn);
    rename(1, "Ann B.", conn);
    let stale = Lease::acquire_checked(&Contact::ann(), "amy", "page 2", MINUTE, conn);
    expect::modified(stale, ANN, 1, 2);
    assert_eq!(first.renew(conn).unwrap(), LeaseAnswer::Done);
}

#[test]
fn who_lost_an_expired_lease_is_not_told_that_it_was_stolen() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    pass(MINUTE, conn);
    let mut theirs = bobs(conn).unwrap();
    let _ = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    let root = || "root".to_owned();
    assert_eq!(taken_over(mine.renew(conn).unwrap()), (root(), false));
    assert_eq!(taken_over(theirs.renew(conn).unwrap()), (root(), true));
}

#[test]
fn no_lease_changes_a_version() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    assert!(lease.renew(conn).unwrap().is_done());
    assert!(lease.release(conn).unwrap().is_done());
    assert_eq!(stored(1, conn), Contact::ann());
}

#[test]
fn a_row_that_is_not_there_has_no_lease() {
    let (_scratch, conn) = &mut set_up();
    delete(1, conn);
    expect::missing(
        Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, conn),
        ANN,
        1,
    );
}

#[test]
fn a_row_that_was_deleted_and_inserted_anew_has_the_lease_still() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    delete(1, conn);
    diesel::insert_into(optlock_tests::schema::contacts::table)
        .values(Contact::ann())
        .execute(conn)
        .unwrap();
    assert!(matches!(bobs(conn), Err(Error::LeaseHeld(_))));
    assert!(mine.renew(conn).unwrap().is_done());
}

#[test]
fn all_leases_of_a_list_and_of_a_person_are_found() {
    let (_scratch, conn) = &mut set_up();
    let nobody = [RowStatus::default(), RowStatus::default()];
    let both = [Contact::ann(), Contact::bob()].lease_statuses(conn);
    assert_eq!(both.unwrap(), nobody);
    let _mine = amys(conn);
    let many: Vec<_> = (1..=1_200)
        .rev()
        .map(|id| Contact {
            id,
            ..Contact::ann()
        })
        .collect();
    let statuses = many.lease_statuses(conn).unwrap();
    assert_eq!(statuses.len(), many.len());
    for (contact, status) in many.iter().zip(&statuses) {
        assert_eq!(status.lease.is_some(), contact.id == 1);
    }
    let status = statuses[1_199].lease.clone().unwrap();
    assert_eq!((status.row.as_str(), status.owner.as_str()), ("1", "amy"));
    assert!(status.table.contains("contacts"), "{}", status.table);
    assert_eq!(Vec::<Contact>::new().lease_statuses(conn).unwrap(), []);

    let _ = Lease::acquire(&Contact::bob(), "amy", "page 3", MINUTE, conn).unwrap();
    let rows = |owner: &str, conn: &mut Conn| {
        let all = lease::all_of(owner, conn).unwrap();
        all.into_iter().map(|lease| lease.row).collect::<Vec<_>>()
    };
    assert_eq!(rows("amy", conn), ["1", "2"]);
    assert_eq!(rows("AMY", conn), [""; 0]);
    pass(MINUTE, conn);
    assert_eq!(rows("amy", conn), [""; 0]);
}

#[test]
fn a_logout_ends_all_leases_of_a_person_and_no_others() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    let mut theirs = Lease::acquire(&Contact::bob(), "bob", "page 2", MINUTE, conn).unwrap();
    assert_eq!(lease::release_all("amy", conn).unwrap(), 1);
    assert_eq!(lease::release_all("amy", conn).unwrap(), 0);
    assert_eq!(
        mine.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    assert!(theirs.renew(conn).unwrap().is_done());
}

#[test]
fn after_a_purge_the_id_tells_two_leases_of_one_fence_apart() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    assert_eq!(lease::purge(Duration::ZERO, conn).unwrap(), 0);
    pass(MINUTE * 3, conn);
    assert_eq!(lease::purge(MINUTE * 5, conn).unwrap(), 0);
    assert_eq!(lease::purge(MINUTE, conn).unwrap(), 1);
    assert_eq!(
        mine.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    assert!(mine.release(conn).unwrap().is_done());
    let theirs = bobs(conn).unwrap();
    assert_eq!((theirs.fence(), mine.fence()), (1, 1));
    assert_eq!(
        taken_over(mine.renew(conn).unwrap()),
        ("bob".to_owned(), false)
    );
    assert_eq!(
        taken_over(mine.release(conn).unwrap()),
        ("bob".to_owned(), false)
    );
}

#[test]
fn inside_a_transaction_nothing_is_done() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    let refused = |result: Result<(), Error>, what: &str| {
        let error = result.unwrap_err();
        let Error::AlreadyInTransaction { .. } = error else {
            panic!("{what}: {error:?}")
        };
        let message = error.to_string();
        assert!(
            message.ends_with(" it must be the outermost transaction, and one is open already"),
            "{message}"
        );
    };
    let lease = amys(conn);
    transaction(conn, (), |conn, ()| {
        refused(bobs(conn).map(drop), "acquire");
        let steal = Lease::steal(&Contact::ann(), "bob", "page 2", MINUTE, conn);
        refused(steal.map(drop), "steal");
        let ask = Contact::ann().ask_for_lease("bob", conn);
        refused(ask.map(drop), "ask");
        refused(lease::release_all("amy", conn).map(drop), "release_all");
        refused(lease::purge(MINUTE, conn).map(drop), "purge");
        refused(lease::create_table(conn), "create_table");
        // What only reads is allowed.
        assert!(Contact::ann().lease_status(conn)?.lease.is_some());
        assert_eq!(lease::all_of("amy", conn)?.len(), 1);
        Ok::<_, Error>(())
    })
    .unwrap();
    let lease = RefCell::new(lease);
    transaction(conn, (), |conn, ()| {
        let lease = &mut *lease.borrow_mut();
        refused(lease.renew(conn).map(drop), "renew");
        refused(lease.shorten(MINUTE, conn).map(drop), "shorten");
        refused(lease.release(conn).map(drop), "release");
        let mut ann = Contact::ann();
        refused(ann.save_and_release(lease, conn), "save_and_release");
        Ok::<_, Error>(())
    })
    .unwrap();
    assert!(mine.renew(conn).unwrap().is_done());
}

#[test]
fn owner_and_holder_have_a_name() {
    let (_scratch, conn) = &mut set_up();
    let long = "é".repeat(128);
    for (owner, holder, what, bytes) in [
        ("", "page", "owner", 0),
        ("amy", "", "holder", 0),
        (long.as_str(), "page", "owner", 256),
        ("amy", long.as_str(), "holder", 256),
    ] {
        let error = Lease::acquire(&Contact::ann(), owner, holder, MINUTE, conn).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the {what} of a lease has 1 to 255 bytes, and this one has {bytes}")
        );
    }
    let longest = format!("{}x", "é".repeat(127));
    let lease = Lease::acquire(&Contact::ann(), &longest, &longest, MINUTE, conn).unwrap();
    assert_eq!(
        (lease.owner(), lease.holder()),
        (longest.as_str(), longest.as_str())
    );
}

#[test]
fn a_lease_lasts_a_millisecond_at_least() {
    let (_scratch, conn) = &mut set_up();
    let mut mine = amys(conn);
    let short = Duration::from_micros(999);
    for time in [
        LeaseTime::from(Duration::ZERO),
        LeaseTime::from(short),
        LeaseTime::from(MINUTE).at_most(short),
    ] {
        // Its owner's other page would end it.
        let error = Lease::acquire(&Contact::ann(), "amy", "page 2", time, conn).unwrap_err();
        assert_eq!(error.to_string(), "a lease lasts a millisecond at least");
    }
    assert!(mine.renew(conn).unwrap().is_done());
    let _ = Lease::acquire(&Contact::bob(), "amy", "page 1", Duration::MAX, conn).unwrap();
}

#[test]
fn times_are_those_of_the_database() {
    let (_scratch, conn) = &mut set_up();
    let mine = amys(conn);
    // Of a machine whose clock is right.
    let age = SystemTime::now()
        .duration_since(mine.since())
        .unwrap_or_default();
    assert!(age < MINUTE, "{age:?}");
}

//! The writes that ask for a lease.

use crate::helpers::expect::{self, ANN, BOB};
use crate::helpers::leases::{MINUTE, amys, loss, pass};
use crate::helpers::people::{changed_my_mind, find, rename, stored};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::result::DatabaseErrorKind::ForeignKeyViolation;
use diesel::result::Error::DatabaseError;
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, LeaseLoss};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// A form of which what is not filled in is left alone.
#[derive(Debug, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
struct Patch {
    id: i32,
    name: Option<String>,
    phone: Option<String>,
    version: i64,
}

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

fn edited() -> Contact {
    Contact {
        name: "Ann B.".into(),
        ..Contact::ann()
    }
}

fn saved() -> Contact {
    Contact {
        version: 2,
        ..edited()
    }
}

/// Bob takes the lease over when it has expired.
fn bob_takes_over(conn: &mut Conn) -> Lease {
    pass(MINUTE, conn);
    Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, conn).unwrap()
}

#[test]
fn the_holder_saves_as_often_as_they_want() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    let mut ann = edited();
    ann.save_leased(&lease, conn).unwrap();
    assert_eq!((&ann, &stored(1, conn)), (&saved(), &saved()));
    ann.name = "Ann C.".into();
    ann.save_leased(&lease, conn).unwrap();
    assert_eq!(stored(1, conn).version, 3);
    assert!(lease.renew(conn).unwrap().is_done());
}

#[test]
fn a_late_holder_is_refused_although_the_version_is_right() {
    let (_scratch, conn) = &mut set_up();
    let lease = amys(conn);
    let mut ann = edited();
    pass(MINUTE, conn);
    // Nobody has it, and it has expired all the same.
    let (lapsed, message) = loss(ann.save_leased(&lease, conn));
    assert_eq!(lapsed, LeaseLoss::Lapsed);
    assert_eq!(
        message,
        "contacts 1 was not written: the lease has expired or was released"
    );
    let theirs = bob_takes_over(conn);
    let (taken_over, message) = loss(ann.save_leased(&lease, conn));
    let expected = LeaseLoss::TakenOver {
        by: "bob".into(),
        at: theirs.since(),
        by_force: false,
    };
    assert_eq!(taken_over, expected);
    assert_eq!(
        message,
        "contacts 1 was not written: the lease has expired, and bob has acquired it"
    );
    assert_eq!((ann, stored(1, conn)), (edited(), Contact::ann()));
    edited().save_leased(&theirs, conn).unwrap();
}

#[test]
fn a_lost_lease_says_so_if_the_version_is_stale_as_well() {
    let (_scratch, conn) = &mut set_up();
    let lease = amys(conn);
    let theirs = bob_takes_over(conn);
    edited().save_leased(&theirs, conn).unwrap();
    let Error::LeaseLost(lost) = edited().save_leased(&lease, conn).unwrap_err() else {
        panic!("bob has the lease")
    };
    let conflict = lost.conflict().unwrap();
    assert_eq!(
        conflict.with_key(),
        "contacts 1 was changed: expected version 1, found 2"
    );
    assert_eq!(
        lost.without_key(),
        "a row of contacts was not written: the lease has expired, and bob has acquired it; and \
         a row of contacts was changed: expected version 1, found 2"
    );
    let error = Error::from(lost);
    assert!(!error.is_conflict() && !error.is_transient());
    assert!(!optlock::retry::is_retryable(&error));
}

#[test]
fn who_asks_for_no_lease_is_a_conflict_to_its_holder() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    rename(1, "Ann C.", conn);
    let mut ann = edited();
    expect::modified(ann.save_leased(&lease, conn), ANN, 1, 2);
    expect::modified(Contact::ann().delete_leased(&lease, conn), ANN, 1, 2);
    assert_eq!(ann, edited());
    // A save that fails keeps the lease.
    assert!(lease.renew(conn).unwrap().is_done());
}

#[test]
fn a_lease_of_another_row_is_none() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    let mut bob = Contact {
        name: "Bob A.".into(),
        ..Contact::bob()
    };
    let before = bob.clone();
    let (other, message) = loss(bob.save_leased(&lease, conn));
    assert_eq!(other, LeaseLoss::OtherRow);
    assert_eq!(
        message,
        "contacts 1 was not written: the lease is of another row"
    );
    loss(bob.save_and_release(&mut lease, conn));
    loss(bob.delete_leased(&lease, conn));
    assert_eq!((&bob, stored(2, conn)), (&before, Contact::bob()));
    assert!(lease.renew(conn).unwrap().is_done());
    bob.save_checked(conn).unwrap();
    expect::modified(before.delete_checked(conn), BOB, 1, 2);
}

#[test]
fn another_page_of_the_owner_does_not_save() {
    let (_scratch, conn) = &mut set_up();
    let lease = amys(conn);
    let page = Lease::acquire(&Contact::ann(), "amy", "page 2", MINUTE, conn).unwrap();
    let holder = "page 2".to_owned();
    assert_eq!(
        loss(edited().save_leased(&lease, conn)).0,
        LeaseLoss::NotHolder { holder }
    );
    edited().save_leased(&page, conn).unwrap();
}

#[test]
fn a_lease_that_was_stolen_or_released_does_not_save() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    let theirs = Lease::steal(&Contact::ann(), "root", "console", MINUTE, conn).unwrap();
    let (stolen, message) = loss(edited().save_leased(&lease, conn));
    let expected = LeaseLoss::TakenOver {
        by: "root".into(),
        at: theirs.since(),
        by_force: true,
    };
    assert_eq!(stolen, expected);
    assert_eq!(
        message,
        "contacts 1 was not written: the lease was taken away by root"
    );
    assert!(!lease.renew(conn).unwrap().is_done());

    pass(MINUTE, conn);
    let mut released = amys(conn);
    assert!(released.release(conn).unwrap().is_done());
    assert_eq!(
        loss(edited().save_leased(&released, conn)).0,
        LeaseLoss::Lapsed
    );
    assert_eq!(stored(1, conn), Contact::ann());
}

#[test]
fn a_delete_asks_for_the_lease() {
    let (_scratch, conn) = &mut set_up();
    let lease = amys(conn);
    let theirs = bob_takes_over(conn);
    loss(Contact::ann().delete_leased(&lease, conn));
    assert_eq!(stored(1, conn), Contact::ann());
    Contact::ann().delete_leased(&theirs, conn).unwrap();
    assert_eq!(find(1, conn), None);
    expect::missing(Contact::ann().delete_leased(&theirs, conn), ANN, 1);
    expect::missing(edited().save_leased(&theirs, conn), ANN, 1);
}

#[test]
fn a_save_can_end_the_lease() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    let mut ann = edited();
    ann.save_and_release(&mut lease, conn).unwrap();
    assert_eq!((&ann, &stored(1, conn)), (&saved(), &saved()));
    assert!(lease.is_lost());
    assert_eq!(ann.lease_status(conn).unwrap().lease, None);
    assert_eq!(
        loss(ann.save_and_release(&mut lease, conn)).0,
        LeaseLoss::Lapsed
    );
    assert_eq!(ann, saved());
}

#[test]
fn a_save_that_fails_does_not_end_the_lease() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    rename(1, "Ann C.", conn);
    let mut ann = edited();
    expect::modified(ann.save_and_release(&mut lease, conn), ANN, 1, 2);
    assert_eq!(ann, edited());
    assert!(!lease.is_lost());
    assert!(lease.renew(conn).unwrap().is_done());
    assert!(!conn_is_in_transaction(conn));
}

/// The save moves the version on, to which another row refers: the database notices it at the COMMIT.
#[test]
fn a_commit_that_fails_leaves_memory_and_the_lease_as_they_were() {
    let Some(()) = require(CAPABILITIES.deferred_constraints) else {
        return;
    };
    let (_scratch, conn) = &mut set_up();
    conn.batch_execute(
        "CREATE UNIQUE INDEX contacts_version ON contacts (id, version); \
         CREATE TABLE notes (id INTEGER NOT NULL, version BIGINT NOT NULL, \
             FOREIGN KEY (id, version) REFERENCES contacts (id, version) DEFERRABLE INITIALLY DEFERRED); \
         INSERT INTO notes VALUES (1, 1)",
    )
    .unwrap();
    let mut lease = amys(conn);
    let mut ann = edited();
    for releases in [true, false] {
        let result = match releases {
            true => ann.save_and_release(&mut lease, conn),
            false => ann.save_leased(&lease, conn),
        };
        let error = result.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Database(DatabaseError(ForeignKeyViolation, _))
            ),
            "{error:?}"
        );
        assert_eq!((&ann, stored(1, conn)), (&edited(), Contact::ann()));
        assert!(!lease.is_lost());
        assert!(!conn_is_in_transaction(conn));
    }
    assert!(lease.renew(conn).unwrap().is_done());
    conn.batch_execute("DELETE FROM notes").unwrap();
    ann.save_and_release(&mut lease, conn).unwrap();
    assert_eq!(ann, saved());
}

/// Would a transaction begin here?
fn conn_is_in_transaction(conn: &mut Conn) -> bool {
    lease::release_all("nobody", conn).is_err()
}

#[test]
fn a_patch_that_changes_nothing_sends_nothing_but_the_release() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = Lease::acquire(&Contact::ann(), "amy", "page 1", MINUTE, conn).unwrap();
    let nothing = || Patch {
        id: 1,
        name: None,
        phone: None,
        version: 1,
    };
    nothing().save_leased(&lease, conn).unwrap();
    assert_eq!(stored(1, conn), Contact::ann());
    nothing().save_and_release(&mut lease, conn).unwrap();
    assert_eq!(stored(1, conn), Contact::ann());
    assert!(lease.is_lost());
    // A patch has a text for each set of columns.
    let lease = amys(conn);
    let mut patch = Patch {
        name: Some("Ann B.".into()),
        ..nothing()
    };
    patch.save_leased(&lease, conn).unwrap();
    assert_eq!((patch.version, stored(1, conn)), (2, saved()));
}

#[test]
fn in_a_transaction_of_the_users_the_save_is_a_part_of_it() {
    let (_scratch, conn) = &mut set_up();
    let mut lease = amys(conn);
    let mut ann = edited();
    let result = transaction(conn, &mut ann, |conn, ann| {
        ann.save_leased(&lease, conn)?;
        Err::<(), _>(changed_my_mind())
    });
    assert!(result.is_err());
    assert_eq!((&ann, stored(1, conn)), (&edited(), Contact::ann()));
    transaction(conn, &mut ann, |conn, ann| ann.save_leased(&lease, conn)).unwrap();
    assert_eq!((&ann, &stored(1, conn)), (&saved(), &saved()));
    assert_eq!(lease.renew(conn).unwrap(), LeaseAnswer::Done);

    let theirs = bob_takes_over(conn);
    let lost = transaction(conn, &mut ann, |conn, ann| {
        ann.name = "Ann C.".into();
        ann.save_leased(&lease, conn)
    });
    assert!(matches!(loss(lost).0, LeaseLoss::TakenOver { .. }));
    assert_eq!(ann, saved());
    ann.delete_leased(&theirs, conn).unwrap();
}

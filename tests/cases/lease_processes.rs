//! Leases of several processes: a holder that dies, and one that goes on with what another has begun.

use crate::helpers::child;
use crate::helpers::leases::{MINUTE, amys, loss, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::lease::{Lease, LeaseAnswer};
use optlock::{Error, LeaseLoss};
use optlock_tests::models::Contact;
use std::{env, thread};

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

#[test]
fn a_holder_that_dies_leaves_the_lease_until_it_expires_and_no_lock() {
    if let Some(mut conn) = child::connection() {
        return save_and_wait(&mut conn);
    }
    let (scratch, mut conn) = set_up();
    let conn = &mut conn;
    let mut child = child::run_until(
        "saved",
        &mut child::again(
            module_path!(),
            "a_holder_that_dies_leaves_the_lease_until_it_expires_and_no_lock",
            &scratch,
        ),
    );
    child.kill().unwrap();
    child.wait().unwrap();

    // The locks of its transaction are gone, on the row and on the lease, as soon as the server knows.
    edited().save_checked(conn).unwrap();
    assert_eq!(stored(1, conn).version, 2);
    let theirs = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, conn);
    let Err(Error::LeaseHeld(held)) = theirs else {
        panic!("{theirs:?}")
    };
    assert_eq!(held.owner(), "amy");
    // Their other page need not wait.
    let page = Lease::acquire(&Contact::ann(), "amy", "page 3", MINUTE, conn).unwrap();
    assert_eq!(page.fence(), 1);
    pass(MINUTE, conn);
    let theirs = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, conn).unwrap();
    assert_eq!(theirs.fence(), 2);
}

/// In the process that dies: a save that is not committed.
fn save_and_wait(conn: &mut Conn) {
    let lease = amys(conn);
    let mut ann = edited();
    let _ = transaction(conn, &mut ann, |conn, ann| {
        ann.save_leased(&lease, conn)?;
        eprintln!("saved");
        loop {
            thread::park();
        }
        #[allow(unreachable_code)]
        Ok::<_, Error>(())
    });
}

const TOKEN: &str = "OPTLOCK_CHILD_TOKEN";

#[test]
fn another_process_goes_on_with_a_lease() {
    if let Some(mut conn) = child::connection() {
        return go_on(&mut conn);
    }
    let (scratch, mut conn) = set_up();
    let conn = &mut conn;
    let mut mine = amys(conn);
    child::run(
        child::again(
            module_path!(),
            "another_process_goes_on_with_a_lease",
            &scratch,
        )
        .env(TOKEN, mine.token()),
    );
    assert_eq!(stored(1, conn).version, 2);
    assert_eq!(
        mine.renew(conn).unwrap(),
        LeaseAnswer::Lost(LeaseLoss::Lapsed)
    );
    assert_eq!(loss(edited().save_leased(&mine, conn)).0, LeaseLoss::Lapsed);
}

/// In the other process.
fn go_on(conn: &mut Conn) {
    let token = env::var(TOKEN).unwrap();
    let mut ann = stored(1, conn);
    let mut lease = Lease::resume(&ann, &token, MINUTE * 2, conn).unwrap();
    assert_eq!((lease.owner(), lease.holder()), ("amy", "page 1"));
    assert!(!lease.is_lost() && lease.remaining() <= MINUTE);
    assert!(lease.renew(conn).unwrap().is_done());
    assert!(lease.remaining() > MINUTE);
    ann.name = "Ann B.".into();
    ann.save_leased(&lease, conn).unwrap();
    assert!(lease.release(conn).unwrap().is_done());
}

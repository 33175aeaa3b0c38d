//! A process whose clock is a day wrong: the database's clock decides, and no statement binds another one.

use crate::helpers::child;
use crate::helpers::leases::{MINUTE, amys, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use optlock::lease::Lease;
use optlock_tests::models::Contact;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs, process};

const SHIFT: &str = "OPTLOCK_CHILD_SHIFT";
const NOW: &str = "OPTLOCK_CHILD_NOW";
const DAY: i64 = 24 * 3600;

fn seconds(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(seconds).unwrap()
}

fn number(variable: &str) -> i64 {
    env::var(variable).unwrap().parse().unwrap()
}

/// Compiles what shifts the clock of a process.
fn shifted_clock() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("helpers/shifted_clock.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join(format!("shifted_clock_{}.so", process::id()));
    let mut compile = Command::new("cc");
    compile
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source]);
    assert!(compile.status().unwrap().success());
    library
}

#[test]
fn a_process_whose_clock_is_a_day_wrong_has_leases_like_all_others() {
    if let Some(mut conn) = child::connection() {
        return in_a_process_with_a_wrong_clock(&mut conn);
    }
    let library = shifted_clock();
    for shift in [-DAY, DAY] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        lease::create_table(conn).unwrap();
        let bob = Contact::bob();
        let _ = Lease::acquire(&bob, "bob", "page 2", MINUTE, conn).unwrap();
        bob.viewing("eve", "page 3", MINUTE, conn).unwrap();
        pass(MINUTE, conn);
        let mut mine = amys(conn);
        child::run(
            child::again(
                module_path!(),
                "a_process_whose_clock_is_a_day_wrong_has_leases_like_all_others",
                &scratch,
            )
            .env("LD_PRELOAD", &library)
            .env(SHIFT, shift.to_string())
            .env(NOW, seconds(SystemTime::now()).to_string()),
        );
        assert!(mine.renew(conn).unwrap().is_done());
        // The row that it has saved, and the lease and the viewer that it has left behind.
        assert_eq!(stored(2, conn).version, 2);
        let status = Contact::bob().lease_status(conn).unwrap();
        let lease = status.lease.unwrap();
        assert_eq!(lease.owner, "amy");
        assert_now(lease.since);
        assert!(lease.remaining <= MINUTE && lease.remaining > MINUTE / 2);
        assert_now(status.viewers[0].since);
    }
    fs::remove_file(library).unwrap();
}

/// Within a minute of the clock of this process, which is right.
#[track_caller]
fn assert_now(time: SystemTime) {
    let now = seconds(SystemTime::now()) - env::var(SHIFT).map_or(0, |_| number(SHIFT));
    assert!((seconds(time) - now).abs() < 60, "{time:?}");
}

fn in_a_process_with_a_wrong_clock(conn: &mut Conn) {
    let ahead = seconds(SystemTime::now()) - number(NOW);
    assert!(
        (ahead - number(SHIFT)).abs() < 60,
        "its clock is ahead by {ahead} s"
    );

    // It is Amy's, and not free.
    let error = Lease::acquire(&Contact::ann(), "bob", "page 2", MINUTE, conn).unwrap_err();
    let Error::LeaseHeld(held) = error else {
        panic!("{error:?}")
    };
    assert!(held.remaining() <= MINUTE && held.remaining() > MINUTE / 2);
    assert_now(held.since());

    // Bob's has expired.
    let mut bob = Contact::bob();
    let nobody = bob.lease_status(conn).unwrap();
    assert!(
        nobody.lease.is_none() && nobody.viewers.is_empty(),
        "{nobody:?}"
    );
    let mut lease = Lease::acquire_checked(&bob, "amy", "page 1", MINUTE, conn).unwrap();
    assert_now(lease.since());
    assert!(!lease.is_lost() && lease.remaining() > Duration::from_secs(30));
    assert!(lease.renew(conn).unwrap().is_done());
    bob.save_leased(&lease, conn).unwrap();
    bob.viewing("amy", "page 1", MINUTE, conn).unwrap();
    assert!(lease::purge(Duration::ZERO, conn).unwrap() == 0);
    let again = Lease::resume(&bob, &lease.token(), MINUTE, conn).unwrap();
    assert!(!again.is_lost());
}

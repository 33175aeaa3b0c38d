//! Leases in sessions that tell the time otherwise.

use crate::Scratch;
use crate::prelude::*;
use optlock::Error;
use optlock::lease::Lease;
use optlock_tests::models::Contact;
use std::time::Duration;

#[test]
fn the_time_zone_of_a_session_does_not_matter() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    lease::create_table(conn).unwrap();
    let minute = Duration::from_secs(60);
    for (zone, others) in [("+05:00", "-05:00"), ("-05:00", "+05:00")] {
        conn.batch_execute(&format!("SET time_zone = '{zone}'"))
            .unwrap();
        other
            .batch_execute(&format!("SET time_zone = '{others}'"))
            .unwrap();
        let mut mine = Lease::acquire(&Contact::ann(), "amy", "page 1", minute, conn).unwrap();
        let theirs = Lease::acquire(&Contact::ann(), "bob", "page 2", minute, other).unwrap_err();
        let Error::LeaseHeld(held) = theirs else {
            panic!("{theirs:?}")
        };
        assert!(
            held.remaining() <= minute && held.remaining() > minute / 2,
            "{held:?}"
        );
        Contact::ann().lease_status(other).unwrap().unwrap();
        assert!(mine.renew(other).unwrap().is_done());
        assert!(mine.release(other).unwrap().is_done());
    }
}

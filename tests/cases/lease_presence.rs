//! Who looks at a row: shown to others, and in nobody's way.

use crate::helpers::leases::{MINUTE, amys, pass};
use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock::lease::Lease;
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use std::time::Duration;

fn set_up() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    lease::create_table(&mut conn).unwrap();
    (scratch, conn)
}

/// Who looks at Ann's row, and on which page.
fn viewers(conn: &mut Conn) -> Vec<(String, String)> {
    let viewers = Contact::ann().lease_status(conn).unwrap().viewers;
    viewers
        .into_iter()
        .map(|viewer| (viewer.who, viewer.page))
        .collect()
}

fn view(who: &str, page: &str, conn: &mut Conn) {
    Contact::ann().viewing(who, page, MINUTE, conn).unwrap();
}

fn seen(who: &str, page: &str) -> (String, String) {
    (who.to_owned(), page.to_owned())
}

#[test]
fn who_looks_at_a_row_is_shown_beside_who_edits_it() {
    let (_scratch, conn) = &mut set_up();
    assert_eq!(viewers(conn), []);
    view("bob", "page 2", conn);
    let mut lease = amys(conn);
    pass(Duration::from_secs(1), conn);
    view("eve", "page 3", conn);
    let status = Contact::ann().lease_status(conn).unwrap();
    assert_eq!(status.lease.unwrap().owner, "amy");
    let [bob, eve] = &status.viewers[..] else {
        panic!("{:?}", status.viewers)
    };
    assert_eq!((bob.who.as_str(), bob.page.as_str()), ("bob", "page 2"));
    assert_eq!((eve.who.as_str(), eve.page.as_str()), ("eve", "page 3"));
    assert!(eve.since > bob.since);
    let lasts = eve.until.duration_since(eve.since).unwrap();
    assert!(lasts >= MINUTE && lasts < MINUTE * 2, "{lasts:?}");
    // A lease is no view, and what ends the one does not end the other.
    assert!(lease.release(conn).unwrap().is_done());
    assert_eq!(viewers(conn).len(), 2);
    assert!(lease::all_of("bob", conn).unwrap().is_empty());
}

#[test]
fn a_page_that_says_so_again_stays_and_one_that_does_not_ends() {
    let (_scratch, conn) = &mut set_up();
    view("bob", "page 2", conn);
    view("bob", "page 4", conn);
    let since = |conn: &mut Conn| Contact::ann().lease_status(conn).unwrap().viewers[0].since;
    pass(MINUTE / 2, conn);
    let came = since(conn);
    view("bob", "page 2", conn);
    assert_eq!(since(conn), came);
    pass(MINUTE / 2, conn);
    assert_eq!(viewers(conn), [seen("bob", "page 2")]);
    pass(MINUTE / 2, conn);
    assert_eq!(viewers(conn), []);
    // Who comes back after a pause has come anew.
    view("bob", "page 2", conn);
    assert!(since(conn) > came - MINUTE);
    Contact::ann().stop_viewing("bob", "page 4", conn).unwrap();
    assert_eq!(viewers(conn), [seen("bob", "page 2")]);
    for _ in 0..2 {
        Contact::ann().stop_viewing("bob", "page 2", conn).unwrap();
        assert_eq!(viewers(conn), []);
    }
}

#[test]
fn persons_and_pages_are_told_apart_byte_by_byte() {
    let (_scratch, conn) = &mut set_up();
    let names = ["amy", "amy ", "AMY", "am\u{fd}"];
    for who in names {
        view(who, "page", conn);
        view("eve", who, conn);
    }
    Contact::bob()
        .viewing("eve", "other", MINUTE, conn)
        .unwrap();
    assert_eq!(viewers(conn).len(), 8);
    assert_eq!(Contact::bob().lease_status(conn).unwrap().viewers.len(), 1);
}

#[test]
fn a_list_page_sees_leases_and_viewers_of_each_row_in_one_query() {
    let (_scratch, conn) = &mut set_up();
    view("bob", "page 2", conn);
    Contact::bob()
        .viewing("eve", "page 3", MINUTE, conn)
        .unwrap();
    let _lease = amys(conn);
    let many: Vec<_> = (0..900)
        .map(|id| Contact {
            id,
            ..Contact::ann()
        })
        .collect();
    for (contact, status) in many.iter().zip(many.lease_statuses(conn).unwrap()) {
        let who: Vec<_> = status.viewers.iter().map(|viewer| &viewer.who).collect();
        let expected: &[&str] = match contact.id {
            1 => &["bob"],
            2 => &["eve"],
            _ => &[],
        };
        assert_eq!(who, expected, "{}", contact.id);
        assert_eq!(status.lease.is_some(), contact.id == 1);
    }
}

#[test]
fn a_logout_ends_the_views_of_a_person_and_a_purge_removes_old_ones() {
    let (_scratch, conn) = &mut set_up();
    view("bob", "page 2", conn);
    view("eve", "page 3", conn);
    Contact::bob()
        .viewing("bob", "page 2", MINUTE, conn)
        .unwrap();
    assert_eq!(lease::release_all("bob", conn).unwrap(), 0);
    assert_eq!(viewers(conn), [seen("eve", "page 3")]);
    assert_eq!(Contact::bob().lease_status(conn).unwrap().viewers, []);

    pass(MINUTE * 3, conn);
    view("amy", "page 1", conn);
    assert_eq!(lease::purge(MINUTE * 5, conn).unwrap(), 0);
    assert_eq!(rows(conn), 2);
    assert_eq!(lease::purge(MINUTE, conn).unwrap(), 0);
    assert_eq!(rows(conn), 1);
    assert_eq!(viewers(conn), [seen("amy", "page 1")]);
}

diesel::table! {
    optlock_presence (table_name, row_hash, who, page) {
        table_name -> Text,
        row_hash -> Text,
        who -> Text,
        page -> Text,
    }
}

fn rows(conn: &mut Conn) -> i64 {
    optlock_presence::table.count().get_result(conn).unwrap()
}

#[test]
fn who_looks_is_in_nobodys_way() {
    let (scratch, conn) = &mut set_up();
    let mut ann = Contact::ann();
    view("bob", "page 2", conn);
    ann.save_checked(conn).unwrap();
    let mut lease = Lease::acquire_checked(&ann, "amy", "page 1", MINUTE, conn).unwrap();
    view("eve", "page 3", conn);
    ann.save_and_release(&mut lease, conn).unwrap();
    // Nor does it change a version.
    assert_eq!(stored(1, conn).version, 3);
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let lease = amys(conn);
    let other = &mut scratch.connect();
    transaction(conn, &mut ann, |conn, ann| {
        ann.save_leased(&lease, conn)?;
        // It waits for nobody: neither for the row nor for the lease.
        let other = &mut scratch.connect();
        view("bob", "page 2", other);
        assert_eq!(viewers(other).len(), 2);
        Ok::<_, Error>(())
    })
    .unwrap();
    Contact::ann().stop_viewing("bob", "page 2", other).unwrap();
}

#[test]
fn a_viewer_and_their_page_have_a_name_and_no_transaction_is_open() {
    let (_scratch, conn) = &mut set_up();
    let long = "é".repeat(128);
    for (who, page, what, bytes) in [
        ("", "page", "viewer", 0),
        ("bob", "", "viewer's page", 0),
        (long.as_str(), "page", "viewer", 256),
    ] {
        let message = format!("the {what} of a lease has 1 to 255 bytes, and this one has {bytes}");
        for result in [
            Contact::ann().viewing(who, page, MINUTE, conn),
            Contact::ann().stop_viewing(who, page, conn),
        ] {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
    }
    let longest = format!("{}x", "é".repeat(127));
    view(&longest, &longest, conn);
    assert_eq!(viewers(conn), [seen(&longest, &longest)]);
    transaction(conn, (), |conn, ()| {
        for result in [
            Contact::ann().viewing("bob", "page", MINUTE, conn),
            Contact::ann().stop_viewing("bob", "page", conn),
        ] {
            let error = result.unwrap_err();
            assert!(
                matches!(error, Error::AlreadyInTransaction { .. }),
                "{error:?}"
            );
        }
        Ok::<_, Error>(())
    })
    .unwrap();
}

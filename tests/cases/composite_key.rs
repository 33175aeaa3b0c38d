//! A primary key of two columns.

use crate::helpers::expect::{self, Row};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock_tests::models::Membership;
use optlock_tests::schema::memberships;

const MEMBERSHIP: Row = ("memberships", "(1, 2)");

fn membership(user_id: i32, group_id: i32) -> Membership {
    Membership {
        user_id,
        group_id,
        role: "guest".into(),
        lock_version: 1,
    }
}

/// Three memberships, each two of which share half of their key or its numbers.
fn insert(conn: &mut Conn) {
    diesel::insert_into(memberships::table)
        .values([membership(1, 2), membership(1, 1), membership(2, 1)])
        .execute(conn)
        .unwrap();
}

fn stored(conn: &mut Conn) -> Vec<Membership> {
    memberships::table
        .order((memberships::user_id, memberships::group_id))
        .select(Membership::as_select())
        .load(conn)
        .unwrap()
}

#[test]
fn a_save_hits_the_row_of_the_whole_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = Membership {
        role: "owner".into(),
        ..membership(1, 2)
    };
    mine.save_checked(conn).unwrap();
    assert_eq!(mine.lock_version, 2);
    assert_eq!(stored(conn), [membership(1, 1), mine, membership(2, 1)]);
}

#[test]
fn a_conflict_names_the_whole_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mut mine = membership(1, 2);
    membership(1, 2).save_checked(conn).unwrap();
    expect::modified(mine.save_checked(conn), MEMBERSHIP, 1, 2);
    expect::modified(mine.delete_checked(conn), MEMBERSHIP, 1, 2);
}

#[test]
fn a_delete_hits_the_row_of_the_whole_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    let mine = membership(1, 2);
    mine.delete_checked(conn).unwrap();
    expect::missing(mine.delete_checked(conn), MEMBERSHIP, 1);
    assert_eq!(stored(conn), [membership(1, 1), membership(2, 1)]);
}

//! Batches beyond the limits of SQLite.

use crate::Scratch;
use crate::prelude::*;
use optlock_tests::any::AnyConnection;
use optlock_tests::models::{Counter, Membership};
use optlock_tests::schema::{counters, memberships};

/// SQLite has its own limits for the length of a condition and the number of binds.
#[test]
fn an_enum_of_connections_saves_any_number_of_rows() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut memberships: Vec<_> = (0..1_500)
        .map(|user_id| Membership {
            user_id,
            group_id: 1,
            role: "guest".into(),
            lock_version: 1,
        })
        .collect();
    let mut counters: Vec<_> = (0..40_000)
        .map(|id| Counter {
            id,
            value: 0,
            version: 1,
        })
        .collect();
    diesel::insert_into(memberships::table)
        .values(&memberships)
        .execute(conn)
        .unwrap();
    diesel::insert_into(counters::table)
        .values(&counters)
        .execute(conn)
        .unwrap();
    let any = &mut AnyConnection::from(scratch.connect());
    memberships.save_all_checked(any).unwrap();
    memberships.delete_all_checked(any).unwrap();
    counters.save_all_checked(any).unwrap();
    counters.delete_all_checked(any).unwrap();
    assert_eq!(counters::table.count().get_result(conn), Ok(0_i64));
}

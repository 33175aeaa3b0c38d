//! The test kit: each model of the suite keeps the rules.

use crate::Scratch;
use crate::helpers::documents::{self, document};
use crate::helpers::made::{self, Made};
use crate::helpers::nodes::plant;
use crate::helpers::people::{Named, stored};
use crate::helpers::rows::{insert, wide_row};
use crate::prelude::testing::*;
use crate::prelude::*;
use optlock_tests::models::*;
use optlock_tests::schema::{accounts, contacts, counters, memberships, stamped, wide};

/// A time that a TIMESTAMP of each database holds.
fn once() -> chrono::NaiveDateTime {
    let day = chrono::NaiveDate::from_ymd_opt(2001, 9, 9).unwrap();
    day.and_hms_opt(1, 46, 40).unwrap()
}

#[test]
fn ten_models_keep_the_rules_and_their_rows_stay_as_they_were() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    assert_versioned(conn, &Contact::ann());
    let bob = Named::stored(2, conn);
    assert_versioned(conn, &bob);
    assert_eq!(stored(1, conn), Contact::ann());
    assert_eq!(stored(2, conn), Contact::bob());

    let member = Membership {
        user_id: 1,
        group_id: 2,
        role: "guest".into(),
        lock_version: 7,
    };
    insert(memberships::table, &member, conn);
    assert_versioned(conn, &member);

    insert(wide::table, wide_row(1), conn);
    assert_versioned(conn, &wide_row(1));
    let patch = Patch {
        id: 1,
        b: Some("b".into()),
        version: 1,
        ..Patch::default()
    };
    assert_versioned(conn, &patch);
    let row: Wide = wide::table.select(Wide::as_select()).first(conn).unwrap();
    assert_eq!(row, wide_row(1));

    let stamp = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on: once(),
    };
    insert(stamped::table, &stamp, conn);
    assert_versioned(conn, &stamp);
    let row: Stamped = stamped::table
        .select(Stamped::as_select())
        .first(conn)
        .unwrap();
    assert_eq!(row, stamp);

    let account = Account {
        id: 1,
        email: "ann@example.org".into(),
        version: 1,
        updated_on: once(),
    };
    insert(accounts::table, &account, conn);
    assert_versioned(conn, &account);

    let counter = Counter {
        id: 1,
        value: 3,
        version: 1,
    };
    insert(counters::table, &counter, conn);
    assert_versioned(conn, &counter);

    let nodes = plant(conn);
    assert_versioned(conn, &nodes[0]);
    assert_versioned(conn, &nodes[1]);
}

#[test]
fn a_model_with_a_scope_keeps_the_rules_of_both_forms_of_it() {
    let scratch = documents::scratch();
    let conn = &mut scratch.connect();
    let before = documents::stored(conn);
    for mine in [document(1, 1), document(4, None)] {
        assert_versioned(conn, &mine);
        assert_scoped(conn, &mine, |document| document.tenant = Some(9));
        assert_scoped(conn, &mine, |document| document.deleted_at = Some(5));
    }
    assert_eq!(documents::stored(conn), before);
}

#[test]
fn merges_keep_the_rules() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ann = Contact::ann();
    assert_merges(
        conn,
        &ann,
        |ann| ann.name = "Ann B.".into(),
        |ann| ann.phone = None,
    );
    insert(wide::table, wide_row(1), conn);
    assert_merges(
        conn,
        &wide_row(1),
        |it| it.a = None,
        |it| it.c = Some("c".into()),
    );
    assert_eq!(stored(1, conn), ann);
}

/// Also by a test whose transaction is never committed.
#[test]
fn inside_a_transaction_a_savepoint_is_rolled_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.begin_test_transaction().unwrap();
    let eve = Contact {
        id: 3,
        name: "Eve".into(),
        ..Contact::bob()
    };
    insert(contacts::table, &eve, conn);
    assert_versioned(conn, &eve);
    assert_merges(
        conn,
        &eve,
        |it| it.name = "E.".into(),
        |it| it.phone = Some("3".into()),
    );
    assert_eq!(stored(3, conn), eve);
}

/// Nobody knows the version that the database makes next.
#[test]
fn a_model_whose_versions_the_database_makes_keeps_the_rules() {
    let (_scratch, mut conn) = made::scratch();
    let conn = &mut conn;
    let ann = Made::stored(1, conn);
    assert_versioned(conn, &ann);
    assert_merges(
        conn,
        &ann,
        |ann| ann.name = "Anna".into(),
        |ann| ann.phone = None,
    );
    assert_eq!(Made::stored(1, conn), ann);
}

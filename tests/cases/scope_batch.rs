//! `#[optlock(scope)]` in a batch.

use crate::helpers::documents::{
    Document, document, names_the_scope, out_of_scope, row, scratch, stored,
};
use crate::helpers::expect;
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn};
use optlock::Error;
use optlock_tests::capabilities::require;
use optlock_tests::prepared::Watch;

/// Each row that is out of scope is gone, and the one that is not is not written either.
fn misses(batch: impl Fn(&mut [Document], &mut Conn) -> Result<(), Error>) {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let before = stored(conn);
    for value in out_of_scope() {
        let mut rows = [document(1, 1), value];
        let in_memory = rows.clone();
        let Err(Error::BatchConflict(conflict)) = batch(&mut rows, conn) else {
            panic!("the second row is out of scope")
        };
        let [(1, conflict)] = conflict.conflicts() else {
            panic!("only the second row is out of scope: {conflict:?}")
        };
        let id = in_memory[1].id;
        expect::missing(Err::<(), _>(Error::from(conflict.clone())), row(id), 1);
        assert_eq!(rows, in_memory);
        assert_eq!(stored(conn), before);
    }
}

#[test]
fn a_batch_of_saves_misses_what_is_out_of_scope() {
    misses(|rows, conn| rows.save_all_checked(conn));
}

#[test]
fn a_batch_of_deletes_misses_what_is_out_of_scope() {
    misses(|rows, conn| rows.delete_all_checked(conn));
}

#[test]
fn save_each_misses_what_is_out_of_scope() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    for value in out_of_scope() {
        let id = value.id;
        let mut rows = [value];
        let outside = rows.save_each_checked(conn).remove(0);
        expect::missing(outside, row(id), 1);
        let inside = transaction(conn, (), |conn, ()| {
            Ok::<_, Error>(rows.clone().save_each_checked(conn).remove(0))
        });
        expect::missing(inside.unwrap(), row(id), 1);
    }
}

#[test]
fn one_key_of_two_tenants_is_two_rows_of_a_batch() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let others = stored(conn).split_off(2);
    let mut rows = [document(1, 1), document(1, 2), document(4, None)];
    for row in &mut rows {
        row.title = format!("of {:?}", row.tenant);
    }
    rows.save_all_checked(conn).unwrap();
    assert!(rows.iter().all(|row| row.version == 2));
    assert_eq!(
        stored(conn).iter().filter(|row| rows.contains(row)).count(),
        3
    );
    rows[..2].delete_all_checked(conn).unwrap();
    assert_eq!(stored(conn).len(), others.len());

    let mut twice = [rows[2].clone(), rows[2].clone()];
    let error = twice.save_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::DuplicateKey { .. }), "{error:?}");
}

#[test]
fn one_key_of_two_tenants_is_two_rows_of_a_batch_on_an_enum_of_connections() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = scratch();
    let mut rows = [document(1, 1), document(1, 2)];
    let conn = &mut AnyConnection::from(scratch.connect());
    rows.save_all_checked(conn).unwrap();
    rows.delete_all_checked(conn).unwrap();
    assert_eq!(stored(&mut scratch.connect()).len(), 3);
}

#[test]
fn a_batch_on_an_enum_of_connections_asks_once_which_database_it_is() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = scratch();
    let conn = &mut AnyConnection::from(scratch.connect());
    let watch = Watch::on(conn);
    let expect_once = || {
        let sent = watch.take_sent();
        let is_question =
            |sql: &&String| sql.starts_with("DO 1 --") || sql.starts_with("SELECT 1 --");
        assert_eq!(sent.iter().filter(is_question).count(), 1, "{sent:?}");
    };
    let mut rows = [document(1, 1)];
    rows.save_all_checked(conn).unwrap();
    expect_once();
    rows.delete_all_checked(conn).unwrap();
    expect_once();
}

#[test]
fn a_batch_soft_deletes() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let mut rows = [document(1, 1)];
    rows[0].deleted_at = Some(5);
    rows.save_all_checked(conn).unwrap();
    assert_eq!(stored(conn)[0], rows[0]);
    let error = rows.delete_all_checked(conn).unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
}

#[test]
fn each_statement_of_a_batch_names_the_scope() {
    let scratch = scratch();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let mut rows = [document(1, 1), document(1, 2)];
    rows.save_all_checked(conn).unwrap();
    names_the_scope(&watch);
    rows.delete_all_checked(conn).unwrap();
    names_the_scope(&watch);
}

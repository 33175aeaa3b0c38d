//! A batch of deletes in which the database deletes some of the rows along with others.

use crate::helpers::nodes::{Node, left, nodes, plant};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, Conn, Scratch};
use diesel::connection::InstrumentationEvent;
use optlock::{Error, Found};
use optlock_tests::capabilities::require;

/// Deletes one tree, in each order.
fn expect_deleted<C>(all: &[Node], conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Node: methods::DeleteAll<C>,
{
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let tree = order.map(|index| all[index].clone());
        methods::DeleteAll::delete_all_checked(&tree, conn).unwrap();
        assert_eq!(left(other), [4, 5]);
        diesel::insert_into(nodes::table)
            .values(&all[..3])
            .execute(other)
            .unwrap();
    }
}

/// Another client has changed a child.
fn expect_conflict<C>(mut tree: Vec<Node>, conn: &mut C, other: &mut Conn)
where
    C: Connection,
    Node: methods::DeleteAll<C>,
{
    diesel::update(nodes::table.find(2))
        .set(nodes::version.eq(2))
        .execute(other)
        .unwrap();
    for _ in 0..2 {
        tree.reverse();
        let error = methods::DeleteAll::delete_all_checked(&tree, conn).unwrap_err();
        let Error::BatchConflict(conflict) = &error else {
            panic!("not a conflict: {error:?}")
        };
        let [(_, child)] = conflict.conflicts() else {
            panic!("{conflict:?}")
        };
        let found = Found::Modified { version: 2.into() };
        assert_eq!((child.key(), child.found()), ("2", &found));
        assert_eq!(left(other), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn parents_and_children_are_deleted_in_any_order() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let all = plant(other);
    expect_deleted(&all, conn, other);
    expect_conflict(all, conn, other);
}

#[test]
fn on_an_enum_of_connections_too() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    let (conn, other) = (scratch.connect(), &mut scratch.connect());
    let all = plant(other);
    let conn = &mut AnyConnection::from(conn);
    expect_deleted(&all, conn, other);
    expect_conflict(all, conn, other);
}

#[test]
fn in_a_transaction_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = plant(conn);
    let result = transaction(conn, (), |conn, ()| {
        all.delete_all_checked(conn)?;
        assert_eq!(left(conn), [0; 0]);
        Err::<(), _>(crate::helpers::people::changed_my_mind())
    });
    crate::helpers::expect::changed_mind(result);
    assert_eq!(left(conn), [1, 2, 3, 4, 5]);
}

/// The first attempt finds that a row is gone; before the second one begins, another client changes it.
#[test]
fn what_another_client_changes_between_the_attempts_is_not_deleted() {
    let scratch = Scratch::new();
    let (conn, mut other) = (&mut scratch.connect(), scratch.connect());
    let all = plant(&mut other);
    let mut begun = 0;
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            begun += usize::from(query.to_string().starts_with("BEGIN"));
            if begun == 2 {
                begun += 1;
                diesel::update(nodes::table.find(3))
                    .set(nodes::version.eq(2))
                    .execute(&mut other)
                    .unwrap();
            }
        }
    });
    let result = all.delete_all_checked(conn);
    // One statement needs one attempt.
    if CAPABILITIES.batch_is_one_statement {
        result.unwrap();
        return assert_eq!(left(conn), [0; 0]);
    }
    let Err(Error::BatchConflict(conflict)) = &result else {
        panic!("not a conflict: {result:?}")
    };
    let [(2, changed)] = conflict.conflicts() else {
        panic!("{conflict:?}")
    };
    let found = Found::Modified { version: 2.into() };
    assert_eq!((changed.key(), changed.found()), ("3", &found));
    assert_eq!(left(conn), [1, 2, 3, 4, 5]);
}

/// In the worst order each row comes behind one that takes it along.
#[test]
fn a_deep_tree_is_deleted_in_any_order() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    plant(other);
    let node = |id| Node {
        id,
        parent_id: Some(id - 1),
        version: 1,
    };
    let chain: Vec<_> = (6..=9).map(node).collect();
    let mut orders = Vec::new();
    for first in 0..4 {
        for second in (0..4).filter(|&nth| nth != first) {
            for third in (0..4).filter(|&nth| nth != first && nth != second) {
                orders.push([first, second, third, 6 - first - second - third]);
            }
        }
    }
    assert_eq!(orders.len(), 24);
    for order in orders {
        diesel::insert_into(nodes::table)
            .values(&chain)
            .execute(other)
            .unwrap();
        let mine = order.map(|nth| chain[nth].clone());
        mine.delete_all_checked(conn)
            .unwrap_or_else(|error| panic!("{order:?}: {error:?}"));
        assert_eq!(left(other), [1, 2, 3, 4, 5]);
    }
}

/// A node whose parent is its scope.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = nodes)]
struct Part {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    parent_id: Option<i32>,
    version: i64,
}

/// The delete of the first leaves the second without its scope, which is not taken for a delete.
#[test]
fn a_row_that_leaves_its_scope_is_deleted_before_that() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    other
        .batch_execute(
            "CREATE TABLE nodes (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, version BIGINT NOT NULL, \
             FOREIGN KEY (parent_id) REFERENCES nodes (id) ON DELETE SET NULL)",
        )
        .unwrap();
    let part = |id, parent_id| Part {
        id,
        parent_id,
        version: 1,
    };
    let parts = [part(1, None), part(2, Some(1)), part(3, Some(2))];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        for part in &parts {
            diesel::insert_into(nodes::table)
                .values((
                    nodes::id.eq(part.id),
                    nodes::parent_id.eq(part.parent_id),
                    nodes::version.eq(part.version),
                ))
                .execute(other)
                .unwrap();
        }
        let mine = order.map(|nth| parts[nth].clone());
        mine.delete_all_checked(conn).unwrap();
        assert_eq!(left(other), [0; 0]);
    }
}

/// The first must come before the second, to which it refers without a cascade, and the third before its
/// parent, the second, or along with it.
#[test]
fn a_row_that_another_one_refers_to_comes_after_it() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    other
        .batch_execute(
            "CREATE TABLE nodes (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, other_id INTEGER, \
             version BIGINT NOT NULL, FOREIGN KEY (parent_id) REFERENCES nodes (id) ON DELETE CASCADE, \
             FOREIGN KEY (other_id) REFERENCES nodes (id) ON DELETE RESTRICT)",
        )
        .unwrap();
    let node = |(id, parent_id)| Node {
        id,
        parent_id,
        version: 1,
    };
    let mine = [(1, None), (2, None), (3, Some(2))].map(node);
    for _ in 0..2 {
        other
            .batch_execute(
                "INSERT INTO nodes VALUES (2, NULL, NULL, 1); INSERT INTO nodes VALUES (3, 2, NULL, 1); \
                 INSERT INTO nodes VALUES (1, NULL, 2, 1)",
            )
            .unwrap();
        mine.delete_all_checked(conn).unwrap();
        assert_eq!(left(other), [0; 0]);
    }
}

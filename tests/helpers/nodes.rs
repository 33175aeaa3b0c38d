//! Trees of rows: the database deletes the children of a row along with it.

use crate::Conn;
use crate::prelude::*;

diesel::table! {
    nodes {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = nodes, treat_none_as_null = true)]
pub(crate) struct Node {
    pub(crate) id: i32,
    pub(crate) parent_id: Option<i32>,
    pub(crate) version: i64,
}

/// Two trees, 1 - 2 - 3 and 4 - 5.
pub(crate) fn plant(conn: &mut Conn) -> Vec<Node> {
    conn.batch_execute(
        "CREATE TABLE nodes (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, version BIGINT NOT NULL, \
         FOREIGN KEY (parent_id) REFERENCES nodes (id) ON DELETE CASCADE)",
    )
    .unwrap();
    let node = |(id, parent_id)| Node {
        id,
        parent_id,
        version: 1,
    };
    let all = [
        (1, None),
        (2, Some(1)),
        (3, Some(2)),
        (4, None),
        (5, Some(4)),
    ]
    .map(node);
    for node in &all {
        diesel::insert_into(nodes::table)
            .values(node)
            .execute(conn)
            .unwrap();
    }
    all.to_vec()
}

/// The ids of the nodes that are left.
pub(crate) fn left(conn: &mut Conn) -> Vec<i32> {
    let ids = nodes::table.order(nodes::id).select(nodes::id);
    ids.load(conn).unwrap()
}

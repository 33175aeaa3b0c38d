//! Names of a batch's own are none of a table's.

use crate::Scratch;
use crate::prelude::*;
use diesel::connection::SimpleConnection;
use optlock::{Error, Versioned};

diesel::table! {
    numbered (n) {
        n -> Integer,
        k0 -> Integer,
        e0 -> Integer,
        version -> Integer,
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = numbered, primary_key(n))]
struct Numbered {
    n: i32,
    k0: i32,
    e0: i32,
    version: i32,
}

#[test]
fn columns_with_the_names_of_a_batch_are_those_of_the_table() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE numbered (n INTEGER PRIMARY KEY, k0 INTEGER NOT NULL, e0 INTEGER NOT NULL, version INTEGER NOT NULL)",
    )
    .unwrap();
    let row = |n| Numbered {
        n,
        k0: 5,
        e0: 6,
        version: 1,
    };
    let mut mine = [row(1), row(2), row(3)];
    diesel::insert_into(numbered::table)
        .values(&mine[..])
        .execute(conn)
        .unwrap();
    mine.save_all_checked(conn).unwrap();
    diesel::update(numbered::table.filter(numbered::n.gt(1)))
        .set(numbered::version.eq(7))
        .execute(conn)
        .unwrap();
    conn.transaction(|conn| {
        let error = mine.save_all_checked(conn).unwrap_err();
        assert_eq!(
            error.to_string(),
            "conflict in 2 of 3 rows, so the batch was given up: \
             numbered 2 was changed: expected version 2, found 7; \
             numbered 3 was changed: expected version 2, found 7"
        );
        // The transaction is as good as before.
        assert_eq!(numbered::table.count().get_result(conn), Ok(3_i64));
        Ok::<_, Error>(())
    })
    .unwrap();
}

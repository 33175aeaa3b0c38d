//! A key of type `CHAR`.

use crate::Scratch;
use crate::helpers::expect;
use crate::prelude::*;
use optlock::Error;

diesel::table! {
    padded (k) {
        k -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = padded, primary_key(k))]
struct Padded {
    k: String,
    version: i64,
}

/// To a `text` the spaces count with which it is loaded, and those of the column do not.
#[test]
fn a_padded_key_is_not_found_by_the_text_that_was_loaded() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE padded (k CHAR(5) PRIMARY KEY, version BIGINT NOT NULL);
         INSERT INTO padded VALUES ('ab', 1)",
    )
    .unwrap();
    let mut row: Padded = padded::table.first(conn).unwrap();
    let found = padded::table.find(&row.k).first::<Padded>(conn).optional();
    assert_eq!(found, Ok(None));
    expect::missing(row.save_checked(conn), ("padded", "\"ab   \""), 1);
    let batch = std::slice::from_mut(&mut row).save_all_checked(conn);
    assert!(matches!(batch, Err(Error::BatchConflict(_))), "{batch:?}");

    row.k = row.k.trim_end().to_owned();
    row.save_checked(conn).unwrap();
    std::slice::from_mut(&mut row)
        .save_all_checked(conn)
        .unwrap();
    assert_eq!(row.version, 3);
}

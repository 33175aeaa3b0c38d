//! Triggers of tables with long and strange names, and of models with a scope.

use crate::helpers::triggers;
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::sql_types::BigInt;
use optlock::verify::Checks;

/// Of one table, whose names SQL cannot write without quotes, and whose name is longer than that of a trigger may be.
mod strange {
    diesel::table! {
        #[sql_name = "it's a \"very\" `long` name of $optlock$ a table, of 58 bytes"]
        strange (a, b) {
            #[sql_name = "the \"key\""]
            a -> Integer,
            #[sql_name = "and `that`"]
            b -> Integer,
            text -> Text,
            #[sql_name = "order \"by\" `version`"]
            version -> Integer,
        }
    }
}
use strange::strange as strange_table;

#[derive(Debug, Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = strange_table, primary_key(a, b))]
struct Strange {
    a: i32,
    b: i32,
    text: String,
    version: i32,
}

#[test]
fn a_table_may_have_any_name() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let quote = triggers::quote;
    let table = quote("it's a \"very\" `long` name of $optlock$ a table, of 58 bytes");
    let (a, b) = (quote("the \"key\""), quote("and `that`"));
    let version = quote("order \"by\" `version`");
    conn.batch_execute(&format!(
        "CREATE TABLE {table} ({a} INTEGER NOT NULL, {b} INTEGER NOT NULL, text VARCHAR(10) NOT NULL, \
         {version} INTEGER NOT NULL DEFAULT 1, PRIMARY KEY ({a}, {b}));
         INSERT INTO {table} ({a}, {b}, text) VALUES (1, 1, 'a'), (1, 2, 'a')"
    ))
    .unwrap();
    let sql = triggers::create::<Strange>(conn);
    let _ = triggers::create::<Strange>(conn);
    let report = verify_with(Checks::<Strange>::new().with_trigger(), conn).unwrap();
    assert!(report.is_empty(), "{report}");
    conn.batch_execute(&format!("UPDATE {table} SET text = 'b' WHERE {b} = 2"))
        .unwrap();
    let mut one = Strange {
        a: 1,
        b: 1,
        text: "c".into(),
        version: 1,
    };
    one.save_checked(conn).unwrap();
    one.b = 2;
    one.version = 1;
    assert!(one.save_checked(conn).unwrap_err().is_conflict());
    one.version = 2;
    one.save_checked(conn).unwrap();
    assert_eq!(one.version, 3);
    conn.batch_execute(sql.down()).unwrap();
    conn.batch_execute(&format!("DROP TABLE {table}")).unwrap();
    let _ = conn.batch_execute(sql.down()); // without a table it may fail, and does no harm
}

diesel::table! {
    documents (id) {
        id -> Integer,
        tenant -> Nullable<Integer>,
        deleted_on -> Nullable<Integer>,
        text -> Text,
        version -> BigInt,
    }
}

/// What `table!` calls the key is one only together with the tenant.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = documents, treat_none_as_null = true)]
struct Document {
    id: i32,
    #[optlock(scope)]
    #[diesel(skip_update)]
    tenant: Option<i32>,
    #[optlock(scope = none)]
    deleted_on: Option<i32>,
    text: String,
    version: i64,
}

#[test]
fn a_row_of_another_tenant_is_left_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE documents (id INTEGER NOT NULL, tenant INTEGER, deleted_on INTEGER, text VARCHAR(10) NOT NULL, \
         version BIGINT NOT NULL DEFAULT 1);
         INSERT INTO documents (id, tenant, text) VALUES (1, 1, 'a'), (1, 2, 'b'), (1, NULL, 'c')",
    )
    .unwrap();
    let _ = triggers::create::<Document>(conn);
    let versions = |conn: &mut Conn| -> Vec<i64> {
        let versions = documents::table.order(documents::text);
        versions.select(documents::version).load(conn).unwrap()
    };
    conn.batch_execute("UPDATE documents SET text = 'cc' WHERE tenant IS NULL")
        .unwrap();
    assert_eq!(versions(conn), [1, 1, 2]);
    conn.batch_execute("UPDATE documents SET text = 'bb' WHERE tenant = 2")
        .unwrap();
    assert_eq!(versions(conn), [1, 2, 2]);
}

diesel::table! {
    old {
        id -> Integer,
        version -> Nullable<BigInt>,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = old, treat_none_as_null = true)]
struct Old {
    id: i32,
    version: Option<i64>,
}

/// Reads the version again after each statement.
#[test]
fn null_counts_as_zero_where_a_version_may_be_null() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE old (id INTEGER NOT NULL PRIMARY KEY, version BIGINT); INSERT INTO old VALUES (1, NULL)",
    )
    .unwrap();
    let _ = triggers::create::<Old>(conn);
    for (set, becomes) in [
        ("id = 1", 1),
        ("version = NULL", 2),
        ("version = 0", 3),
        ("version = 7", 7),
    ] {
        conn.batch_execute(&format!("UPDATE old SET {set}"))
            .unwrap();
        let version = old::table.select(old::version).first::<Option<i64>>(conn);
        assert_eq!(version, Ok(Some(becomes)), "{set}");
    }
    let mut row = Old {
        id: 1,
        version: Some(7),
    };
    row.touch_checked(conn).unwrap();
    assert_eq!(row.version, Some(8));
    // optlock's own first version.
    conn.batch_execute("DELETE FROM old; INSERT INTO old VALUES (1, NULL)")
        .unwrap();
    row.version = None;
    row.touch_checked(conn).unwrap();
    let stored = old::table.select(old::version).first(conn);
    assert_eq!((row.version, stored), (Some(1), Ok(Some(1))));
}

diesel::table! {
    last (id) {
        id -> Integer,
        small -> SmallInt,
        medium -> Integer,
        large -> BigInt,
    }
}

macro_rules! width {
    ($test:ident: $Model:ident, $column:ident: $integer:ty) => {
        #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
        #[diesel(table_name = last)]
        struct $Model {
            id: i32,
            #[optlock(version)]
            $column: $integer,
        }

        /// A version that stays would match again and again.
        #[test]
        fn $test() {
            let scratch = Scratch::new();
            let conn = &mut scratch.connect();
            conn.batch_execute(
                "CREATE TABLE last (id INTEGER NOT NULL PRIMARY KEY, small SMALLINT NOT NULL, medium INTEGER NOT NULL, \
                 large BIGINT NOT NULL); INSERT INTO last VALUES (1, 1, 1, 1)",
            )
            .unwrap();
            let _ = triggers::create::<$Model>(conn);
            let column = stringify!($column);
            let mut model = $Model {
                id: 1,
                $column: <$integer>::MAX - 1,
            };
            let set = format!("UPDATE last SET {column} = {}", model.$column);
            conn.batch_execute(&set).unwrap();
            model.save_checked(conn).unwrap();
            assert_eq!(model.$column, <$integer>::MAX);
            for set in ["id = 1".to_owned(), format!("{column} = 1")] {
                let error = conn.batch_execute(&format!("UPDATE last SET {set}"));
                let error = error.unwrap_err().to_string();
                assert!(
                    error.contains("out of range") || error.contains("the last of its type"),
                    "{error}"
                );
                let stored: i64 = diesel::dsl::sql::<BigInt>(&format!(
                    "SELECT CAST({column} AS {}) FROM last",
                    triggers::big()
                ))
                .get_result(conn)
                .unwrap();
                assert_eq!(stored, i64::from(<$integer>::MAX));
            }
        }
    };
}

width!(a_small_version_does_not_stay_at_its_maximum: Small, small: i16);
width!(a_medium_version_does_not_stay_at_its_maximum: Medium, medium: i32);
width!(a_large_version_does_not_stay_at_its_maximum: Large, large: i64);

//! Which rows a batch locks on MariaDB and MySQL: its own, and no others, however large a part of the
//! table it is.

use super::numbered::*;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use std::fmt::Debug;

/// Is the row one of the batch, which has so much of the table?
fn is_mine(number: i32, percent: i32) -> bool {
    number * 37 % 100 < percent
}

/// Somebody else holds a lock on each other row of the table; the batch does not even wait.
fn expect_no_others_locked<M>(numbered: &Numbered<M>, rows: i32, percent: i32, setup: &str)
where
    M: Versioned
        + methods::SaveAll<Conn>
        + methods::DeleteAll<Conn>
        + Clone
        + PartialEq
        + Debug
        + Send,
{
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute(setup).unwrap();
    let all: Vec<_> = (0..rows).map(numbered.row).collect();
    for some in all.chunks(5_000) {
        (numbered.insert)(some, conn).unwrap();
    }
    let Numbered { table, number, .. } = numbered;
    conn.batch_execute(&format!(
        "ANALYZE TABLE {table}; SET innodb_lock_wait_timeout = 0"
    ))
    .unwrap();
    // At READ COMMITTED the rows that do not match are let go.
    holder
        .batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN")
        .unwrap();
    diesel::sql_query(format!(
        "SELECT 1 FROM {table} FORCE INDEX (PRIMARY) WHERE MOD(({number}) * 37, 100) >= {percent} FOR UPDATE"
    ))
    .execute(holder)
    .unwrap();

    let mut mine: Vec<_> = (0..rows)
        .filter(|&row| is_mine(row, percent))
        .map(numbered.row)
        .collect();
    let what = format!("{} of {rows} rows of {table}, {setup:?}", mine.len());
    let stale = mine.clone();
    mine.save_all_checked(conn)
        .unwrap_or_else(|error| panic!("saving {what}: {error}"));

    // The search for what was missed, in a transaction, where it locks.
    let last = mine.len() - 1;
    let mut missed = mine.clone();
    missed[last] = stale[last].clone();
    let before = missed.clone();
    for is_delete in [false, true] {
        let error = transaction(conn, &mut missed[..], |conn, missed| {
            if is_delete {
                missed.delete_all_checked(conn)
            } else {
                missed.save_all_checked(conn)
            }
        })
        .unwrap_err();
        let Error::BatchConflict(conflict) = &error else {
            panic!("looking for the missed of {what}: {error}")
        };
        let indices: Vec<_> = conflict
            .conflicts()
            .iter()
            .map(|(index, _)| *index)
            .collect();
        assert_eq!(indices, [last], "{what}");
        assert_eq!(missed, before);
    }

    mine.delete_all_checked(conn)
        .unwrap_or_else(|error| panic!("deleting {what}: {error}"));
}

/// Batches of all sizes, of tables of all sizes, with and without an index that begins with the version.
fn expect_no_others_locked_of<M>(numbered: &Numbered<M>, create: &str)
where
    M: Versioned
        + methods::SaveAll<Conn>
        + methods::DeleteAll<Conn>
        + Clone
        + PartialEq
        + Debug
        + Send,
{
    let Numbered { table, version, .. } = numbered;
    let index = format!("{create}; CREATE INDEX by_version ON {table} ({version})");
    for rows in [10, 100, 1_000] {
        for percent in [1, 25, 60] {
            expect_no_others_locked(numbered, rows, percent, &index);
        }
        expect_no_others_locked(numbered, rows, 35, create);
    }
    expect_no_others_locked(numbered, 20_000, 1, &index);
}

#[test]
fn of_integers() {
    expect_no_others_locked_of(&COUNTERS, "DO 1");
    for percent in [35, 60] {
        expect_no_others_locked(&COUNTERS, 20_000, percent, "DO 1");
    }
}

#[test]
fn of_texts() {
    expect_no_others_locked_of(&TEXTS, CREATE_TEXTS);
}

#[test]
fn of_composite_keys() {
    expect_no_others_locked_of(&MEMBERSHIPS, "DO 1");
}

#[test]
fn of_composite_keys_that_begin_alike() {
    expect_no_others_locked_of(&OF_ONE_USER, "DO 1");
    expect_no_others_locked_of(&PAIRS, CREATE_PAIRS);
}

#[test]
fn of_composite_keys_that_begin_with_an_unordered_column() {
    for tenant in UNORDERED {
        let create = CREATE_PAIRS.replace("VARCHAR(36)", tenant);
        expect_no_others_locked_of(&PAIRS, &create);
    }
}

/// An index that begins with the same column as the key, and has the other one behind: it has all that is
/// asked for, in fewer pages.
#[test]
fn of_composite_keys_beside_an_index_that_begins_with_them() {
    for index in ["user_id, lock_version", "group_id, lock_version"] {
        let setup = format!("CREATE INDEX another ON memberships ({index})");
        for rows in [10, 100, 1_000] {
            expect_no_others_locked(&OF_ONE_USER, rows, 60, &setup);
            expect_no_others_locked(&MEMBERSHIPS, rows, 25, &setup);
        }
    }
    let setup = format!("{CREATE_PAIRS}; CREATE INDEX another ON pairs (tenant, version)");
    for percent in [25, 60] {
        expect_no_others_locked(&PAIRS, 1_000, percent, &setup);
    }
}

/// `keys`: of a table beside whose key there is an index by which the server would rather look the rows up,
/// one that begins with the scope.
fn expect_no_others_locked_of_a_scope(keys: &str) {
    expect_no_others_locked_of_a_scope_of("VARCHAR(36)", keys);
}

/// Like [`expect_no_others_locked_of_a_scope`], with a `tenant` of this type.
fn expect_no_others_locked_of_a_scope_of(tenant: &str, keys: &str) {
    let setup = format!(
        "CREATE TABLE papers (id INTEGER NOT NULL, tenant {tenant} NOT NULL, deleted_at BIGINT, \
         v VARCHAR(100), version BIGINT NOT NULL, {keys})"
    );
    for percent in [25, 60] {
        expect_no_others_locked(&PAPERS, 100, percent, &setup);
        expect_no_others_locked(&KEPT, 100, percent, &setup);
    }
    expect_no_others_locked(&PAPERS, 10, 60, &setup);
    expect_no_others_locked(&PAPERS, 1_000, 35, &setup);
    expect_no_others_locked(&KEPT, 1_000, 35, &setup);
}

#[test]
fn of_a_scope() {
    for beside in [
        "KEY (tenant)",
        "KEY (tenant, version)",
        "KEY (tenant, id)",
        "KEY (deleted_at)",
        "KEY (deleted_at, version)",
        "KEY (tenant, deleted_at, version)",
        "KEY (tenant, deleted_at, version, v)",
    ] {
        expect_no_others_locked_of_a_scope(&format!("PRIMARY KEY (id), {beside}"));
    }
}

#[test]
fn of_a_scope_that_is_in_the_primary_key() {
    for keys in [
        "PRIMARY KEY (tenant, id)",
        "PRIMARY KEY (id, tenant)",
        "PRIMARY KEY (tenant, id), KEY (tenant, version)",
        "PRIMARY KEY (tenant, id), KEY (id)",
        "PRIMARY KEY (tenant, id), UNIQUE KEY (id)",
        "PRIMARY KEY (tenant, id), KEY (deleted_at, version)",
    ] {
        expect_no_others_locked_of_a_scope(keys);
    }
}

/// Types by whose order no index can be searched, only by equality.
const UNORDERED: [&str; 2] = ["ENUM('other', 'mine')", "SET('other', 'mine')"];

#[test]
fn of_an_unordered_scope_that_is_in_the_primary_key() {
    for tenant in UNORDERED {
        for keys in [
            "PRIMARY KEY (tenant, id)",
            "PRIMARY KEY (id, tenant)",
            "PRIMARY KEY (tenant, id), KEY (tenant, version)",
        ] {
            expect_no_others_locked_of_a_scope_of(tenant, keys);
        }
        // So many that one statement looks for those that were missed.
        let setup = format!(
            "CREATE TABLE papers (id INTEGER NOT NULL, tenant {tenant} NOT NULL, deleted_at BIGINT, \
             v VARCHAR(100), version BIGINT NOT NULL, PRIMARY KEY (tenant, id))"
        );
        expect_no_others_locked(&KEPT, 3_000, 50, &setup);
    }
}

/// What the model calls its key is another index of the table, and in the last one an index is not to be used.
#[test]
fn of_a_scope_and_a_key_that_is_not_the_primary_key() {
    for keys in [
        "row INTEGER AUTO_INCREMENT PRIMARY KEY, UNIQUE KEY another (tenant, id), KEY (tenant, version)",
        "row INTEGER AUTO_INCREMENT PRIMARY KEY, UNIQUE KEY another (id, tenant), KEY (tenant, version)",
        "PRIMARY KEY (id, version), UNIQUE KEY another (id) /*M!100600 IGNORED */, KEY (tenant, version)",
    ] {
        expect_no_others_locked_of_a_scope(keys);
    }
}

diesel::table! {
    sheets {
        id -> Integer,
        tenant -> Nullable<Text>,
        v -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = sheets, treat_none_as_null = true)]
struct Sheet {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: Option<String>,
    v: Option<String>,
    version: i64,
}

/// More rows than are asked for one by one, by an index that begins with NULL.
#[test]
fn rows_of_no_tenant_are_found_by_an_index_that_begins_with_it() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE sheets (id INTEGER NOT NULL, tenant VARCHAR(36), v VARCHAR(100), \
         version BIGINT NOT NULL, UNIQUE KEY (tenant, id))",
    )
    .unwrap();
    let sheet = |id| Sheet {
        id,
        tenant: None,
        v: None,
        version: 1,
    };
    let mut all: Vec<_> = (0..1_500).map(sheet).collect();
    diesel::insert_into(sheets::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    all.save_all_checked(conn).unwrap();
    optlock::transaction(conn, &mut all[..], |conn, all| all.save_all_checked(conn)).unwrap();
    assert_eq!(all[7].version, 3);
    all[7].version = 2;
    let error = all.delete_all_checked(conn).unwrap_err();
    let Error::BatchConflict(conflict) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(conflict.conflicts().len(), 1);
    assert_eq!(conflict.conflicts()[0].0, 7);
}

/// By the primary key, and by an index that begins with a text, for which the server plans some forms of a
/// statement for minutes.
#[test]
fn of_a_large_scope() {
    let setup = "CREATE TABLE papers (id INTEGER NOT NULL PRIMARY KEY, tenant VARCHAR(36) NOT NULL, \
                 deleted_at BIGINT, v VARCHAR(100), version BIGINT NOT NULL, KEY (tenant, version))";
    for percent in [1, 35] {
        expect_no_others_locked(&PAPERS, 10_000, percent, setup);
    }
    let setup = setup.replace("id INTEGER NOT NULL PRIMARY KEY", "id INTEGER NOT NULL");
    let setup = setup.replace("KEY (", "PRIMARY KEY (tenant, id), KEY (");
    expect_no_others_locked(&KEPT, 10_000, 50, &setup);
}

/// What the model calls its key is another index of the table.
#[test]
fn of_a_key_that_is_not_the_primary_key() {
    let by_index = |index| {
        format!(
            "CREATE TABLE texts (id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY, k VARCHAR(36) NOT NULL, \
             v VARCHAR(100), version BIGINT NOT NULL, {index} (k))"
        )
    };
    for index in ["UNIQUE KEY", "UNIQUE KEY another_name"] {
        for percent in [1, 35, 60] {
            expect_no_others_locked(&TEXTS, 1_000, percent, &by_index(index));
        }
    }
}

/// Without an index that is of use, the server refuses the fast form, and the rows are written one by one.
#[test]
fn a_key_without_an_index_is_written_all_the_same() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE texts (k VARCHAR(36) NOT NULL, v VARCHAR(100), version BIGINT NOT NULL)",
    )
    .unwrap();
    let mut all: Vec<_> = (0..600).map(TEXTS.row).collect();
    (TEXTS.insert)(&all, conn).unwrap();
    for row in &mut all {
        row.v = Some(row.k.clone());
    }
    all.save_all_checked(conn).unwrap();
    let stored = texts::table.order(texts::k).load::<Keyed>(conn).unwrap();
    assert_eq!(stored, all);
    assert_eq!(all[599].version, 2);
    all[599].version = 7;
    let error = all.delete_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::BatchConflict(_)), "{error:?}");
    all[599].version = 2;
    all.delete_all_checked(conn).unwrap();
    assert_eq!(texts::table.count().get_result(conn), Ok(0_i64));
}

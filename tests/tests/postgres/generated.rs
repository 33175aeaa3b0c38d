//! Versions that the database makes, by `RETURNING`.

use crate::helpers::made::{self, Made, STEP, scratch};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Error, Outcome, Saved};
use optlock_tests::postgres::{connection_id, wait_until_blocked};
use std::slice;
use std::thread;

/// What becomes of a write outside of a transaction, at REPEATABLE READ, that waits for another client's.
fn lose<T: Send>(write: impl FnOnce(&mut Conn) -> T + Send) -> T {
    let (scratch, mut conn) = scratch();
    let id = connection_id(&mut conn);
    conn.batch_execute("SET default_transaction_isolation = 'repeatable read'")
        .unwrap();
    let mut other = scratch.connect();
    other
        .batch_execute("BEGIN; UPDATE contacts SET name = 'theirs' WHERE id = 1")
        .unwrap();
    thread::scope(|scope| {
        let loser = scope.spawn(move || write(&mut conn));
        wait_until_blocked(id);
        other.batch_execute("COMMIT").unwrap();
        loser.join().unwrap()
    })
}

/// The database gives the write's own transaction up, and the row can be read all the same.
#[test]
fn a_serialization_failure_in_a_transaction_of_its_own_is_a_conflict_like_any_other() {
    let ann = Made {
        id: 1,
        name: "Ann".into(),
        phone: Some("111".into()),
        version: 1,
    };
    let theirs = Made {
        name: "theirs".into(),
        version: 1 + STEP,
        ..ann.clone()
    };
    let outcome = lose(|conn| ann.clone().save_or_load(conn));
    assert_eq!(outcome.unwrap(), Outcome::Changed(theirs));
    let mut mine = Made {
        phone: None,
        ..ann.clone()
    };
    assert_eq!(lose(|conn| mine.save_merged(&ann, conn)).unwrap().len(), 1);
    assert_eq!((mine.name.as_str(), mine.version), ("theirs", 1 + 2 * STEP));
}

#[test]
fn an_after_trigger_is_refused_where_the_statement_returns_the_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.version = OLD.version THEN
                 UPDATE contacts SET version = OLD.version + 7 WHERE id = NEW.id;
             END IF;
             RETURN NULL;
         END $$;
         CREATE TRIGGER late AFTER UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION late()",
    )
    .unwrap();
    let mut mine = Made::stored(1, conn);
    let error = mine.save_checked(conn).unwrap_err();
    assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
    let base = Made::stored(1, conn);
    assert_eq!(mine, base);
    mine.name = "mine".into();
    mine.save_merged(&base, conn).unwrap();
    assert_eq!(Made::stored(1, conn), mine);
}

#[test]
fn a_save_moves_its_row_to_another_partition() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "DROP TABLE contacts CASCADE;
         CREATE TABLE contacts (id INTEGER NOT NULL, name TEXT NOT NULL, phone TEXT, \
         version BIGINT NOT NULL DEFAULT 1) PARTITION BY LIST (name);
         CREATE TABLE contacts_a PARTITION OF contacts FOR VALUES IN ('a');
         CREATE TABLE contacts_b PARTITION OF contacts FOR VALUES IN ('b');
         INSERT INTO contacts VALUES (1, 'a', NULL)",
    )
    .unwrap();
    conn.batch_execute(&made::trigger()).unwrap();
    let mut mine = Made::stored(1, conn);
    for name in ["b", "a"] {
        mine.name = name.into();
        mine.save_checked(conn).unwrap();
        assert_eq!(Made::stored(1, conn), mine);
    }
}

/// A touch has nothing else to set than the version.
#[test]
fn a_role_that_may_not_write_the_version_saves_and_does_not_touch() {
    let (scratch, mut conn) = scratch();
    let conn = &mut conn;
    let schema = scratch.schema();
    conn.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA {schema} TO pg_monitor;
         GRANT SELECT, UPDATE (name, phone) ON contacts TO pg_monitor;
         SET ROLE pg_monitor"
    ))
    .unwrap();
    let mut ann = Tracked::new(Made::stored(1, conn));
    ann.name = "Anna".into();
    assert_eq!(ann.save_changed(conn).unwrap(), Saved::Written);
    assert_eq!(ann.save_or_load(conn).unwrap(), Outcome::Saved);
    ann.force_save(conn).unwrap();
    slice::from_mut(&mut *ann).save_all_checked(conn).unwrap();
    let before = ann.clone();
    let error = ann.touch_checked(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(ann, before);
    assert_eq!(Made::stored(1, conn), *ann);
}

//! Triggers that end the transaction, refuse a write, or store something else.

use crate::Scratch;
use crate::helpers::expect;
use crate::helpers::legacy::legacy;
use crate::helpers::nodes::{left, plant};
use crate::helpers::people::{changed_my_mind, stored};
use crate::prelude::*;
use optlock::{Error, Found, Saved};
use optlock_tests::cause;
use optlock_tests::schema::wide;

/// What follows would be committed by the savepoint around it, and nothing would take it back.
#[test]
fn of_saves_one_by_one_nothing_lands_after_the_transaction_was_ended_by_a_trigger() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON contacts WHEN NEW.id = 1 BEGIN
             SELECT RAISE(ROLLBACK, 'no');
         END",
    )
    .unwrap();
    let mut both = [stored(1, conn), stored(2, conn)];
    let before = both.clone();
    let result = transaction(conn, &mut both[..], |conn, both| {
        let saved = both.save_each_checked(conn);
        assert_eq!(cause(saved[0].as_ref().unwrap_err()), "no");
        let error = saved[1].as_ref().unwrap_err();
        let Error::ConcurrentModification(conflict) = error else {
            panic!("{error:?}")
        };
        assert_eq!(*conflict.found(), Found::TransactionAborted);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(both, before);
    assert_eq!(stored(2, &mut scratch.connect()), before[1]);
}

/// In the search for an order in which rows can be deleted that others take with them. What was deleted in
/// the attempt before would be committed by the savepoint around it.
#[test]
fn of_deletes_nothing_lands_after_the_transaction_was_ended_by_a_trigger() {
    for order in [[0, 1, 2, 3, 4], [3, 4, 0, 1, 2], [3, 0, 1, 2, 4]] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let all = plant(conn);
        conn.batch_execute(
            "CREATE TRIGGER refuse BEFORE DELETE ON nodes
             WHEN OLD.id = 4 AND NOT EXISTS (SELECT 1 FROM nodes WHERE id = 3) BEGIN
                 SELECT RAISE(ROLLBACK, 'no');
             END",
        )
        .unwrap();
        let all = order.map(|index| all[index].clone());
        let error = all.delete_all_checked(conn).unwrap_err();
        assert_eq!(cause(&error), "no", "{order:?}");
        assert_eq!(left(&mut scratch.connect()), [1, 2, 3, 4, 5], "{order:?}");
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = wide, treat_none_as_null = false)]
struct Two {
    id: i32,
    a: Option<String>,
    b: Option<String>,
}

#[test]
fn what_a_trigger_clears_is_no_conflict_of_the_next_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "INSERT INTO wide (id, a, b) VALUES (1, 'a', 'b');
         CREATE TRIGGER clear AFTER UPDATE OF a ON wide BEGIN
             UPDATE wide SET b = NULL WHERE id = NEW.id;
         END",
    )
    .unwrap();
    let two = wide::table.find(1).select(Two::as_select());
    let mut two = Tracked::new(two.first(conn).unwrap());
    for a in ["A", "again"] {
        two.a = Some(a.into());
        two.save_unchanged(conn).unwrap();
        assert_eq!(two.b, None);
    }
}

#[test]
fn a_row_that_a_trigger_moves_away_was_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE archive AS SELECT id, name FROM contacts WHERE 1 = 0;
         CREATE TRIGGER move AFTER UPDATE ON contacts WHEN NEW.name = 'done' BEGIN
             INSERT INTO archive VALUES (NEW.id, NEW.name);
             DELETE FROM contacts WHERE id = NEW.id;
         END",
    )
    .unwrap();
    let mut ann = legacy(1, conn);
    ann.name = "done".into();
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);
    assert_eq!(ann.changed_fields(), []);
    let archived = diesel::sql_query("DELETE FROM archive WHERE id = 1 AND name = 'done'");
    assert_eq!(archived.execute(conn), Ok(1));
}

/// The row of a child is gone with its parent's; that of another node is refused, and stays so.
#[test]
fn a_delete_that_a_trigger_refuses_is_not_taken_for_a_cascade() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = plant(conn);
    conn.batch_execute(
        "CREATE TRIGGER keep BEFORE DELETE ON nodes WHEN OLD.id = 4 BEGIN SELECT RAISE(IGNORE); END",
    )
    .unwrap();
    let error = all.delete_all_checked(conn).unwrap_err();
    let Error::Refused { table, key, .. } = &error else {
        panic!("not refused: {error:?}")
    };
    assert_eq!((*table, key.as_str()), ("nodes", "4"));
    assert_eq!(left(conn), [1, 2, 3, 4, 5]);
    all[..3].delete_all_checked(conn).unwrap();
    assert_eq!(left(conn), [4, 5]);
}

//! Batches of a few rows: the order in which they lock, and what is kept prepared.

use crate::Scratch;
use crate::helpers::counters::{counters, set_values, stored_counters};
use crate::prelude::*;
use optlock_tests::mysql::{connection_id, wait_until_blocked};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::counters;
use std::thread;

/// The row of the smallest key first, wherever it stands in the slice.
#[test]
fn few_rows_are_locked_in_the_order_of_their_keys() {
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    // As a text, 10 comes before 9.
    let mut mine = counters(10, conn).split_off(8);
    mine.reverse();
    set_values(&mut mine);
    holder
        .batch_execute("BEGIN; UPDATE counters SET value = 0 WHERE id = 9")
        .unwrap();
    let id = connection_id(conn);
    thread::scope(|scope| {
        let saving = scope.spawn(|| mine.save_all_checked(conn));
        wait_until_blocked(id);
        // It has not come to this one.
        holder
            .batch_execute("SET innodb_lock_wait_timeout = 0; UPDATE counters SET value = 0 WHERE id = 10; COMMIT")
            .unwrap();
        saving.join().unwrap().unwrap();
    });
    let stored = stored_counters(&mut scratch.connect());
    mine.reverse();
    assert_eq!(stored[8..], mine);
}

/// Those of the lock, and of the delete. An update would send its values several times.
#[test]
fn up_to_ten_keys_have_one_text_which_is_kept() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = counters(11, conn);
    let watch = Watch::on(conn);
    mine[..4].save_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached().len(), 1);
    for rows in [1, 5, 9, 10] {
        set_values(&mut mine);
        mine[..rows].save_all_checked(conn).unwrap();
        assert_eq!(watch.take_cached(), [""; 0], "{rows}");
        assert_eq!(stored_counters(conn)[..rows], mine[..rows]);
        watch.take_cached();
    }
    mine.save_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached(), [""; 0]);
    mine[..6].delete_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached().len(), 1);
    mine.drain(..6);
    mine[..1].delete_all_checked(conn).unwrap();
    assert_eq!(watch.take_cached(), [""; 0]);
    assert_eq!(counters::table.count().get_result(conn), Ok(4_i64));
}

//! Inserts on MariaDB: old snapshots, and the locks that a failed insert leaves.

use crate::helpers::expect::{CID, exists};
use crate::helpers::people::{delete, find};
use crate::prelude::*;
use crate::server::{connection_id, wait_until_blocked};
use crate::{Conn, Scratch};
use optlock::Upserted;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// Diesel does not know of this transaction, in which a plain read shows no row.
#[test]
fn an_old_snapshot_in_a_raw_transaction_is_seen_through() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        .unwrap();
    Contact::unstored(3)
        .upsert_checked(&mut scratch.connect())
        .unwrap();
    exists(Contact::unstored(3).upsert_checked(conn), CID, 1);
    assert_eq!(find(3, conn), None);
    // A row that is gone is still shown, and the value is inserted all the same.
    delete(2, &mut scratch.connect());
    assert!(find(2, conn).is_some());
    assert_eq!(
        Contact::unstored(2).upsert_checked(conn).unwrap(),
        Upserted::Inserted
    );
}

/// Two clients want the row of a third, who gives it up: both get a shared lock of it, and none may write. The server
/// ends one of them.
#[test]
fn of_two_who_wait_for_an_insert_that_is_rolled_back_one_inserts() {
    let scratch = Scratch::new();
    let mut third = scratch.connect();
    third.begin_test_transaction().unwrap();
    diesel::insert_into(contacts::table)
        .values(Contact::unstored(3))
        .execute(&mut third)
        .unwrap();
    let results = std::thread::scope(|scope| {
        let waiting = [(); 2].map(|()| {
            let mut conn: Conn = scratch.connect();
            let id = connection_id(&mut conn);
            let waiting = scope.spawn(move || {
                let mut mine = Contact::unstored(3);
                let result = mine.upsert_checked(&mut conn);
                (result, mine.version)
            });
            wait_until_blocked(id);
            waiting
        });
        drop(third);
        waiting.map(|waiting| waiting.join().unwrap())
    });
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(|(result, _)| result.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 1), "{won:?} {lost:?}");
    assert!(matches!(won[..], [(Ok(Upserted::Inserted), 1)]), "{won:?}");
    for (result, version) in lost {
        let error = result.unwrap_err();
        assert!(error.is_conflict() && !error.is_missing(), "{error:?}");
        assert_eq!(version, 0);
    }
    assert_eq!(
        find(3, &mut scratch.connect()).map(|row| row.version),
        Some(1)
    );
}

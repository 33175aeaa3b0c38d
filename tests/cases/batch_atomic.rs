//! All rows of a batch are written, or none is; and `save_each_checked`, which writes those that it can.

use crate::helpers::counters::*;
use crate::helpers::expect;
use crate::helpers::people::{changed_my_mind, rename, stored};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock_tests::models::{Account, Contact};
use optlock_tests::schema::accounts;

fn accounts(conn: &mut Conn) -> Vec<Account> {
    let account = |id| Account {
        id,
        email: format!("{id}@example.org"),
        version: 1,
        updated_on: chrono::DateTime::from_timestamp(1_000_000_000, 0)
            .unwrap()
            .naive_utc(),
    };
    let all: Vec<_> = (1..=5).map(account).collect();
    diesel::insert_into(accounts::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    all
}

fn stored_accounts(conn: &mut Conn) -> Vec<Account> {
    accounts::table
        .order(accounts::id)
        .select(Account::as_select())
        .load(conn)
        .unwrap()
}

#[test]
fn a_violated_constraint_in_one_row_leaves_all_as_they_were() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = accounts(conn);
    let mut mine = before.clone();
    mine[3].email = String::new();
    let memory = mine.clone();
    let error = mine.save_all_checked(conn).unwrap_err();
    assert!(
        matches!(&error, Error::Database(diesel::result::Error::DatabaseError(kind, _)) if *kind == CAPABILITIES.check_violation),
        "{error:?}"
    );
    assert_eq!(mine, memory);
    assert_eq!(stored_accounts(conn), before);

    // Nothing is left open, and the corrected batch goes through, with its stamps.
    mine[3].email = "four@example.org".into();
    mine.save_all_checked(conn).unwrap();
    assert!(mine.iter().all(|account| account.version == 2));
    assert!(
        mine.iter()
            .all(|account| account.updated_on > before[0].updated_on)
    );
    assert_eq!(stored_accounts(&mut scratch.connect()), mine);
}

#[test]
fn a_conflict_puts_the_stamps_back_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = accounts(conn);
    let before = mine.clone();
    before[2].delete_checked(conn).unwrap();
    conflict(mine.save_all_checked(conn));
    assert_eq!(mine, before);
}

#[test]
fn in_a_transaction_a_batch_is_a_part_of_it() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let mut all = [Contact::ann(), Contact::bob()];
    let result = transaction(conn, &mut all[..], |conn, all| {
        all.save_all_checked(conn)?;
        assert_eq!(all[0].version, 2);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(all, [Contact::ann(), Contact::bob()]);

    rename(2, "Bobby", other);
    transaction(conn, &mut all[..], |conn, all| {
        all[0].name = "Anna".into();
        all[0].save_checked(conn)?;
        let told = conflict(all.save_all_checked(conn));
        assert_eq!(told.conflicts().len(), 1);
        // Only the batch is undone.
        assert_eq!(stored(1, conn), all[0]);
        all[..1].save_all_checked(conn)
    })
    .unwrap();
    assert_eq!((all[0].version, all[1].version), (3, 1));
    assert_eq!(stored(1, other), all[0]);
    assert_eq!(stored(2, other).name, "Bobby");
}

#[test]
fn each_is_saved_that_can_be() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = accounts(conn);
    let before = mine.clone();
    before[1].delete_checked(conn).unwrap();
    before[2].clone().save_checked(conn).unwrap();
    mine[3].email = String::new();

    let expect = |mine: &[Account], results: Vec<Result<(), Error>>| {
        let mut results = results.into_iter();
        results.next().unwrap().unwrap();
        expect::missing(results.next().unwrap(), ("accounts", "2"), 1);
        expect::modified(results.next().unwrap(), ("accounts", "3"), 1, 2);
        let error = results.next().unwrap().unwrap_err();
        assert!(
            matches!(&error, Error::Database(diesel::result::Error::DatabaseError(kind, _)) if *kind == CAPABILITIES.check_violation),
            "{error:?}"
        );
        results.next().unwrap().unwrap();
        assert!(results.next().is_none());
        assert_eq!(mine[1..3], before[1..3]);
        assert_eq!(
            (mine[3].version, mine[3].updated_on),
            (1, before[3].updated_on)
        );
    };
    let results = mine.save_each_checked(conn);
    expect(&mine, results);
    assert_eq!((mine[0].version, mine[4].version), (2, 2));

    // In a transaction the same; what it has saved can be rolled back.
    let mut inside = mine.clone();
    let result = transaction(conn, &mut inside, |conn, inside| {
        let results = inside.save_each_checked(conn);
        expect(inside, results);
        assert_eq!((inside[0].version, inside[4].version), (3, 3));
        assert_eq!(stored_accounts(conn)[0], inside[0]);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(inside, mine);
    assert_eq!(stored_accounts(conn)[0], mine[0]);
}

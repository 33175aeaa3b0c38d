//! Many rows at once.

use crate::helpers::counters::*;
use crate::helpers::expect;
use crate::helpers::people::{delete, rename};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::{Error, Found};
use optlock_tests::models::{Contact, Counter};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::counters;

#[test]
fn all_are_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = counters(20, conn);
    set_values(&mut all);
    all.save_all_checked(conn).unwrap();
    assert!(all.iter().all(|counter| counter.version == 2));
    assert_eq!(stored_counters(conn), all);

    // And again, from the middle on and in another order.
    all.reverse();
    for counter in &mut all[..10] {
        counter.value += 1;
    }
    all[..10].save_all_checked(conn).unwrap();
    all.reverse();
    assert_eq!(stored_counters(conn), all);
    assert_eq!((all[9].version, all[10].version), (2, 3));
}

#[test]
fn an_empty_slice_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let nobody: &mut [Contact] = &mut [];
    nobody.save_all_checked(conn).unwrap();
    nobody.delete_all_checked(conn).unwrap();
    assert_eq!(nobody.save_each_checked(conn).len(), 0);
    assert_eq!(watch.take_sent(), [""; 0]);
}

#[test]
fn ten_thousand_rows_and_their_conflicts_at_both_ends_and_in_the_middle() {
    const ROWS: i32 = 10_000;
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = counters(ROWS, conn);
    set_values(&mut all);
    all.save_all_checked(conn).unwrap();
    assert_eq!(stored_counters(conn), all);

    let mut mine: Vec<_> = all
        .iter()
        .map(|counter| Counter {
            version: 1,
            ..counter.clone()
        })
        .collect();
    diesel::update(counters::table)
        .set(counters::version.eq(1))
        .execute(conn)
        .unwrap();
    let middle: Vec<i32> = (0..10).map(|nth| 1200 + nth * 777).collect();
    let others: Vec<i32> = [&[1][..], &middle, &[ROWS]].concat();
    count_up(&others, conn);
    diesel::delete(counters::table.find(5000))
        .execute(conn)
        .unwrap();
    let before = stored_counters(conn);

    let memory = mine.clone();
    let told = conflict(mine.save_all_checked(conn));
    let mut expected: Vec<_> = others
        .iter()
        .map(|id| (*id as usize - 1, modified(2)))
        .collect();
    expected.push((4999, Found::Missing));
    expected.sort_by_key(|(index, _)| *index);
    assert_eq!(found(&told), expected);
    assert_eq!(told.rows(), 10_000);
    assert_eq!(mine, memory);
    assert_eq!(stored_counters(conn), before);

    assert_eq!(found(&conflict(mine.delete_all_checked(conn))), expected);
    assert_eq!(stored_counters(conn), before);

    let retained: Vec<_> = mine
        .into_iter()
        .filter(|counter| counter.id != 5000 && !others.contains(&counter.id))
        .collect();
    retained.delete_all_checked(conn).unwrap();
    assert_eq!(stored_counters(conn).len(), others.len());
}

/// Whatever became of the rows, and whether the batch stands alone or in a transaction.
#[test]
fn to_name_all_losers_takes_one_statement_more() {
    const ROWS: i32 = 40;
    type Meddle = fn(&mut Conn);
    let changed: Meddle = |conn| count_up(&(2..ROWS).collect::<Vec<_>>(), conn);
    let deleted: Meddle = |conn| {
        diesel::delete(counters::table.filter(counters::id.gt(1)))
            .execute(conn)
            .unwrap();
    };
    let both: Meddle = |conn| {
        count_up(&(2..20).collect::<Vec<_>>(), conn);
        diesel::delete(counters::table.filter(counters::id.gt(30)))
            .execute(conn)
            .unwrap();
    };
    for (meddle, losers) in [(changed, 38), (deleted, 39), (both, 28)] {
        for in_transaction in [false, true] {
            let scratch = Scratch::new();
            let conn = &mut scratch.connect();
            let mut all = counters(ROWS, conn);
            let watch = Watch::on(conn);
            if in_transaction {
                conn.begin_test_transaction().unwrap();
            }
            set_values(&mut all);
            watch.take_sent();
            all.save_all_checked(conn).unwrap();
            let saved = watch.take_sent();
            meddle(conn);
            watch.take_sent();
            let told = conflict(all.save_all_checked(conn));
            let refused = watch.take_sent();
            assert_eq!(told.conflicts().len(), losers);
            assert!(refused.len() <= saved.len() + 1, "{saved:#?}\n{refused:#?}");
        }
    }
}

#[test]
fn a_conflict_says_how_many_and_which() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = [Contact::ann(), Contact::bob()];
    rename(1, "Anna", conn);
    delete(2, conn);
    let told = conflict(mine.save_all_checked(conn));
    assert_eq!(
        told.with_key(),
        "conflict in 2 of 2 rows, so the batch was given up: \
         contacts 1 was changed: expected version 1, found 2; \
         contacts 2 is gone: expected version 1, found no row"
    );
    assert_eq!(
        Error::from(told).without_key(),
        "conflict in 2 of 2 rows, so the batch was given up: \
         a row of contacts was changed: expected version 1, found 2; \
         a row of contacts is gone: expected version 1, found no row"
    );
    assert_eq!(mine, [Contact::ann(), Contact::bob()]);
}

#[test]
fn a_key_that_stands_twice_is_refused_before_anything_is_sent() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = [Contact::ann(), Contact::bob(), Contact::ann()];
    let watch = Watch::on(conn);
    for result in [all.save_all_checked(conn), all.delete_all_checked(conn)] {
        let error = result.unwrap_err();
        expect::says(&error, expect::ANN, "is in the batch twice");
        assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
        let Error::DuplicateKey { table, key, .. } = error else {
            panic!("not twice: {error:?}")
        };
        assert_eq!((table, key.as_str()), expect::ANN);
    }
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(all, [Contact::ann(), Contact::bob(), Contact::ann()]);
}

#[test]
fn a_version_at_its_maximum_refuses_the_batch_before_anything_is_sent() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let bob = Contact {
        version: i64::MAX,
        ..Contact::bob()
    };
    let mut all = [Contact::ann(), bob.clone()];
    let watch = Watch::on(conn);
    let error = all.save_all_checked(conn).unwrap_err();
    expect::says(
        &error,
        expect::BOB,
        "cannot be written: no version follows 9223372036854775807",
    );
    assert!(matches!(error, Error::VersionExhausted { .. }), "{error:?}");
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(all, [Contact::ann(), bob]);
}

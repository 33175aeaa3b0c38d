//! Many rows at once.

use super::expect;
use super::people::{changed_my_mind, delete, rename, stored};
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{BatchConflict, Error, Found};
use optlock_tests::models::{Account, Contact, Counter, Membership, Patch, Rename};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{accounts, contacts, counters, memberships, wide};

/// Counters with the keys 1 to `rows`, all at version 1.
fn counters(rows: i32, conn: &mut Conn) -> Vec<Counter> {
    let counter = |id| Counter {
        id,
        value: 0,
        version: 1,
    };
    let all: Vec<_> = (1..=rows).map(counter).collect();
    for chunk in all.chunks(1000) {
        diesel::insert_into(counters::table)
            .values(chunk)
            .execute(conn)
            .unwrap();
    }
    all
}

fn stored_counters(conn: &mut Conn) -> Vec<Counter> {
    counters::table
        .order(counters::id)
        .select(Counter::as_select())
        .load(conn)
        .unwrap()
}

/// Somebody else counts these up.
fn count_up(ids: &[i32], conn: &mut Conn) {
    diesel::update(counters::table.filter(counters::id.eq_any(ids)))
        .set((
            counters::value.eq(counters::value + 100),
            counters::version.eq(counters::version + 1),
        ))
        .execute(conn)
        .unwrap();
}

fn conflict(result: Result<(), Error>) -> BatchConflict {
    let error = result.unwrap_err();
    assert!(error.is_conflict());
    assert!(!error.is_missing() && !error.is_transient() && !error.outcome_unknown());
    match error {
        Error::BatchConflict(conflict) => conflict,
        other => panic!("not the conflict of a batch: {other:?}"),
    }
}

/// Each index of a conflict with what was found there, after a look at the rest of it.
fn found(conflict: &BatchConflict) -> Vec<(usize, Found)> {
    let told = conflict.conflicts().iter();
    told.map(|(index, conflict)| {
        assert_eq!((conflict.table(), conflict.expected()), ("counters", "1"));
        assert_eq!(conflict.key(), (index + 1).to_string());
        (*index, conflict.found().clone())
    })
    .collect()
}

fn modified(version: i64) -> Found {
    Found::Modified {
        version: version.to_string(),
    }
}

fn set_values(counters: &mut [Counter]) {
    for counter in counters {
        counter.value = counter.id * 10;
    }
}

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
fn a_composite_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all: Vec<_> = [(1, 2), (1, 1), (2, 1), (2, 2)]
        .map(|(user_id, group_id)| Membership {
            user_id,
            group_id,
            role: "guest".into(),
            lock_version: 1,
        })
        .into();
    diesel::insert_into(memberships::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    for (nth, membership) in all.iter_mut().enumerate() {
        membership.role = format!("role {nth}");
    }
    all[..3].save_all_checked(conn).unwrap();
    let mut stored: Vec<Membership> = memberships::table
        .select(Membership::as_select())
        .load(conn)
        .unwrap();
    stored.sort_by_key(|membership| membership.role.clone());
    let last = stored.remove(0);
    assert_eq!(stored, all[..3]);
    assert_eq!((last.role.as_str(), last.lock_version), ("guest", 1));

    all[3].lock_version = 7;
    let told = conflict(all.delete_all_checked(conn));
    let [(3, last)] = told.conflicts() else {
        panic!("{told:?}")
    };
    assert_eq!((last.table(), last.key()), ("memberships", "(2, 2)"));
    assert_eq!((last.expected(), last.found()), ("7", &modified(1)));
    all[..3].delete_all_checked(conn).unwrap();
    assert_eq!(memberships::table.count().get_result(conn), Ok(1_i64));
}

#[test]
fn borrowed_partial_structs() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let names = [String::from("Anna"), String::from("Bobby")];
    let mut all: Vec<_> = (1..)
        .zip(&names)
        .map(|(id, name)| Rename {
            id,
            name,
            version: 1,
        })
        .collect();
    all.save_all_checked(conn).unwrap();
    assert_eq!(all[1].version, 2);
    let anna = Contact {
        name: "Anna".into(),
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(stored(1, conn), anna);
    all.delete_all_checked(conn).unwrap();
    assert_eq!(contacts::table.count().get_result(conn), Ok(0_i64));
}

/// A batch of one text in all, and one of a text for each row.
#[test]
fn patches_leave_alone_what_is_none_and_what_changes_nothing_takes_no_part() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let row = |id: i32| (wide::id.eq(id), wide::a.eq("a"), wide::b.eq("b"));
    diesel::insert_into(wide::table)
        .values([row(1), row(2), row(3)])
        .execute(conn)
        .unwrap();
    let patch = |id| Patch {
        id,
        version: 1,
        ..Patch::default()
    };
    let mut patches = [
        Patch {
            a: Some("A".into()),
            ..patch(1)
        },
        patch(2),
        Patch {
            b: Some("B".into()),
            ..patch(3)
        },
    ];
    patches.save_all_checked(conn).unwrap();
    assert_eq!(patches.each_ref().map(|patch| patch.version), [2, 1, 2]);
    let columns = (wide::a, wide::b, wide::version);
    let stored: Vec<(Option<String>, Option<String>, i64)> = wide::table
        .order(wide::id)
        .select(columns)
        .load(conn)
        .unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        stored,
        [
            (text("A"), text("b"), 2),
            (text("a"), text("b"), 1),
            (text("a"), text("B"), 2)
        ]
    );

    let memory = patches.clone();
    patches[0].version = 1;
    let told = conflict(patches.save_all_checked(conn));
    let [(0, first)] = told.conflicts() else {
        panic!("{told:?}")
    };
    assert_eq!((first.key(), first.found()), ("1", &modified(2)));
    assert_eq!(patches[1..], memory[1..]);
    assert_eq!(patches[0].version, 1);
    // Nothing at all to do:
    let watch = Watch::on(conn);
    [patch(1), patch(9)].save_all_checked(conn).unwrap();
    assert_eq!(watch.take_sent(), [""; 0]);
}

#[test]
fn a_key_that_stands_twice_is_refused_before_anything_is_sent() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = [Contact::ann(), Contact::bob(), Contact::ann()];
    let watch = Watch::on(conn);
    for result in [all.save_all_checked(conn), all.delete_all_checked(conn)] {
        let error = result.unwrap_err();
        expect::says(&error, expect::ANN, "stands twice in the batch");
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
    let result = optlock::transaction(conn, &mut all[..], |conn, all| {
        all.save_all_checked(conn)?;
        assert_eq!(all[0].version, 2);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(all, [Contact::ann(), Contact::bob()]);

    rename(2, "Bobby", other);
    optlock::transaction(conn, &mut all[..], |conn, all| {
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
    let result = optlock::transaction(conn, &mut inside, |conn, inside| {
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

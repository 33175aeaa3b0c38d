//! `force_save`: the last writer wins, and everybody who holds the row is told.

use crate::helpers::expect::{self, ANN};
use crate::helpers::last_version::expect_exhausted;
use crate::helpers::people::{changed_my_mind, delete, find, rename, stored};
use crate::prelude::*;
use crate::{Conn, SQL, Scratch};
use diesel::connection::InstrumentationEvent;
use optlock::{Error, Found};
use optlock_tests::models::{Account, Contact, Counter, Patch, Stamped};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{accounts, contacts, counters, stamped};
use std::thread;

/// Ann's row, saved by others until it has that version.
fn save_until(version: i64, conn: &mut Conn) {
    while stored(1, conn).version < version {
        rename(1, "theirs", conn);
    }
}

fn edited(version: i64) -> Contact {
    Contact {
        name: "mine".into(),
        version,
        ..Contact::ann()
    }
}

#[test]
fn a_version_that_somebody_may_hold_is_never_written_again() {
    let scratch = Scratch::new();
    let [mine, theirs, third] = &mut [(); 3].map(|()| scratch.connect());
    save_until(3, theirs);
    let mut stale = Contact {
        name: "mine".into(),
        ..stored(1, mine)
    };
    save_until(4, theirs);
    let mut holds_4 = stored(1, third);
    save_until(5, theirs);
    let mut holds_5 = stored(1, theirs);

    stale.force_save(mine).unwrap();
    assert_eq!(stale, edited(6));
    assert_eq!(stored(1, mine), edited(6));
    // A forced version of 3 + 1 would have let this one through:
    expect::modified(holds_4.save_checked(third), ANN, 4, 6);
    expect::modified(holds_5.save_checked(theirs), ANN, 5, 6);
    assert_eq!(stored(1, mine), edited(6));
}

#[test]
fn in_a_transaction_it_locks_the_row_first() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = edited(1);
    save_until(3, conn);
    let watch = Watch::on(conn);
    transaction(conn, &mut mine, |conn, mine| {
        watch.take_sent();
        mine.force_save(conn)?;
        // The lock (SQLite's is a write that hits nothing), the version, the update.
        assert!((2..=3).contains(&watch.take_sent().len()));
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(mine, edited(4));
    assert_eq!(stored(1, conn), mine);
}

#[test]
fn a_row_that_is_gone_is_not_inserted_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = edited(1);
    delete(1, conn);
    expect::missing(mine.force_save(conn), ANN, 1);
    let result = transaction(conn, &mut mine, |conn, mine| mine.force_save(conn));
    expect::missing(result, ANN, 1);
    assert_eq!(mine, edited(1));
    assert_eq!(find(1, conn), None);
}

#[test]
fn the_audit_stamp_moves_on_from_the_one_in_memory() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let updated_on = chrono::DateTime::UNIX_EPOCH.naive_utc() + chrono::TimeDelta::days(1);
    let mut mine = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on,
    };
    diesel::insert_into(stamped::table)
        .values(&mine)
        .execute(conn)
        .unwrap();
    mine.clone().save_checked(conn).unwrap();
    mine.force_save(conn).unwrap();
    assert_eq!(mine.version, 3);
    assert!(mine.updated_on > updated_on);
    let stored = stamped::table.select(Stamped::as_select()).first(conn);
    assert_eq!(stored, Ok(mine));
}

#[test]
fn at_the_last_version_of_the_row_nothing_is_written() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::update(contacts::table.find(1))
        .set(contacts::version.eq(i64::MAX))
        .execute(conn)
        .unwrap();
    let mut mine = edited(1);
    expect_exhausted(mine.force_save(conn), ANN, i64::MAX);
    assert_eq!(mine, edited(1));
    assert_eq!(stored(1, conn).name, "Ann");
}

#[test]
fn a_patch_without_changes_sends_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut patch = Patch {
        id: 1,
        version: 1,
        ..Patch::default()
    };
    let watch = Watch::on(conn);
    patch.force_save(conn).unwrap();
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(patch.version, 1);
}

#[test]
fn after_a_violated_constraint_the_value_is_what_it_was() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let long_ago = chrono::DateTime::UNIX_EPOCH.naive_utc() + chrono::TimeDelta::days(1);
    let account = Account {
        id: 1,
        email: "ann@example.org".into(),
        version: 1,
        updated_on: long_ago,
    };
    diesel::insert_into(accounts::table)
        .values(&account)
        .execute(conn)
        .unwrap();
    account.clone().save_checked(conn).unwrap();
    let before = Account {
        email: String::new(),
        ..account
    };
    let mut mine = before.clone();
    let error = mine.force_save(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(mine, before);
}

#[test]
fn a_forced_save_that_is_rolled_back_is_taken_back_in_memory() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    save_until(3, conn);
    let mut mine = edited(1);
    let result = transaction(conn, &mut mine, |conn, mine| {
        mine.force_save(conn)?;
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(mine, edited(1));
    assert_eq!(stored(1, conn).version, 3);
}

/// Somebody else saves the row just before each of our first `times` updates is sent.
fn interrupt(conn: &mut Conn, scratch: &Scratch, mut times: u32) {
    let mut theirs = scratch.connect();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::StartQuery { query, .. } = event else {
            return;
        };
        if times > 0 && query.to_string().starts_with("UPDATE") {
            times -= 1;
            rename(1, "theirs", &mut theirs);
        }
    });
}

#[test]
fn who_writes_between_the_read_and_the_write_is_overwritten_and_told() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    interrupt(conn, &scratch, 3);
    let mut mine = edited(1);
    mine.force_save(conn).unwrap();
    assert_eq!(mine, edited(5));
    assert_eq!(stored(1, conn), mine);
    let mut theirs = Contact {
        name: "theirs".into(),
        version: 4,
        ..Contact::ann()
    };
    expect::modified(theirs.save_checked(conn), ANN, 4, 5);
}

/// The first read has locked the row, so that one read and one write are enough.
#[test]
fn in_a_transaction_nobody_writes_between_the_read_and_the_write() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut other = scratch.connect();
    other.batch_execute(SQL.impatient).unwrap();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::StartQuery { query, .. } = event else {
            return;
        };
        if query.to_string().contains("mine") {
            let error = Contact::ann().save_checked(&mut other).unwrap_err();
            assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
        }
    });
    let mut mine = edited(7);
    transaction(conn, &mut mine, |conn, mine| mine.force_save(conn)).unwrap();
    assert_eq!(mine, edited(2));
}

#[test]
fn it_gives_up_on_a_row_that_is_written_all_the_time() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    interrupt(conn, &scratch, u32::MAX);
    // It ignores the version in memory, so it does not call the row older.
    let mut mine = edited(700);
    let error = mine.force_save(conn).unwrap_err();
    let Error::ConcurrentModification(conflict) = &error else {
        panic!("{error:?}");
    };
    let found = Found::Modified {
        version: 101.into(),
    };
    assert_eq!(
        (conflict.expected(), conflict.found()),
        (Some(&700.into()), &found)
    );
    assert!(error.is_conflict());
    assert_eq!(mine, edited(700));
    assert_eq!(stored(1, &mut scratch.connect()).name, "theirs");
}

/// Each write that succeeds, forced or checked, has a version of its own.
#[test]
fn in_a_race_no_two_writes_have_the_same_version() {
    const ROUNDS: usize = 50;
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    let counter = Counter {
        id: 1,
        value: 0,
        version: 1,
    };
    diesel::insert_into(counters::table)
        .values(&counter)
        .execute(conn)
        .unwrap();
    let mut written: Vec<i64> = thread::scope(|scope| {
        let clients = [0, 1, 2, 3].map(|client| {
            let mut counter = counter.clone();
            scope.spawn(move || {
                let conn = &mut scratch.connect();
                let mut written = Vec::new();
                while written.len() < ROUNDS {
                    // Two never look at the row before they write it, two always do.
                    let result = if client < 2 {
                        counter.force_save(conn)
                    } else {
                        let _ = counter.refresh(conn).unwrap();
                        counter.value += 1;
                        counter.save_checked(conn)
                    };
                    match result {
                        Ok(()) => written.push(counter.version),
                        Err(error) => {
                            assert!(error.is_conflict() || error.is_transient(), "{error:?}");
                        }
                    }
                }
                written
            })
        });
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    written.sort_unstable();
    let last = 1 + i64::try_from(4 * ROUNDS).unwrap();
    assert_eq!(written, Vec::from_iter(2..=last));
}

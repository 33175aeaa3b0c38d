//! A retry runs the whole unit again, in a new transaction.

use crate::helpers::expect;
use crate::helpers::people::{changed_my_mind, rename, stored};
use crate::helpers::stale::{FIRST_DELAY, STALE, policy, save_stale};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, SQL, Scratch};
use diesel::connection::TransactionManager;
use optlock::Error;
use optlock::retry::{Policy, RetryError, is_retryable};
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

#[track_caller]
fn expect_gave_up<T: Debug>(result: Result<T, RetryError<Error>>, attempts: u32, last: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), attempts);
    assert_eq!(error.last().to_string(), last);
}

/// The connection goes on, and nothing of an attempt is left.
#[track_caller]
fn expect_usable(conn: &mut Conn, scratch: &Scratch) {
    type Manager = <Conn as Connection>::TransactionManager;
    let depth = Manager::transaction_manager_status_mut(conn).transaction_depth();
    assert_eq!(depth, Ok(None));
    rename(2, "Robert", conn);
    assert_eq!(stored(2, &mut scratch.connect()).name, "Robert");
}

#[test]
fn a_conflict_is_met_by_another_attempt_on_the_row_as_it_stands() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let (told, delays) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let policy = policy()
        .notify(|attempts, error: &Error, delay| {
            let notice = (attempts, error.to_string(), delay);
            told.lock().unwrap().push(notice);
        })
        .sleep(|delay| {
            delays.lock().unwrap().push(delay);
            slept()
        });

    let before = RefCell::new(vec![Contact::ann(), Contact::ann()]);
    let saved = retry(policy, conn, |conn| {
        let stale = before.borrow_mut().pop();
        let mut ann = stale.unwrap_or_else(|| stored(1, conn));
        ann.phone = Some("333".into());
        ann.save_checked(conn)?;
        Ok::<_, Error>(ann)
    })
    .unwrap();

    let expected = Contact {
        id: 1,
        name: "Anna".into(),
        phone: Some("333".into()),
        version: 3,
    };
    assert_eq!(saved, expected);
    assert_eq!(stored(1, &mut scratch.connect()), expected);

    let (told, delays) = (told.into_inner().unwrap(), delays.into_inner().unwrap());
    assert!(told.iter().map(|(.., delay)| delay).eq(&delays));
    assert!(
        delays[0] < FIRST_DELAY && delays[1] < FIRST_DELAY * 2,
        "{delays:?}"
    );
    let told: Vec<_> = told
        .into_iter()
        .map(|(number, text, _)| (number, text))
        .collect();
    assert_eq!(told, [(1, STALE.to_owned()), (2, STALE.to_owned())]);
    expect_usable(conn, &scratch);
}

#[test]
fn each_increment_of_many_threads_counts() {
    use optlock_tests::models::Counter;
    use optlock_tests::schema::counters;

    const THREADS: i32 = 8;
    const INCREMENTS: i32 = 50;
    let scratch = &Scratch::new();
    let conn = &mut scratch.connect();
    let counter = Counter {
        id: 1,
        value: 0,
        version: 1,
    };
    diesel::insert_into(counters::table)
        .values(counter)
        .execute(conn)
        .unwrap();
    let policy = Policy::new()
        .attempts(u32::MAX)
        .within(Duration::MAX)
        .backoff(Duration::from_millis(1), Duration::from_millis(16));
    let stored = |conn: &mut Conn| -> QueryResult<Counter> {
        counters::table.select(Counter::as_select()).first(conn)
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let conn = &mut scratch.connect();
                for _ in 0..INCREMENTS {
                    retry(policy, conn, |conn| {
                        let mut counter = stored(conn)?;
                        counter.value += 1;
                        counter.save_checked(conn)
                    })
                    .unwrap();
                }
            });
        }
    });
    let counter = stored(conn).unwrap();
    let all = THREADS * INCREMENTS;
    assert_eq!((counter.value, counter.version), (all, 1 + i64::from(all)));
}

#[test]
fn it_gives_up_after_the_last_attempt_with_its_error() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let delays = Mutex::new(Vec::new());
    let policy = policy().sleep(|delay| {
        delays.lock().unwrap().push(delay);
        slept()
    });
    let count = Cell::new(0);
    let result = retry(policy, conn, |conn| {
        count.set(count.get() + 1);
        // Nothing of this is kept.
        rename(2, "Bobby", conn);
        save_stale(conn)
    });
    expect_gave_up(result, 5, STALE);
    assert_eq!(count.get(), 5);
    let bounds = [1, 2, 3, 3].map(Duration::from_secs);
    let delays = delays.into_inner().unwrap();
    assert_eq!(delays.len(), bounds.len());
    for (delay, bound) in delays.into_iter().zip(bounds) {
        assert!(delay <= bound, "{delay:?} of {bound:?}");
    }
    assert_eq!(stored(2, conn), Contact::bob());
    expect_usable(conn, &scratch);
}

#[test]
fn no_attempt_begins_when_the_time_is_over() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let policy = policy().within(Duration::ZERO);
    expect_gave_up(retry(policy, conn, save_stale), 1, STALE);

    // The time of an attempt counts, not only the delays.
    let within = Duration::from_millis(20);
    let policy = policy
        .within(within)
        .backoff(Duration::ZERO, Duration::ZERO);
    let result = retry(policy.attempts(u32::MAX), conn, |conn| {
        let beginning = std::time::Instant::now();
        while beginning.elapsed() < within {
            std::thread::yield_now();
        }
        save_stale(conn)
    });
    expect_gave_up(result, 1, STALE);
}

#[test]
fn one_attempt_is_a_transaction_without_a_retry() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let policy = policy().attempts(1);
    expect_gave_up(retry(policy, conn, save_stale), 1, STALE);
}

#[test]
#[should_panic(expected = "a policy needs at least one attempt")]
fn a_policy_without_an_attempt_is_refused() {
    let _ = Policy::new().attempts(std::hint::black_box(0));
}

#[test]
fn an_error_that_is_no_conflict_is_returned_at_once() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let result = retry(policy(), conn, |conn| {
        rename(1, "Anna", conn);
        Err::<(), _>(changed_my_mind())
    });
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 1);
    expect::changed_mind::<()>(Err(error.into_last()));
    assert_eq!(stored(1, conn), Contact::ann());

    let result = retry(policy(), conn, |conn| {
        Contact {
            name: String::new(), // which a constraint forbids
            ..Contact::ann()
        }
        .save_checked(conn)
    });
    assert_eq!(result.unwrap_err().attempts(), 1);
    expect_usable(conn, &scratch);
}

#[test]
fn values_are_put_back_before_each_attempt_and_in_the_end() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let before = (vec!["before"], Contact::bob());
    let mut values = before.clone();
    let (log, bob) = (&mut values.0, &mut values.1);
    let result = policy().run(conn, (log, bob), |conn, (log, bob)| {
        assert_eq!((&*log, &*bob), (&before.0, &before.1));
        log.push("in an attempt");
        bob.save_checked(conn)?;
        save_stale(conn)
    });
    expect_gave_up(result, 5, STALE);
    assert_eq!(values, before);
    assert_eq!(stored(2, conn), Contact::bob());

    let count = Cell::new(0);
    policy()
        .run(conn, &mut values.1, |conn, bob| {
            count.set(count.get() + 1);
            bob.save_checked(conn)?;
            if count.get() < 3 {
                save_stale(conn)
            } else {
                Ok(())
            }
        })
        .unwrap();
    assert_eq!(values.1.version, 2);
    assert_eq!(stored(2, &mut scratch.connect()), values.1);
}

#[test]
fn after_a_panic_there_is_no_other_attempt() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let count = Cell::new(0);
    let mut bob = stored(2, conn);
    expect::panic("in the body", || {
        policy().run(conn, &mut bob, |conn, bob| -> Result<(), Error> {
            count.set(count.get() + 1);
            bob.save_checked(conn)?;
            panic!("in the body")
        })
    });
    assert_eq!(count.get(), 1);
    assert_eq!(bob, Contact::bob());
    expect_usable(conn, &scratch);
}

#[test]
fn inside_an_open_transaction_it_is_refused() {
    fn expect_refused(conn: &mut Conn) {
        let result = retry(policy(), conn, |_| -> Result<(), Error> {
            panic!("this must not run")
        });
        let error = result.unwrap_err();
        assert_eq!(error.attempts(), 0);
        assert_eq!(error.to_string(), "made no attempt");
        let error = error.into_last();
        assert!(
            matches!(error, Error::AlreadyInTransaction { .. }),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            "a retry must be the outermost transaction, and one is open already"
        );
        assert!(!is_retryable(&error));
    }

    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.transaction(|conn| {
        expect_refused(conn);
        // The transaction goes on.
        rename(1, "Anna", conn);
        Ok::<_, Error>(())
    })
    .unwrap();
    transaction(conn, (), |conn, ()| {
        expect_refused(conn);
        Ok::<_, Error>(())
    })
    .unwrap();
    let result = retry(policy(), conn, |conn| {
        expect_refused(conn);
        Ok::<_, Error>(())
    });
    result.unwrap();
    assert_eq!(stored(1, conn).name, "Anna");

    // A test transaction is no reason to be lenient inside of a real one.
    conn.begin_test_transaction().unwrap();
    conn.transaction(|conn| {
        expect_refused(conn);
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn in_a_test_transaction_it_runs_on_savepoints() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.begin_test_transaction().unwrap();
    rename(1, "Anna", conn);
    let stale = Cell::new(2);
    for name in ["Ann B.", "Ann C."] {
        retry(policy(), conn, |conn| {
            rename(2, name, conn);
            if stale.get() > 0 {
                stale.set(stale.get() - 1);
                save_stale(conn)?;
            }
            rename(1, name, conn);
            Ok::<_, Error>(())
        })
        .unwrap();
        assert_eq!(stored(1, conn).name, name);
    }
    assert_eq!(stale.get(), 0);
    // What the vain attempts did is undone.
    assert_eq!((stored(1, conn).version, stored(2, conn).version), (4, 3));
    expect_gave_up(
        retry(policy(), conn, save_stale),
        5,
        "contacts 1 was changed: expected version 1, found 4",
    );
    // And all of it is in the test transaction.
    let other = &mut scratch.connect();
    assert_eq!(
        (stored(1, other), stored(2, other)),
        (Contact::ann(), Contact::bob())
    );
}

/// A lock timeout, or "database is locked", which SQLite says at the beginning of the transaction.
#[test]
fn a_lock_that_another_connection_holds_is_no_end() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    let mut holder = scratch.connect();
    holder.begin_test_transaction().unwrap();
    diesel::update(contacts::table.find(1))
        .set(contacts::phone.eq("999"))
        .execute(&mut holder)
        .unwrap();

    let (holder, told) = (Mutex::new(holder), Mutex::new(Vec::new()));
    let policy = policy()
        .notify(|attempts, error: &Error, _| {
            assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
            told.lock().unwrap().push(attempts);
        })
        .sleep(|_| {
            if told.lock().unwrap().len() == 2 {
                let mut holder = holder.lock().unwrap();
                holder.batch_execute("ROLLBACK").unwrap();
            }
            slept()
        });
    let saved = retry(policy, conn, |conn| {
        let mut ann = stored(1, conn);
        ann.name = "Ann B.".into();
        ann.save_checked(conn)?;
        Ok::<_, Error>(ann)
    })
    .unwrap();
    assert_eq!(told.into_inner().unwrap(), [1, 2]);
    assert_eq!(stored(1, &mut scratch.connect()), saved);
    expect_usable(conn, &scratch);
}

//! Transactions take memory with them when they are rolled back.

use crate::helpers::expect::{self, ANN, BOB};
use crate::helpers::people::{changed_my_mind, rename, stored};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::connection::{InstrumentationEvent, TransactionManager};
use optlock::Error;
use optlock_tests::capabilities::require;
use optlock_tests::models::Contact;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The body of a transaction that saves and is then rolled back.
fn save_in_vain(contact: &mut Contact, conn: &mut Conn) -> Result<(), Error> {
    contact.save_checked(conn)?;
    Err(changed_my_mind())
}

fn save_all(contacts: &mut [Contact], conn: &mut Conn) -> Result<(), Error> {
    contacts
        .iter_mut()
        .try_for_each(|contact| contact.save_checked(conn))
}

fn depth(conn: &mut Conn) -> Option<u32> {
    <Conn as Connection>::TransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth()
        .unwrap()
        .map(u32::from)
}

#[test]
fn a_save_that_was_rolled_back_does_not_hide_the_next_users_save() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let mut mine = Contact {
        name: "Ann B.".into(),
        ..stored(1, conn)
    };
    let result = transaction(conn, &mut mine, |conn, mine| save_in_vain(mine, conn));
    expect::changed_mind(result);
    rename(1, "Anna", other);
    expect::modified(mine.save_checked(conn), ANN, 1, 2);
    assert_eq!(stored(1, conn).name, "Anna");
}

/// Why `optlock::transaction` exists: from inside of a save, the rollback after it cannot be seen.
#[test]
fn with_diesels_transaction_the_next_users_save_is_lost_unseen() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let mut mine = Contact {
        name: "Ann B.".into(),
        ..stored(1, conn)
    };
    expect::changed_mind(conn.transaction(|conn| save_in_vain(&mut mine, conn)));
    rename(1, "Anna", other);
    assert_eq!(mine.version, 2); // which nobody gave to this user: it is Anna's
    mine.save_checked(conn).unwrap();
    assert_eq!(stored(1, conn).name, "Ann B.");
}

#[test]
fn what_is_committed_stays_in_memory() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = Contact {
        name: "Ann B.".into(),
        ..stored(1, conn)
    };
    let result = transaction(conn, &mut ann, |conn, ann| {
        ann.save_checked(conn)?;
        ann.save_checked(conn)?;
        Ok::<_, Error>("the body's value")
    });
    assert_eq!(result.unwrap(), "the body's value");
    assert_eq!(
        ann,
        Contact {
            name: "Ann B.".into(),
            version: 3,
            ..Contact::ann()
        }
    );
    assert_eq!(stored(1, conn), ann);
}

#[test]
fn the_conflict_of_a_later_save_puts_the_earlier_one_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    rename(2, "Bobby", conn);
    let result = transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        ann.name = "Ann B.".into();
        ann.save_checked(conn)?;
        bob.name = "Bob A.".into();
        bob.save_checked(conn)
    });
    expect::modified(result, BOB, 1, 2);
    assert_eq!((&ann, &bob), (&Contact::ann(), &Contact::bob()));
    assert_eq!(stored(1, conn), ann);
    assert_eq!(stored(2, conn).name, "Bobby");
}

#[test]
fn a_slice_and_a_vec_are_put_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = vec![stored(1, conn), stored(2, conn)];
    rename(2, "Bobby", conn);

    let mut slice = [stored(1, conn), Contact::bob()];
    let result = transaction(conn, &mut slice[..], |conn, contacts| {
        save_all(contacts, conn)
    });
    expect::modified(result, BOB, 1, 2);
    assert_eq!(slice[..], before);

    let mut vec = before.clone();
    let result = transaction(conn, &mut vec, |conn, contacts| {
        save_all(contacts, conn).inspect_err(|_| contacts.clear())
    });
    expect::modified(result, BOB, 1, 2);
    assert_eq!(vec, before);
}

#[test]
fn an_outer_transaction_that_fails_puts_back_what_an_inner_one_has_released() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    let result = transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        ann.save_checked(conn)?;
        transaction(conn, &mut *bob, |conn, bob| bob.save_checked(conn))?;
        assert_eq!((ann.version, bob.version), (2, 2));
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!((&ann, &bob), (&Contact::ann(), &Contact::bob()));
    assert_eq!((stored(1, conn), stored(2, conn)), (ann, bob));
}

#[test]
fn an_inner_transaction_that_fails_leaves_the_outer_ones_saves_alone() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    rename(2, "Bobby", conn);
    transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        ann.save_checked(conn)?;
        let inner = transaction(conn, (&mut *ann, &mut *bob), |conn, (ann, bob)| {
            ann.save_checked(conn)?;
            bob.save_checked(conn)
        });
        expect::modified(inner, BOB, 1, 2);
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!((ann.version, bob.version), (2, 1));
    assert_eq!(stored(1, conn), ann);
    assert_eq!(stored(2, conn).name, "Bobby");
}

#[test]
fn two_conflicts_in_one_transaction_are_both_told_and_stop_nothing_else() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut contacts = [stored(1, conn), stored(2, conn)];
    rename(1, "Anna", conn);
    rename(2, "Bobby", conn);
    rename(2, "Robert", conn);
    transaction(conn, &mut contacts[..], |conn, contacts| {
        expect::modified(contacts[0].save_checked(conn), ANN, 1, 2);
        expect::modified(contacts[1].save_checked(conn), BOB, 1, 3);
        contacts[0] = Contact {
            name: "Ann B.".into(),
            ..stored(1, conn)
        };
        contacts[0].save_checked(conn)
    })
    .unwrap();
    assert_eq!(
        contacts[0],
        Contact {
            name: "Ann B.".into(),
            version: 3,
            ..Contact::ann()
        }
    );
    assert_eq!(contacts[1], Contact::bob());
    assert_eq!(stored(1, conn), contacts[0]);
    assert_eq!(stored(2, conn).name, "Robert");
}

#[test]
fn after_a_panic_no_transaction_is_open_and_the_connection_goes_on() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    expect::panic("in the inner body", || {
        transaction(conn, &mut ann, |conn, ann| {
            ann.save_checked(conn)?;
            transaction(conn, &mut *ann, |conn, ann| -> Result<(), Error> {
                ann.save_checked(conn)?;
                assert_eq!(depth(conn), Some(2));
                panic!("in the inner body")
            })
        })
    });
    assert_eq!(depth(conn), None);
    assert_eq!(ann, Contact::ann());
    assert_eq!(stored(1, conn), ann);
    // Seen by others, so nothing of the panicked transaction is left open.
    ann.save_checked(conn).unwrap();
    assert_eq!(stored(1, &mut scratch.connect()), ann);
}

/// Nothing of the transaction that panicked is open or stored, and memory is as it was.
fn assert_nothing_is_left(mut ann: Contact, scratch: &Scratch, conn: &mut Conn) {
    assert_eq!(depth(conn), None);
    assert_eq!(ann, Contact::ann());
    assert_eq!(stored(1, conn), ann);
    transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn)).unwrap();
    assert_eq!(stored(1, &mut scratch.connect()), ann);
}

/// A log of statements behind a `Mutex`, say, which the panic of the body has poisoned. A second panic in
/// a destructor would abort the process.
#[test]
fn an_instrumentation_that_panics_with_the_body_aborts_nothing() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    let is_poisoned = Arc::new(AtomicBool::new(false));
    let log = Arc::clone(&is_poisoned);
    conn.set_instrumentation(move |_: InstrumentationEvent<'_>| {
        assert!(!log.load(Relaxed), "no log");
    });
    expect::panic("in the body", || {
        transaction(conn, &mut ann, |conn, ann| -> Result<(), Error> {
            ann.save_checked(conn)?;
            is_poisoned.store(true, Relaxed);
            panic!("in the body")
        })
    });
    assert_nothing_is_left(ann, &scratch, conn);
}

/// Without either, a COMMIT could fail unseen, or be executed after its check has failed.
#[test]
fn of_two_statements_in_one_message_each_is_answered_and_the_second_waits_for_the_first() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (writes, fails) = (
        "UPDATE contacts SET name = 'Anna'",
        "UPDATE nowhere SET name = 'Anna'",
    );
    conn.batch_execute(&format!("{fails}; {writes}"))
        .unwrap_err();
    assert_eq!(stored(1, conn), Contact::ann());
    conn.batch_execute(&format!("{writes}; {fails}"))
        .unwrap_err();
}

#[test]
fn a_panic_of_the_instrumentation_at_the_commit_leaves_nothing_open() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    let mut has_panicked = false;
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let is_commit = matches!(event, InstrumentationEvent::StartQuery { query, .. } if query.to_string().contains("COMMIT"));
        if is_commit && !std::mem::replace(&mut has_panicked, true) {
            panic!("no log");
        }
    });
    expect::panic("no log", || {
        transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn))
    });
    assert_nothing_is_left(ann, &scratch, conn);
}

fn panic_in_diesels_transaction(conn: &mut Conn) {
    let _ = conn.transaction::<(), Error, _>(|_| panic!("inside"));
}

/// Diesel's transaction stays open after a panic in it.
#[test]
fn after_a_panic_in_diesels_transaction_inside_none_is_open() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut bob = stored(2, conn);
    let result = catch_unwind(AssertUnwindSafe(|| {
        transaction(conn, &mut bob, |conn, bob| {
            bob.save_checked(conn)?;
            panic_in_diesels_transaction(conn);
            Ok::<_, Error>(())
        })
    }));
    assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "inside");
    assert_eq!(depth(conn), None);
    assert_eq!(bob, Contact::bob());
    assert_eq!(stored(2, &mut scratch.connect()), bob);
}

/// What the body does after it has caught the panic is a part of the transaction that is still open
/// inside. Rolled back without a word, it would leave memory a version ahead.
#[test]
fn a_panic_in_diesels_transaction_that_is_caught_undoes_all() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut bob = stored(2, conn);
    let result = transaction(conn, &mut bob, |conn, bob| {
        rename(1, "Anna", conn);
        let inside = catch_unwind(AssertUnwindSafe(|| panic_in_diesels_transaction(conn)));
        assert!(inside.is_err());
        bob.name = "Bobby".into();
        bob.save_checked(conn)
    });
    let error = result.unwrap_err();
    assert!(matches!(error, Error::TransactionLeftOpen), "{error:?}");
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    assert_eq!(depth(conn), None);
    assert_eq!(bob, Contact::bob());
    let other = &mut scratch.connect();
    assert_eq!(stored(1, other), Contact::ann());
    assert_eq!(stored(2, other), Contact::bob());
}

#[test]
fn who_ends_the_transaction_inside_of_it_does_not_end_the_one_around_it() {
    type Manager = <Conn as Connection>::TransactionManager;
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut bob = stored(2, conn);
    conn.transaction::<_, Error, _>(|conn| {
        let result = transaction(conn, &mut bob, |conn, bob| {
            bob.save_checked(conn)?;
            Manager::rollback_transaction(conn).map_err(Error::from)
        });
        let error = result.unwrap_err();
        assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
        assert!(error.outcome_unknown(), "{error:?}");
        assert_eq!(depth(conn), Some(1));
        rename(1, "Anna", conn);
        Ok(())
    })
    .unwrap();
    assert_eq!(bob, Contact::bob());
    assert_eq!(stored(1, &mut scratch.connect()).name, "Anna");
}

#[test]
fn values_that_are_swapped_as_a_whole_are_put_back_where_they_were() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    let result = transaction(conn, (&mut ann, &mut bob), |conn, (mut a, mut b)| {
        std::mem::swap(&mut a, &mut b);
        std::mem::swap(a, b);
        a.save_checked(conn)?;
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!((ann, bob), (Contact::ann(), Contact::bob()));
}

/// Copied once, before the transaction, and never when it is put back.
#[derive(Debug)]
struct CopiedOnce {
    value: i32,
    is_copy: bool,
}

impl Clone for CopiedOnce {
    fn clone(&self) -> Self {
        assert!(!self.is_copy, "a copy was copied");
        Self {
            value: self.value,
            is_copy: true,
        }
    }
}

/// A `Clone` that panics would leave the rest as the body has left it.
#[test]
fn values_are_moved_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut values = [1, 2].map(|value| CopiedOnce {
        value,
        is_copy: false,
    });
    let result = transaction(conn, &mut values[..], |_, values| {
        values.iter_mut().for_each(|value| value.value += 10);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(values.map(|value| value.value), [1, 2]);
}

/// Panics when it is dropped as the body has left it.
#[derive(Debug, Clone)]
struct DroppedInPanic {
    value: i32,
}

impl Drop for DroppedInPanic {
    fn drop(&mut self) {
        if self.value == 11 {
            std::panic::panic_any("dropped");
        }
    }
}

#[test]
fn all_values_are_put_back_before_anything_is_dropped() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut fragile, mut ann) = (DroppedInPanic { value: 1 }, stored(1, conn));
    for (panics, first) in [(false, "dropped"), (true, "in the body")] {
        expect::panic(first, || {
            let values = (&mut fragile, &mut ann);
            transaction(conn, values, |conn, (fragile, ann)| {
                fragile.value += 10;
                ann.save_checked(conn)?;
                assert!(!panics, "in the body");
                Err::<(), _>(changed_my_mind())
            })
        });
        assert_eq!((fragile.value, &ann), (1, &Contact::ann()));
        assert_eq!(depth(conn), None);
        assert_eq!(stored(1, conn), ann);
    }
}

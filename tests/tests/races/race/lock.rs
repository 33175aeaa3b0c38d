//! A checked lock meets another writer.

use super::{Conn, SQL, Scratch, assert_transient, lookout, stored};
use crate::prelude::*;
use optlock::{Error, Found};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use std::cell::RefCell;

fn theirs() -> Contact {
    Contact {
        name: "Theirs".into(),
        ..Contact::ann()
    }
}

fn impatient(scratch: &Scratch) -> Conn {
    let mut conn = scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    conn
}

/// Who does not wait is told to try again, and succeeds when the transaction has ended.
#[test]
fn nobody_else_writes_before_the_end_of_the_transaction() {
    let scratch = Scratch::new();
    let (ours, other) = (&mut scratch.connect(), RefCell::new(impatient(&scratch)));
    let ann = stored(ours).unwrap();
    transaction(ours, (), |ours, ()| {
        let other = &mut *other.borrow_mut();
        ann.lock_checked(ours)?;
        for _ in 0..2 {
            assert_transient(&theirs().save_checked(other).unwrap_err());
            assert_transient(&theirs().touch_checked(other).unwrap_err());
            assert_transient(&theirs().delete_checked(other).unwrap_err());
            assert_transient(&theirs().force_save(other).unwrap_err());
            assert_transient(&theirs().force_delete(other).unwrap_err());
            ann.lock_checked(ours)?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    theirs().save_checked(&mut other.into_inner()).unwrap();
}

/// Who waits gets the row as the transaction left it.
#[test]
fn another_writer_waits_for_the_end_of_the_transaction() {
    let scratch = Scratch::new();
    let (mut ours, mut other) = (scratch.connect(), scratch.connect());
    let watch = Watch::on(&mut other);
    let wait_until_blocked = lookout(&mut other, &watch);
    let mut ann = stored(&mut ours).unwrap();
    let result = std::thread::scope(|scope| {
        let other = RefCell::new(Some(other));
        let waiting = transaction(&mut ours, &mut ann, |ours, ann| {
            ann.lock_checked(ours)?;
            let mut other = other.take().unwrap();
            let waiting = scope.spawn(move || theirs().save_checked(&mut other));
            wait_until_blocked();
            ann.name = "Ours".into();
            ann.save_checked(ours)?;
            Ok::<_, Error>(waiting)
        });
        waiting.unwrap().join().unwrap()
    });
    let Err(Error::ConcurrentModification(conflict)) = result else {
        panic!("{result:?}");
    };
    let found = Found::Modified { version: 2.into() };
    assert_eq!(
        (conflict.expected(), conflict.found()),
        (Some(&1.into()), &found)
    );
    assert_eq!(stored(&mut ours), Some(ann));
}

#[test]
fn two_locks_do_not_go_together() {
    let scratch = Scratch::new();
    transaction(&mut scratch.connect(), (), |ours, ()| {
        Contact::ann().lock_checked(ours)?;
        let other = &mut impatient(&scratch);
        let result = transaction(other, (), |other, ()| Contact::ann().lock_checked(other));
        assert_transient(&result.unwrap_err());
        Ok::<_, Error>(())
    })
    .unwrap();
}

/// Reading a row that is locked needs no lock.
#[test]
fn plain_reads_do_not_wait() {
    let scratch = Scratch::new();
    transaction(&mut scratch.connect(), (), |ours, ()| {
        Contact::ann().lock_checked(ours)?;
        let other = &mut impatient(&scratch);
        Contact::ann().check_current(other)?;
        assert_eq!(Contact::ann().load_current(other)?, Some(Contact::ann()));
        Ok::<_, Error>(())
    })
    .unwrap();
}

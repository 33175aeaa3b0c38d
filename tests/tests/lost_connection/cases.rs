//! The cases that hold on both servers.

use super::loss::*;
use super::writes::*;
use super::{CAPABILITIES, Conn, Scratch, connection_id, kill, wait_until_blocked};
use crate::prelude::*;
use optlock::backend::Database;
use optlock::retry::Policy;
use optlock::{Error, Found};
use optlock_tests::models::Contact;
use optlock_tests::proxy::Proxy;
use optlock_tests::schema::contacts;

#[test]
fn a_write_whose_answer_is_lost_has_landed() {
    for write in writes() {
        let scratch = Scratch::new();
        let (proxy, mut conn, _) = connect(&scratch);
        prepare(&write, &mut conn);
        let mut ann = edited();
        proxy.lose_answer("");
        let error = (write.run)(&mut ann, &mut conn).unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
        assert_unknown(&error);
        assert_eq!(ann, edited());
        wait_until_stored(write.leaves.map(|row| row()), &scratch);
    }
}

#[test]
fn a_write_that_never_arrives_gives_the_same_error() {
    for write in writes() {
        let scratch = Scratch::new();
        let (proxy, mut conn, id) = connect(&scratch);
        prepare(&write, &mut conn);
        let mut ann = edited();
        proxy.lose_request("");
        let error = (write.run)(&mut ann, &mut conn).unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
        assert_unknown(&error);
        assert_eq!(ann, edited());
        assert_unchanged(id, &scratch);
    }
}

#[test]
fn a_write_that_waits_for_a_lock_lands_after_its_client_was_told_of_the_loss() {
    for write in writes() {
        let scratch = Scratch::new();
        let (proxy, mut conn, id) = connect(&scratch);
        let mut holder = scratch.connect();
        holder.begin_test_transaction().unwrap();
        lock(&mut holder);
        let mut ann = edited();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (write.run)(&mut ann, &mut conn));
            wait_until_blocked(id);
            proxy.lose();
            assert_unknown(&writer.join().unwrap().unwrap_err());
        });
        assert_eq!(ann, edited());
        assert_eq!(stored(&scratch), Some(Contact::ann()));
        drop(holder);
        wait_until_stored(write.leaves.map(|row| row()), &scratch);
    }
}

#[test]
fn a_loss_after_a_write_that_hit_no_row_is_a_conflict_with_an_unknown_row() {
    for write in checked_writes() {
        let scratch = Scratch::new();
        let (proxy, mut conn, id) = connect(&scratch);
        let mut stale = Contact {
            version: 7,
            ..edited()
        };
        proxy.lose_request("SELECT");
        let error = (write.run)(&mut stale, &mut conn).unwrap_err();
        let Error::ConcurrentModification(conflict) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*conflict.found(), Found::Unknown);
        assert!(
            error.is_conflict() && !error.outcome_unknown() && !error.is_transient(),
            "{error:?}"
        );
        assert_eq!(stale.version, 7);
        assert_unchanged(id, &scratch);
    }
}

#[test]
fn a_read_that_loses_the_connection_says_that_nothing_has_landed() {
    type Read = fn(&mut Contact, &mut Conn) -> Result<(), Error>;
    let reads: [Read; 4] = [
        |ann, conn| ann.check_current(conn),
        |ann, conn| ann.load_current(conn).map(drop),
        |ann, conn| ann.refresh(conn).map(drop),
        |ann, conn| ann.force_save(conn), // reads first
    ];
    for read in reads {
        let scratch = Scratch::new();
        let (proxy, mut conn, id) = connect(&scratch);
        let mut ann = edited();
        proxy.lose_request("SELECT");
        assert_nothing_landed(&read(&mut ann, &mut conn).unwrap_err());
        assert_eq!(ann, edited());
        assert_unchanged(id, &scratch);
    }
}

#[test]
fn a_forced_save_whose_write_is_lost_may_have_landed() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    let mut ann = edited();
    proxy.lose_request("UPDATE");
    let error = ann.force_save(&mut conn).unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
    assert_eq!(ann, edited());
    assert_unchanged(id, &scratch);
}

#[test]
fn a_commit_whose_answer_is_lost_has_landed() {
    for write in parts() {
        let scratch = Scratch::new();
        let (proxy, mut conn, _) = connect(&scratch);
        let mut ann = edited();
        proxy.lose_answer("COMMIT");
        let error =
            transaction(&mut conn, &mut ann, |conn, ann| (write.run)(ann, conn)).unwrap_err();
        assert_unknown(&error);
        assert_eq!(ann, edited());
        wait_until_stored(write.leaves.map(|row| row()), &scratch);
    }
}

#[test]
fn a_commit_that_never_arrives_gives_the_same_error() {
    for write in parts() {
        let scratch = Scratch::new();
        let (proxy, mut conn, id) = connect(&scratch);
        let mut ann = edited();
        proxy.lose_request("COMMIT");
        let error =
            transaction(&mut conn, &mut ann, |conn, ann| (write.run)(ann, conn)).unwrap_err();
        assert_unknown(&error);
        assert_eq!(ann, edited());
        assert_unchanged(id, &scratch);
    }
}

#[test]
fn the_commit_of_a_write_with_a_transaction_of_its_own_is_told_alike() {
    for write in transactions() {
        let scratch = Scratch::new();
        let (proxy, mut conn, _) = connect(&scratch);
        let mut ann = edited();
        proxy.lose_answer("COMMIT");
        assert_unknown(&(write.run)(&mut ann, &mut conn).unwrap_err());
        assert_eq!(ann, edited());
        wait_until_stored(write.leaves.map(|row| row()), &scratch);
    }
}

#[test]
fn a_write_with_a_transaction_of_its_own_that_is_lost_before_the_commit_has_not_landed() {
    for write in transactions() {
        for request in ["BEGIN", "SELECT", write_verb(&write)] {
            let scratch = Scratch::new();
            let (proxy, mut conn, id) = connect(&scratch);
            let mut ann = edited();
            proxy.lose_request(request);
            assert_nothing_landed(&(write.run)(&mut ann, &mut conn).unwrap_err());
            assert_eq!(ann, edited());
            assert_unchanged(id, &scratch);
        }
    }
}

/// Not even if the user's `when` would.
#[test]
fn a_retry_never_repeats_a_commit_that_may_have_landed() {
    let scratch = Scratch::new();
    for lose in [Proxy::lose_answer, Proxy::lose_request] {
        let (proxy, mut conn, id) = connect(&scratch);
        lose(&proxy, "COMMIT");
        let policy = Policy::new().when(|_: &Error| true);
        let error = retry(policy, &mut conn, |conn| {
            let mut ann = contacts::table
                .find(1)
                .select(Contact::as_select())
                .first::<Contact>(conn)?;
            ann.save_checked(conn)
        })
        .unwrap_err();
        assert_eq!(error.attempts(), 1);
        assert_unknown(error.last());
        wait_until_gone(id);
    }
    // The first one has landed, once.
    assert_eq!(stored(&scratch).unwrap().version, 2);
}

#[test]
fn a_commit_of_diesels_own_transaction_is_told_alike() {
    let scratch = Scratch::new();
    let (proxy, mut conn, _) = connect(&scratch);
    proxy.lose_answer("COMMIT");
    let error = conn
        .transaction(|conn| edited().save_checked(conn))
        .unwrap_err();
    assert_unknown(&error);
    wait_until_stored(Some(saved()), &scratch);
}

#[test]
fn a_connection_killed_while_a_write_in_a_transaction_waits_has_written_nothing() {
    for write in parts() {
        let scratch = Scratch::new();
        let mut conn = scratch.connect();
        let id = connection_id(&mut conn);
        let mut holder = scratch.connect();
        holder.begin_test_transaction().unwrap();
        lock(&mut holder);
        let mut ann = edited();
        std::thread::scope(|scope| {
            let writer = scope
                .spawn(|| transaction(&mut conn, &mut ann, |conn, ann| (write.run)(ann, conn)));
            wait_until_blocked(id);
            kill(id);
            assert_nothing_landed(&writer.join().unwrap().unwrap_err());
        });
        assert_eq!(ann, edited());
        drop(holder);
        assert_unchanged(id, &scratch);
    }
}

#[test]
fn a_connection_killed_between_two_writes_has_written_nothing() {
    for write in parts() {
        let scratch = Scratch::new();
        let mut conn = scratch.connect();
        let id = connection_id(&mut conn);
        let mut values = (edited(), Contact::bob());
        let (ann, bob) = (&mut values.0, &mut values.1);
        let result = transaction(&mut conn, (ann, bob), |conn, (ann, bob)| {
            (write.run)(ann, conn)?;
            kill(id);
            wait_until_gone(id);
            (write.run)(bob, conn)
        });
        assert_nothing_landed(&result.unwrap_err());
        assert_eq!(values, (edited(), Contact::bob()));
        assert_unchanged(id, &scratch);
    }
}

/// On PostgreSQL the message with the COMMIT is the first to meet it, and might have come through. On MySQL and MariaDB that is
/// the RELEASE before it.
#[test]
fn a_transaction_killed_before_its_commit_may_have_landed_if_the_commit_was_sent() {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    let id = connection_id(&mut conn);
    let mut ann = edited();
    let result = transaction(&mut conn, &mut ann, |conn, ann| {
        save_and_be_killed(ann, id, conn)
    });
    let error = result.unwrap_err();
    if CAPABILITIES.database == Database::Postgres {
        assert_unknown(&error);
    } else {
        assert_nothing_landed(&error);
    }
    assert_eq!(ann, edited());
    assert_unchanged(id, &scratch);
}

#[test]
fn diesels_own_transaction_killed_before_its_commit_may_have_landed_for_all_it_knows() {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    let id = connection_id(&mut conn);
    let result = conn.transaction(|conn| save_and_be_killed(&mut edited(), id, conn));
    assert_unknown(&result.unwrap_err());
    assert_unchanged(id, &scratch);
}

fn save_and_be_killed(ann: &mut Contact, id: i64, conn: &mut Conn) -> Result<(), Error> {
    ann.save_checked(conn)?;
    kill(id);
    wait_until_gone(id);
    Ok(())
}

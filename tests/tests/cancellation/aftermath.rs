//! What a dropped operation may leave.

use super::operations::{Kind, Memory};
use super::witness::{PROBE, Rows, STALE, Witness, row};
use super::{LOSES_STEP, Waiting};
use crate::cut::Cut;
use diesel_async::{AsyncConnection, TransactionManager};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::{retry, transaction};
use optlock::retry::Policy;
use optlock::{Error, Found, Tracked};
use optlock_tests::models::{Contact, Legacy};

/// What is left of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// The next statement gives the true answer.
    InStep,
    /// Nothing is sent any more.
    Refused,
    /// One of them.
    Either,
}

/// What must be left of the connection.
pub(super) fn left(kind: Kind, cut: Cut) -> Left {
    match kind {
        // Nothing was sent.
        _ if cut.polls == 0 => Left::InStep,
        Kind::Single | Kind::Each if !LOSES_STEP => Left::InStep,
        Kind::Single | Kind::Each | Kind::Transaction => Left::Refused,
        Kind::Any => Left::Either,
    }
}

/// Would a pool discard the connection?
pub(super) fn is_broken<C: AsyncConnection>(conn: &mut C) -> bool {
    C::TransactionManager::is_broken_transaction_manager(conn)
}

/// The connection tells the truth.
pub(super) async fn assert_in_step(conn: &mut Waiting, witness: &mut Witness) {
    let mut stale = Contact {
        version: 99,
        ..row(STALE)
    };
    for _ in 0..2 {
        assert_conflict(stale.save_checked(conn).await, &older(1));
    }
    let mut probe = witness.row(PROBE).unwrap();
    let version = probe.version;
    probe.phone = Some("probe".into());
    probe.save_checked(conn).await.unwrap();
    assert_eq!(probe.version, version + 1);
    assert_eq!(witness.row(PROBE), Some(probe.clone()));
    let loaded = probe.load_current(conn).await.unwrap();
    assert_eq!(loaded, Some(probe));
    assert_eq!(witness.row(STALE), Some(row(STALE)));
}

/// Nothing is sent through the connection, and each error says so.
pub(super) async fn assert_refused(conn: &mut Waiting, witness: &mut Witness) {
    let before = witness.row(PROBE);
    let mut probe = row(PROBE);
    assert_broken(probe.save_checked(conn).await);
    assert_broken(probe.load_current(conn).await);
    let body = async |conn: &mut Waiting, probe: &mut Contact| probe.save_checked(conn).await;
    assert_broken(transaction(conn, &mut probe, body).await);
    let body = async |conn: &mut Waiting| row(PROBE).save_checked(conn).await;
    let retried = retry(Policy::new(), conn, body).await.unwrap_err();
    assert_eq!(retried.attempts(), 1);
    assert_broken(Err::<(), _>(retried.into_last()));
    assert_eq!(probe, row(PROBE));
    assert_eq!(witness.row(PROBE), before);
}

pub(super) fn assert_broken<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::ConnectionBroken), "{error:?}");
}

/// Memory is as it was, or, of values that are saved each by itself, as the row.
pub(super) fn assert_memory(memory: &Memory, kind: Kind, witness: &mut Witness) {
    let mut expected = Memory::new();
    if kind == Kind::Each {
        for (value, expected) in memory.both.iter().zip(&mut expected.both) {
            if value.version != expected.version {
                *expected = witness.row(value.id).unwrap();
            }
        }
    }
    assert_eq!(memory, &expected);
}

/// The rows are as they were, or as the operation leaves them when it comes to its end.
pub(super) fn assert_rows(rows: &Rows, before: &Rows, after: &Rows, kind: Kind) {
    let is_one_of_both = if kind == Kind::Each {
        (0..2).all(|i| rows[i] == before[i] || rows[i] == after[i])
    } else {
        rows == before || rows == after
    };
    assert!(is_one_of_both, "{rows:?}, was {before:?}");
}

/// The next save of each value succeeds if its row is as the value expects, and is a conflict else: with one's
/// own write, if the dropped one has landed.
pub(super) async fn assert_next_save(memory: Memory, conn: &mut Waiting, witness: &mut Witness) {
    let Memory {
        both,
        tracked,
        legacy,
    } = memory;
    next_save_unchanged(legacy, conn, witness).await;
    for mut value in both.into_iter().chain([tracked.into_inner()]) {
        let found = witness.row(value.id);
        let saved = value.save_checked(conn).await;
        match found {
            None => assert_conflict(saved, &Found::Missing),
            Some(row) if row.version == value.version - i64::from(saved.is_ok()) => {
                saved.unwrap();
                assert_eq!(witness.row(value.id), Some(value));
            }
            Some(row) => assert_conflict(saved, &modified(row.version)),
        }
    }
}

async fn next_save_unchanged(
    mut legacy: Tracked<Legacy>,
    conn: &mut Waiting,
    witness: &mut Witness,
) {
    let found = witness.row(legacy.id).map(|row| Legacy {
        id: row.id,
        name: row.name,
        phone: row.phone,
    });
    let is_as_loaded = found.as_ref() == Some(legacy.base());
    let saved = legacy.save_unchanged(conn).await;
    match (saved, found) {
        (Ok(_), Some(_)) if is_as_loaded => {}
        (Err(Error::ConcurrentModification(conflict)), found) if !is_as_loaded => {
            let is_missing = matches!(conflict.found(), Found::Missing);
            assert_eq!(is_missing, found.is_none());
        }
        (saved, found) => panic!("{saved:?}, and the row is {found:?}"),
    }
}

pub(super) fn modified(version: i64) -> Found {
    Found::Modified {
        version: version.into(),
    }
}

pub(super) fn older(version: i64) -> Found {
    Found::Older {
        version: version.into(),
    }
}

pub(super) fn assert_conflict(saved: Result<(), Error>, found: &Found) {
    match saved {
        Err(Error::ConcurrentModification(conflict)) => assert_eq!(conflict.found(), found),
        other => panic!("{other:?}, but {found:?} is there"),
    }
}

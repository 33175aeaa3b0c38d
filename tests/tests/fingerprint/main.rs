//! Fingerprints: what the derive covers, and `save_if_unchanged` on each database, on blocking and on
//! async connections. The texts themselves are tested in `optlock/src/fingerprint/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on every database

mod derive;

#[path = "."]
mod sqlite {
    use optlock_tests::prelude;
    use optlock_tests::sqlite::*;

    mod races;
    mod saves;
    mod unguarded;
    mod unversioned;
}

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;
    use optlock_tests::prelude;

    mod policies;
    mod races;
    mod saves;
    mod unguarded;
    mod unversioned;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;
    use optlock_tests::prelude;

    mod races;
    mod saves;
    mod unguarded;
    mod unversioned;
}

#[path = "."]
mod async_sqlite {
    use optlock_tests::blocking::prelude;
    use optlock_tests::blocking::sqlite::*;

    mod races;
    mod saves;
    mod unguarded;
    mod unversioned;
}

#[path = "."]
mod async_postgres {
    use optlock_tests::blocking::postgres::*;
    use optlock_tests::blocking::prelude;

    mod policies;
    mod races;
    mod saves;
    mod unguarded;
    mod unversioned;
}

#[path = "."]
mod async_mysql {
    use optlock_tests::blocking::mysql::*;
    use optlock_tests::blocking::prelude;

    mod races;
    mod saves;
    mod unguarded;
    mod unversioned;
}

use optlock::seal::{Keys, Seal};
use optlock::{Error, SealError};
use std::fmt::Debug;

fn keys() -> Keys {
    Keys::new([7; 32]).unwrap()
}

fn editing(keys: &Keys) -> Seal<'_> {
    keys.purpose("edit").session("ann").unwrap()
}

/// The parts that have changed, by name, and nothing else is wrong.
#[track_caller]
fn changed<T: Debug>(result: Result<T, Error>, parts: &[&str]) {
    let error = result.unwrap_err();
    assert!(error.is_conflict() && !error.is_missing() && !error.is_transient());
    assert!(!optlock::retry::is_retryable(&error));
    let Error::PageChanged(changed) = error else {
        panic!("the page has changed: {error:?}");
    };
    let names = changed.parts().iter().map(|part| match part.table() {
        Some(table) => format!("{table} {}.{}", part.key().unwrap(), part.name()),
        None => part.name().to_owned(),
    });
    assert_eq!(names.collect::<Vec<_>>(), parts);
    assert_eq!(changed.gone(), 0);
}

#[track_caller]
fn refused<T: Debug>(result: Result<T, Error>, why: SealError) {
    match result {
        Err(Error::Seal(error)) => assert_eq!(error, why),
        other => panic!("it should be refused: {other:?}"),
    }
}

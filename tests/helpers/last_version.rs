//! The last version of a column.

use super::expect::{self, Row};
use crate::Conn;
use crate::prelude::*;
use optlock::{Error, VersionToken};
use optlock_tests::prepared::Watch;
use std::fmt::{Debug, Display};

/// A save at the last version but one works; after it, a save sends nothing and says why.
pub(crate) fn expect_last_version<M>(
    mut model: M,
    (table, key): Row,
    last: M::Version,
    conn: &mut Conn,
) where
    M: Versioned<Version: Debug> + methods::Save<Conn> + Clone + PartialEq + Debug,
{
    model.save_checked(conn).unwrap();
    assert_eq!(*model.version(), last);

    let before = model.clone();
    let watch = Watch::on(conn);
    let error = model.save_checked(conn).unwrap_err();
    assert_eq!(watch.take_sent(), [""; 0]);
    assert_eq!(model, before);

    expect_exhausted(Err::<(), _>(error), (table, key), last.describe());
}

/// There is no version after the last one.
#[track_caller]
pub(crate) fn expect_exhausted<T: Debug>(result: Result<T, Error>, row: Row, last: impl Display) {
    let error = result.unwrap_err();
    let message = format!("cannot be written: no version follows {last}");
    expect::says(&error, row, &message);
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    let Error::VersionExhausted {
        table,
        key,
        version,
        ..
    } = error
    else {
        panic!("not exhausted: {error:?}");
    };
    assert_eq!(
        ((table, key.as_str()), version),
        (row, expect::version(last))
    );
}

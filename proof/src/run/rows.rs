//! Reads the rows while no client writes: what an epoch begins with, and what it ends with.

use crate::clients::{AnySession, Connector, KEYS, Model, Numbered, Operates, Timed, Unique};
use crate::history::{Contents, Row};
use crate::servers::Failure;

/// All rows that are there, each read under a lock.
pub(super) fn read(connector: &Connector) -> Result<Vec<(Row, Contents)>, Failure> {
    let mut session = connector.connect()?;
    let mut rows = Vec::new();
    read_table::<Numbered>(&mut *session, &mut rows)?;
    read_table::<Unique>(&mut *session, &mut rows)?;
    read_table::<Timed>(&mut *session, &mut rows)?;
    Ok(rows)
}

fn read_table<M: Model>(
    session: &mut AnySession,
    rows: &mut Vec<(Row, Contents)>,
) -> Result<(), Failure>
where
    AnySession: Operates<M>,
{
    for key in 1..=KEYS {
        let loaded: Option<M> = session.load(key).map_err(failed)?;
        if let Some(value) = loaded {
            // It fails if the row has another version by now.
            session.lock(&value).map_err(failed)?;
            rows.push((value.row(), value.contents()));
        }
    }
    Ok(())
}

fn failed(failure: impl std::fmt::Debug) -> Failure {
    format!("the rows cannot be read although no client is there: {failure:?}").into()
}

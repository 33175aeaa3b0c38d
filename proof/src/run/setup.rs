//! Makes the tables of a run.

use crate::clients::{AnySession, Connector, create_ballast, create_tables};
use crate::servers::{Database, Failure};

/// The tables of clients, and optlock's own of leases.
///
/// Does a file have a log that is written ahead, instead of a journal? They lock in other ways.
pub(super) fn create(connector: &Connector, writes_ahead: bool) -> Result<(), Failure> {
    let mut session = connector.connect()?;
    let time = match connector.database {
        Database::Mariadb => "DATETIME(6)",
        Database::Sqlite | Database::Postgres => "TIMESTAMP",
    };
    if connector.database == Database::Sqlite && writes_ahead {
        execute(&mut *session, "PRAGMA journal_mode = WAL")?;
    }
    let ballast = match connector.database {
        Database::Sqlite => create_ballast(),
        Database::Postgres | Database::Mariadb => Vec::new(),
    };
    for sql in create_tables(time).into_iter().chain(ballast) {
        execute(&mut *session, &sql)?;
    }
    session
        .create_leases()
        .map_err(|failure| format!("{failure:?}"))?;
    Ok(())
}

/// Forgets the leases of the clients of an epoch. Those that were acquired while a clock was wrong could last for hours.
pub(super) fn forget_leases(connector: &Connector) -> Result<(), Failure> {
    let mut session = connector.connect()?;
    execute(&mut *session, "DELETE FROM optlock_leases")?;
    if connector.database == Database::Sqlite {
        execute(&mut *session, "DELETE FROM ballast")?;
    }
    Ok(())
}

fn execute(session: &mut AnySession, sql: &str) -> Result<(), Failure> {
    session
        .execute(sql)
        .map_err(|failure| format!("{sql}: {failure:?}").into())
}

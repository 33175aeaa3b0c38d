//! The sessions of a server, as it shows them.

use super::{Failure, Server};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::time::{Duration, Instant};

/// A connection that looks at the others, and ends them.
enum Admin {
    Postgres(PgConnection),
    Mariadb(MysqlConnection),
}

impl Admin {
    /// `None` for a file, which has no sessions.
    fn of(server: &Server) -> Result<Option<Self>, Failure> {
        let url = server.url(None);
        Ok(match server {
            Server::Sqlite(_) => None,
            Server::Postgres(_) => Some(Self::Postgres(PgConnection::establish(&url)?)),
            Server::Mariadb(_) => Some(Self::Mariadb(MysqlConnection::establish(&url)?)),
        })
    }

    fn others(&mut self) -> QueryResult<Vec<i64>> {
        match self {
            Self::Postgres(conn) => sql::<BigInt>(
                "SELECT pid::bigint FROM pg_stat_activity \
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY 1",
            )
            .load(conn),
            Self::Mariadb(conn) => sql::<BigInt>(
                "SELECT CAST(id AS SIGNED) FROM information_schema.PROCESSLIST \
                 WHERE user <> 'system user' AND id <> CONNECTION_ID() ORDER BY 1",
            )
            .load(conn),
        }
    }

    /// It may have ended by itself.
    fn end(&mut self, id: i64) {
        let _ = match self {
            Self::Postgres(conn) => {
                diesel::sql_query(format!("SELECT pg_terminate_backend({id}::int)")).execute(conn)
            }
            Self::Mariadb(conn) => diesel::sql_query(format!("KILL {id}")).execute(conn),
        };
    }
}

/// Ends those sessions that `chosen` picks, and returns how many there were.
pub fn end_some(server: &Server, mut chosen: impl FnMut() -> bool) -> Result<usize, Failure> {
    let Some(mut admin) = Admin::of(server)? else {
        return Ok(0);
    };
    let mut ended = 0;
    for id in admin.others()? {
        if chosen() {
            admin.end(id);
            ended += 1;
        }
    }
    Ok(ended)
}

/// Ends all sessions, and waits until the server shows none of them.
pub fn end_all(server: &Server) -> Result<(), Failure> {
    let Some(mut admin) = Admin::of(server)? else {
        return Ok(());
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let others = admin.others()?;
        if others.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("{} sessions do not end", others.len()).into());
        }
        for id in others {
            admin.end(id);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

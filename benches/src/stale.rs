//! Which stale writes a client refuses.

use crate::contacts;
use crate::ways::Way;
use diesel::connection::SimpleConnection;
use tokio::runtime::Runtime;

/// What another client did to the row since it was read.
pub(crate) struct Stale {
    pub(crate) name: &'static str,
    /// Its statements.
    sql: &'static str,
}

pub(crate) const KINDS: [Stale; 3] = [
    Stale {
        name: "changed",
        sql: "UPDATE optlock_bench SET name = 'theirs', version = version + 1 WHERE id = 0",
    },
    Stale {
        name: "changed back",
        sql: "UPDATE optlock_bench SET name = 'theirs', version = version + 1 WHERE id = 0;
              UPDATE optlock_bench SET name = 'contact 0', version = version + 1 WHERE id = 0",
    },
    Stale {
        name: "deleted",
        sql: "DELETE FROM optlock_bench WHERE id = 0",
    },
];

/// Provokes each kind, and returns whether the client refused to save.
pub(crate) fn refused(
    way: &mut Way,
    conn: &mut impl SimpleConnection,
    runtime: &Runtime,
) -> [bool; 3] {
    KINDS.map(|kind| {
        let read = &mut contacts::some(1)[0];
        contacts::reset(conn, std::slice::from_ref(read)).unwrap();
        conn.batch_execute(kind.sql).unwrap();
        read.name = "mine".to_owned();
        runtime.block_on(way.client.is_refused(read))
    })
}

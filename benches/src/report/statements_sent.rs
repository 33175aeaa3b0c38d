//! How many statements a conflict costs.

use super::markdown::line;
use crate::contacts::{self, Contact};
use crate::servers::Databases;
use diesel::connection::{Connection, InstrumentationEvent};
use optlock::methods;
use optlock::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows of the batch, all of them in conflict.
const CONFLICTS: usize = 10;

/// A conflict may cost one statement more than a save; and a batch with any number of conflicts, one more than without.
const MORE: usize = 1;

pub(super) fn markdown(databases: &mut Databases) -> String {
    let mut lines =
        String::from("\nStatements, without those that begin and end a transaction:\n\n");
    lines += &line([
        "database",
        "save",
        "conflict",
        "",
        "batch of 10",
        "10 conflicts",
        "",
    ]);
    lines += &line(["---"; 7]);
    if let Some(near) = databases.postgres.first_mut() {
        lines += &row("PostgreSQL", &mut near.conn);
    }
    if let Some(near) = databases.mariadb.first_mut() {
        lines += &row("MariaDB", &mut near.conn);
    }
    lines += &row("SQLite", &mut databases.sqlite.conn);
    lines
}

fn row<C>(database: &str, conn: &mut C) -> String
where
    C: Connection,
    Contact: methods::Save<C> + methods::SaveAll<C>,
{
    contacts::create(conn).unwrap();
    let counter = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&counter);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            let ends = [
                "BEGIN",
                "COMMIT",
                "ROLLBACK",
                "SAVEPOINT",
                "RELEASE",
                "START",
            ];
            if !ends.iter().any(|end| query.starts_with(end)) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let contacts = &mut contacts::some(CONFLICTS);
    let mut sent = |work: &mut dyn FnMut(&mut [Contact], &mut C)| {
        counter.store(0, Ordering::Relaxed);
        work(contacts, conn);
        counter.load(Ordering::Relaxed)
    };
    let [save, batch] = [
        sent(&mut |contacts, conn| contacts[0].save_checked(conn).unwrap()),
        sent(&mut |contacts, conn| contacts.save_all_checked(conn).unwrap()),
    ];
    let [conflict, conflicts] = [
        sent(&mut |contacts, conn| {
            make_stale(contacts);
            assert!(contacts[0].save_checked(conn).unwrap_err().is_conflict());
        }),
        sent(&mut |contacts, conn| {
            assert!(contacts.save_all_checked(conn).unwrap_err().is_conflict());
        }),
    ];
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    contacts::drop(conn).unwrap();
    let holds = |more| if more { "holds" } else { "**missed**" };
    line([
        database,
        &save.to_string(),
        &conflict.to_string(),
        holds(conflict <= save + MORE),
        &batch.to_string(),
        &conflicts.to_string(),
        holds(conflicts <= batch + MORE),
    ])
}

fn make_stale(contacts: &mut [Contact]) {
    for contact in contacts {
        contact.version -= 1;
    }
}

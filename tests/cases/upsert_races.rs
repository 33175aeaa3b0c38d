//! Many clients insert, save and delete one row at once.

use crate::prelude::*;
use crate::{CAPABILITIES, Conn, SQL, Scratch};
use optlock::{Error, Found, Unstored as _, Upserted, UuidBytes};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

const CLIENTS: usize = 8;

/// Upserts, as often as the database says that another client was in the way.
fn upsert(contact: &mut Contact, conn: &mut Conn) -> Result<Upserted, Error> {
    loop {
        match contact.upsert_checked(conn) {
            // Where the whole database is locked, another client may be in the way for too long.
            Err(error) if error.is_transient() && !error.is_conflict() => {}
            result => return result,
        }
    }
}

/// Exactly one of them is told that it has, and the row is its own.
#[test]
fn one_of_many_clients_inserts_a_row() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut clients = [(); CLIENTS].map(|()| scratch.connect());
    for round in 0..CAPABILITIES.rounds {
        let start = &Barrier::new(CLIENTS);
        let results = thread::scope(|scope| {
            let running = clients.iter_mut().enumerate().map(|(client, conn)| {
                scope.spawn(move || {
                    let mut mine = Contact {
                        id: 3,
                        name: format!("client {client}"),
                        phone: None,
                        version: 0,
                    };
                    start.wait();
                    (upsert(&mut mine, conn), mine)
                })
            });
            let running: Vec<_> = running.collect();
            let results = running.into_iter().map(|client| client.join().unwrap());
            results.collect::<Vec<_>>()
        });
        let row = contacts::table.find(3).select(Contact::as_select());
        let row = row.first(conn).unwrap();
        let (won, lost): (Vec<_>, Vec<_>) =
            results.into_iter().partition(|(result, _)| result.is_ok());
        assert!(
            matches!(&won[..], [(Ok(Upserted::Inserted), mine)] if *mine == row),
            "round {round}: {won:?}, {row:?}"
        );
        for (result, mine) in lost {
            let Err(Error::ConcurrentModification(conflict)) = result else {
                panic!("round {round}: {result:?}")
            };
            let found = Found::Exists { version: 1.into() };
            assert_eq!((conflict.found(), mine.version), (&found, 0));
        }
        diesel::delete(contacts::table.find(3))
            .execute(conn)
            .unwrap();
    }
}

diesel::table! {
    tallies {
        id -> Integer,
        value -> Integer,
        version -> Binary,
    }
}

/// Its versions never come back, not even when its row is deleted and inserted again.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset, Versioned,
)]
#[diesel(table_name = tallies, treat_none_as_default_value = false)]
struct Tally {
    id: i32,
    value: i32,
    version: UuidBytes,
}

/// What the clients have done to the one row.
#[derive(Debug, Default)]
struct Done {
    inserted: AtomicI64,
    deleted: AtomicI64,
    /// What was counted in rows that were deleted.
    buried: AtomicI64,
    counted: AtomicI64,
}

impl Done {
    fn add(&self, other: &Self) {
        for (count, more) in self.counts().into_iter().zip(other.counts()) {
            count.fetch_add(more.load(Ordering::SeqCst), Ordering::SeqCst);
        }
    }

    fn counts(&self) -> [&AtomicI64; 4] {
        [&self.inserted, &self.deleted, &self.buried, &self.counted]
    }
}

fn find(conn: &mut Conn) -> QueryResult<Option<Tally>> {
    let row = tallies::table.find(1).select(Tally::as_select());
    row.first(conn).optional()
}

/// Counts the row up, or inserts it if there is none; or deletes it.
fn step(nth: usize, done: &Done, conn: &mut Conn) -> Result<(), Error> {
    let loaded = find(conn)?;
    let is_new = loaded.is_none();
    let mut tally = loaded.unwrap_or(Tally {
        id: 1,
        value: 0,
        version: UuidBytes::unstored(),
    });
    if nth % 3 == 0 && !is_new {
        tally.delete_checked(conn)?;
        done.deleted.fetch_add(1, Ordering::SeqCst);
        done.buried.fetch_add(tally.value.into(), Ordering::SeqCst);
        return Ok(());
    }
    tally.value += 1;
    let upserted = tally.upsert_checked(conn)?;
    assert_eq!(upserted == Upserted::Inserted, is_new);
    if is_new {
        done.inserted.fetch_add(1, Ordering::SeqCst);
    }
    done.counted.fetch_add(1, Ordering::SeqCst);
    Ok(())
}

/// Each row that was inserted was deleted once, or is there, and each increment was in one of them: nothing was
/// overwritten unseen, and no row came back.
fn each_increment_counts(step: impl Fn(usize, &Done, &mut Conn) -> Result<(), Error> + Sync) {
    const STEPS: usize = 400;
    let scratch = &Scratch::new();
    let table = format!(
        "CREATE TABLE tallies (id INTEGER NOT NULL PRIMARY KEY, value INTEGER NOT NULL, version {} NOT NULL)",
        SQL.uuid_bytes
    );
    scratch.connect().batch_execute(&table).unwrap();
    let done = &Done::default();
    let step = &step;
    thread::scope(|scope| {
        for client in 0..4 {
            scope.spawn(move || {
                let conn = &mut scratch.connect();
                for nth in 0..STEPS {
                    if let Err(error) = step(client + nth, done, conn) {
                        assert!(error.is_conflict() || error.is_transient(), "{error:?}");
                    }
                }
            });
        }
    });
    let left = find(&mut scratch.connect()).unwrap();
    let [inserted, deleted, buried, counted] =
        done.counts().map(|count| count.load(Ordering::SeqCst));
    assert_eq!(inserted - deleted, i64::from(left.is_some()), "{done:?}");
    let in_the_row = left.map_or(0, |row| row.value.into());
    assert_eq!(counted, buried + in_the_row, "{done:?}");
    assert!(inserted > 1 && deleted > 1, "{done:?}");
}

#[test]
fn of_upserts_and_deletes_each_counts_once() {
    each_increment_counts(step);
}

#[test]
fn of_upserts_and_deletes_in_transactions_each_counts_once() {
    each_increment_counts(|nth, done, conn| {
        let committed = Done::default();
        transaction(conn, (), |conn, ()| step(nth, &committed, conn))?;
        done.add(&committed);
        Ok(())
    });
}

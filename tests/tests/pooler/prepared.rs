//! Where the pooler keeps the prepared statements of its clients apart.

use super::prelude::*;
use super::{Conn, Scratch};
use crate::{ROUNDS, insert_twins, row, stored, twin};
use optlock::retry::Policy;
use optlock::{Error, Found};
use optlock_tests::capabilities::require;
use optlock_tests::models::{Contact, Counter, Twin};
use optlock_tests::schema::{contacts, counters};
use std::time::Duration;

fn changed(twin: Twin) -> Twin {
    Twin {
        name: "changed".into(),
        ..twin
    }
}

#[test]
fn a_client_runs_its_own_statement_on_the_server_connection_of_another() {
    let scratch = Scratch::new();
    let Some(url) = require(scratch.prepared_url()) else {
        return;
    };
    insert_twins(&[1], &scratch);
    let connect = || Conn::establish(&url).unwrap();
    let (mut one, mut other) = (connect(), connect());
    let (mut ann, mut mine) = (Contact::ann(), twin(1));
    for _ in 0..2 {
        one.transaction(|conn| {
            // `one` has a server connection for itself, so `other` gets another one.
            mine.save_checked(&mut other)?;
            ann.save_checked(conn)
        })
        .unwrap();
    }
    // The pooler hands out the connection that was used last: `one`'s.
    mine.name = "of the twin".into();
    mine.save_checked(&mut other).unwrap();
    assert_eq!(
        stored(&scratch),
        [
            vec![row(1, "Ann", 3), row(2, "Bob", 1)],
            vec![row(1, "of the twin", 4)]
        ]
    );
}

/// What one client does with a contact and two twins of its own, and with a counter that all clients have.
fn work(mine: &mut Contact, twins: &mut [Twin; 2], conn: &mut Conn) {
    let stale = mine.clone();
    mine.save_checked(conn).unwrap();
    let found = Found::Modified {
        version: mine.version.into(),
    };
    let error = stale.clone().save_checked(conn).unwrap_err();
    assert!(
        matches!(&error, Error::ConcurrentModification(conflict) if *conflict.found() == found),
        "{error:?}"
    );
    let mut stale_twins = twins.clone();
    twins.save_all_checked(conn).unwrap();
    let error = stale_twins.save_all_checked(conn).unwrap_err();
    assert!(
        matches!(&error, Error::BatchConflict(conflict) if conflict.conflicts().len() == 2),
        "{error:?}"
    );
    transaction(conn, (&mut *mine, &mut twins[..]), |conn, (mine, twins)| {
        mine.save_checked(conn)?;
        let conflict = stale.clone().save_checked(conn).unwrap_err();
        assert!(conflict.is_conflict(), "{conflict:?}");
        twins.save_all_checked(conn)
    })
    .unwrap();
    let policy = Policy::new().attempts(u32::MAX).within(Duration::MAX);
    retry(policy, conn, |conn| {
        let mut counter: Counter = counters::table
            .find(1)
            .select(Counter::as_select())
            .first(conn)?;
        counter.value += 1;
        counter.save_checked(conn)
    })
    .unwrap();
}

/// More clients than the pooler has connections.
#[test]
fn clients_at_the_same_time_write_their_own_rows_and_hear_of_their_own_conflicts() {
    const CLIENTS: i32 = 8;
    let scratch = &Scratch::new();
    let Some(url) = &require(scratch.prepared_url()) else {
        return;
    };
    let contact = |id| Contact {
        id,
        name: format!("of {id}"),
        phone: None,
        version: 1,
    };
    let ids = Vec::from_iter(1..=CLIENTS);
    insert_twins(&Vec::from_iter(1..=2 * CLIENTS), scratch);
    let conn = &mut scratch.connect_directly();
    diesel::delete(contacts::table).execute(conn).unwrap();
    let all: Vec<_> = ids.iter().map(|&id| contact(id)).collect();
    diesel::insert_into(contacts::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    diesel::insert_into(counters::table)
        .values((counters::id.eq(1), counters::value.eq(0)))
        .execute(conn)
        .unwrap();

    std::thread::scope(|scope| {
        for id in ids.iter().copied() {
            scope.spawn(move || {
                let conn = &mut Conn::establish(url).unwrap();
                let mut mine = contact(id);
                let mut twins = [id, id + CLIENTS].map(|id| changed(twin(id)));
                for _ in 0..ROUNDS {
                    work(&mut mine, &mut twins, conn);
                }
            });
        }
    });

    let version = 1 + 2 * ROUNDS;
    let saved = ids.iter().map(|&id| row(id, &format!("of {id}"), version));
    let twins = (1..=2 * CLIENTS).map(|id| row(id, "changed", version));
    assert_eq!(
        stored(scratch),
        [saved.collect(), twins.collect::<Vec<_>>()]
    );
    let counted: (i32, i64) = counters::table
        .select((counters::value, counters::version))
        .first(conn)
        .unwrap();
    let times = i64::from(CLIENTS) * ROUNDS;
    assert_eq!((i64::from(counted.0), counted.1), (times, 1 + times));
}

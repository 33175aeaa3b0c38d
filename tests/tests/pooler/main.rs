//! Behind PgBouncer in transaction mode, where several clients use one connection of the server by
//! turns.
//!
//! Diesel gives each client's prepared statements the same names, and they stay with the server's
//! connection. So Diesel's cache is switched off here, as `guide::poolers` says. The two models have
//! statements with the same binds: one that is taken for the other would go unnoticed by the
//! server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on both kinds of connections

use diesel::connection::{CacheSize, InstrumentationEvent, SimpleConnection as _};
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::verify::{Finding, Kind};
use optlock::{Error, Found};
use optlock_tests::models::{Rename, Twin};
use optlock_tests::pgbouncer::Scratch;
use optlock_tests::postgres::connection_id;
use optlock_tests::schema::{contacts, twins};
use std::process::Command;

/// Where it keeps their statements apart, with Diesel's cache.
#[path = "."]
mod on_blocking_connections {
    use optlock_tests::pgbouncer::Scratch;
    use optlock_tests::postgres::Conn;
    use optlock_tests::prelude;

    mod prepared;
}

#[path = "."]
mod on_async_connections {
    use optlock_tests::blocking::postgres::Conn;
    use optlock_tests::blocking::prelude;
    use optlock_tests::pgbouncer::Scratch;

    mod prepared;
}

const ROUNDS: i64 = 20;

/// A client with the line of the chapter `guide::poolers`.
fn connect(scratch: &Scratch) -> PgConnection {
    let mut conn = scratch.connect();
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    conn
}

fn ann() -> Rename<'static> {
    Rename {
        id: 1,
        name: "Ann",
        version: 1,
    }
}

fn bob() -> Rename<'static> {
    Rename {
        id: 2,
        name: "Robert",
        version: 1,
    }
}

fn twin(id: i32) -> Twin {
    Twin {
        id,
        name: "twin".into(),
        version: 1,
    }
}

fn insert_twins(ids: &[i32], scratch: &Scratch) {
    let rows = Vec::from_iter(ids.iter().map(|id| {
        (
            twins::id.eq(id),
            twins::name.eq("twin"),
            twins::version.eq(1),
        )
    }));
    diesel::insert_into(twins::table)
        .values(rows)
        .execute(&mut scratch.connect_directly())
        .unwrap();
}

/// The names and versions of all contacts and all twins.
fn stored(scratch: &Scratch) -> [Vec<(i32, String, i64)>; 2] {
    let conn = &mut scratch.connect_directly();
    [
        contacts::table
            .select((contacts::id, contacts::name, contacts::version))
            .order(contacts::id)
            .load(conn)
            .unwrap(),
        twins::table
            .select((twins::id, twins::name, twins::version))
            .order(twins::id)
            .load(conn)
            .unwrap(),
    ]
}

fn row(id: i32, name: &str, version: i64) -> (i32, String, i64) {
    (id, name.to_owned(), version)
}

#[track_caller]
fn assert_found(error: &Error, found: &Found) {
    let Error::ConcurrentModification(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(conflict.found(), found);
}

#[test]
fn two_clients_by_turns_on_one_server_connection_write_their_own_rows() {
    let scratch = Scratch::new();
    insert_twins(&[1], &scratch);
    let (mut one, mut other) = (connect(&scratch), connect(&scratch));
    let (mut ann, mut twin) = (ann(), twin(1));
    for round in 1..=ROUNDS {
        ann.name = "one's";
        ann.save_checked(&mut one).unwrap();
        assert_eq!(
            stored(&scratch),
            [
                vec![row(1, "one's", round + 1), row(2, "Bob", 1)],
                vec![row(1, &twin.name, round)]
            ]
        );
        twin.name = format!("other's {round}");
        twin.save_checked(&mut other).unwrap();
        assert_eq!(
            stored(&scratch),
            [
                vec![row(1, "one's", round + 1), row(2, "Bob", 1)],
                vec![row(1, &twin.name, round + 1)]
            ]
        );
        assert_eq!(connection_id(&mut one), connection_id(&mut other));
    }
}

#[test]
fn conflicts_and_deletes_are_told_of_the_right_row() {
    let scratch = Scratch::new();
    insert_twins(&[1], &scratch);
    let (mut one, mut other) = (connect(&scratch), connect(&scratch));
    ann().save_checked(&mut one).unwrap();
    let second = Found::Modified { version: 2.into() };
    assert_found(&ann().save_checked(&mut other).unwrap_err(), &second);
    assert_eq!(twin(1).load_current(&mut one).unwrap(), Some(twin(1)));
    twin(1).save_checked(&mut other).unwrap();
    assert_found(&twin(1).delete_checked(&mut one).unwrap_err(), &second);
    Twin {
        version: 2,
        ..twin(1)
    }
    .delete_checked(&mut other)
    .unwrap();
    assert_found(
        &twin(1).save_checked(&mut one).unwrap_err(),
        &Found::Missing,
    );
    assert_eq!(
        stored(&scratch),
        [vec![row(1, "Ann", 2), row(2, "Bob", 1)], vec![]]
    );
}

/// More clients than the pooler has connections.
#[test]
fn clients_at_the_same_time_write_their_own_rows() {
    const CLIENTS: [i32; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
    let scratch = Scratch::new();
    insert_twins(&CLIENTS, &scratch);
    let missing: Vec<_> = CLIENTS[2..]
        .iter()
        .map(|id| {
            (
                contacts::id.eq(id),
                contacts::name.eq("new"),
                contacts::version.eq(1),
            )
        })
        .collect();
    diesel::insert_into(contacts::table)
        .values(missing)
        .execute(&mut scratch.connect_directly())
        .unwrap();

    std::thread::scope(|scope| {
        for id in CLIENTS {
            let scratch = &scratch;
            scope.spawn(move || {
                let conn = &mut connect(scratch);
                let mut contact = Rename {
                    id,
                    name: "contact",
                    version: 1,
                };
                for _ in 0..ROUNDS {
                    contact.save_checked(conn).unwrap();
                }
            });
            scope.spawn(move || {
                let conn = &mut connect(scratch);
                let mut twin = Twin {
                    name: "changed".into(),
                    ..twin(id)
                };
                for _ in 0..ROUNDS {
                    twin.save_checked(conn).unwrap();
                }
            });
        }
    });

    let saved = |name| CLIENTS.map(|id| row(id, name, 1 + ROUNDS)).to_vec();
    assert_eq!(stored(&scratch), [saved("contact"), saved("changed")]);
}

/// Why the cache has to be off: this is no promise of optlock's, but what `guide::poolers` warns of.
#[test]
fn with_diesels_cache_another_clients_statement_runs() {
    let scratch = Scratch::new();
    insert_twins(&[1], &scratch);
    let (mut one, mut other) = (scratch.connect(), scratch.connect());
    one.transaction(|conn| {
        // `one` has a server connection for itself, so `other` gets another one.
        twin(1).save_checked(&mut other).unwrap();
        ann().save_checked(conn)
    })
    .unwrap();
    // The pooler hands out the connection that was used last: `one`'s. The statement of that name
    // is there.
    let mut unsaved = Twin {
        id: 1,
        name: "of the twin".into(),
        version: 2,
    };
    unsaved.save_checked(&mut other).unwrap();
    assert_eq!(
        stored(&scratch),
        [
            vec![row(1, "of the twin", 3), row(2, "Bob", 1)],
            vec![row(1, "twin", 2)]
        ]
    );
}

/// On an async connection it does so with the cache switched off, too: tokio-postgres names each statement by a
/// counter of its process, and another process begins to count at the same number. This is no promise of
/// optlock's, but what `guide::poolers` warns of.
#[tokio::test(flavor = "multi_thread")]
async fn on_an_async_connection_the_statement_of_another_process_runs() {
    use diesel::dsl::sql;
    use diesel::sql_types::Text;
    use diesel_async::{AsyncConnection, AsyncPgConnection};
    use optlock::diesel_async::VersionedDsl;

    let scratch = Scratch::new();
    insert_twins(&[1], &scratch);
    let mut client = AsyncPgConnection::establish(&scratch.url()).await.unwrap();
    let mut ann = ann();
    VersionedDsl::save_checked(&mut ann, &mut client)
        .await
        .unwrap();

    let (mut other, mut process) = (connect(&scratch), connect(&scratch));
    let (name, types, statement): (String, String, String) = diesel::select((
        sql::<Text>("name"),
        sql::<Text>("array_to_string(parameter_types, ', ')"),
        sql::<Text>(
            "statement FROM pg_prepared_statements WHERE statement LIKE 'UPDATE \"contacts\"%'",
        ),
    ))
    .get_result(&mut other)
    .unwrap();
    // `other` has that server connection for itself from now on, so the others get another one.
    other.batch_execute("BEGIN").unwrap();
    let of_the_twin = statement.replace("\"contacts\"", "\"twins\"");
    process
        .batch_execute(&format!(
            "UPDATE twins SET version = 2; PREPARE {name} ({types}) AS {of_the_twin}"
        ))
        .unwrap();
    ann.name = "of Ann";
    VersionedDsl::save_checked(&mut ann, &mut client)
        .await
        .unwrap();
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(
        stored(&scratch),
        [
            vec![row(1, "Ann", 2), row(2, "Bob", 1)],
            vec![row(1, "of Ann", 3)]
        ]
    );
}

/// In session mode a client has its server connection for itself, and all is as without a pooler.
#[tokio::test(flavor = "multi_thread")]
async fn async_clients_in_session_mode_write_their_own_rows() {
    use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
    use optlock::diesel_async::{VersionedDsl, transaction};
    use optlock_tests::pgbouncer::session_url;
    use optlock_tests::postgres;

    const CLIENTS: i64 = 4;
    let scratch = postgres::Scratch::new();
    let policy = optlock::retry::Policy::new()
        .attempts(u32::MAX)
        .within(std::time::Duration::MAX);
    let mut tasks = Vec::new();
    for _ in 0..CLIENTS {
        let mut conn = AsyncPgConnection::establish(&session_url()).await.unwrap();
        conn.batch_execute(&scratch.entering()).await.unwrap();
        tasks.push(tokio::spawn(async move {
            for _ in 0..ROUNDS {
                optlock::diesel_async::retry(
                    policy,
                    &mut conn,
                    async |conn: &mut AsyncPgConnection| {
                        let mut ann =
                            VersionedDsl::load_current_as::<optlock_tests::models::Contact>(
                                &ann(),
                                conn,
                            )
                            .await?
                            .ok_or(diesel::result::Error::NotFound)?;
                        ann.name += "a";
                        VersionedDsl::save_checked(&mut ann, conn).await
                    },
                )
                .await
                .unwrap();
                transaction(&mut conn, (), async |conn, ()| {
                    VersionedDsl::force_save(&mut bob(), conn).await
                })
                .await
                .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let stored: Vec<(String, i64)> = contacts::table
        .select((contacts::name, contacts::version))
        .order(contacts::id)
        .load(&mut scratch.connect())
        .unwrap();
    let saves = CLIENTS * ROUNDS;
    let name = format!("Ann{}", "a".repeat(usize::try_from(saves).unwrap()));
    assert_eq!(
        stored,
        [(name, 1 + saves), ("Robert".to_owned(), 1 + saves)]
    );
}

/// Kinds of what is found of Ann's table.
fn found(conn: &mut PgConnection) -> Vec<Kind> {
    let report = optlock::verify::<Rename<'_>>(conn).unwrap();
    report.findings().iter().map(Finding::kind).collect()
}

#[test]
fn the_self_check_sees_a_session_that_changes_between_two_statements() {
    let scratch = Scratch::new();
    let (mut conn, mut other) = (connect(&scratch), connect(&scratch));
    assert_eq!(found(&mut conn), []); // nobody else was there
    let mut statements = 0;
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            statements += 1;
            if statements == 2 {
                other.batch_execute("BEGIN; SELECT 1").unwrap();
            }
        }
    });
    assert_eq!(found(&mut conn), [Kind::Pooler]);
}

/// As that of a pooler is which outlives the program. The other process is this program with the test below.
#[test]
fn the_self_check_sees_a_session_that_is_older_than_the_process() {
    let scratch = Scratch::new();
    let mut conn = connect(&scratch);
    assert_eq!(found(&mut conn), []);
    let old = "SELECT 1 FROM pg_stat_activity \
               WHERE datname = current_database() AND backend_start < clock_timestamp() - INTERVAL '4 s'";
    optlock_tests::wait_until("the session should grow old", || {
        diesel::sql_query(old).execute(&mut conn) == Ok(1)
    });
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "in_a_younger_process"])
        .env(URL, scratch.url())
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    assert!(
        String::from_utf8_lossy(&child.stdout).contains("1 passed"),
        "{child:?}"
    );
}

/// Where the younger process finds the tables.
const URL: &str = "OPTLOCK_TEST_OLD_SESSION";

#[test]
#[ignore = "the test above runs it, in a process of its own"]
fn in_a_younger_process() {
    let url = std::env::var(URL).unwrap();
    let conn = &mut PgConnection::establish(&url).unwrap();
    assert_eq!(found(conn), [Kind::Pooler]);
}

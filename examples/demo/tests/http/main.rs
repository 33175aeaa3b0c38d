//! The application without a browser, on the database that it was built for: that its pages are there on each of them, that
//! another program's write is seen, and that many people at once lose nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod client;
mod inside;
mod lines;
mod other_programs;
mod pages;
#[path = "../../../rest_api/tests/http/scratch.rs"]
mod scratch;

use client::Client;
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use optlock_demo::{App, Options, database, router};
use scratch::Scratch;
use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

diesel::table! {
    contacts {
        id -> Text,
        name -> Text,
        calls -> Integer,
        updated_by -> Text,
        version -> Text,
    }
}

struct Running {
    app: App,
    address: SocketAddr,
    /// Of the database.
    url: String,
}

/// Runs a test with an application on a database of its own.
fn with_application(test: impl AsyncFnOnce(&Running)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let scratch = runtime.block_on(Scratch::create());
    let tested = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let mut settings = database::settings(Some(scratch.url.clone())).unwrap();
            settings.wait = Duration::from_secs(60); // many wait for one row
            if database::NAME == "SQLite" {
                settings.on_connect = "PRAGMA synchronous = OFF".into(); // no test pulls the plug
            }
            let app = App::open(&settings, Options::default()).await.unwrap();
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let serving = tokio::spawn(axum::serve(listener, router(app.clone())).into_future());
            let running = Running {
                app,
                address,
                url: scratch.url.clone(),
            };
            test(&running).await;
            serving.abort();
            running.app.finish().await;
            running.app.connections().close();
        });
    }));
    runtime.shutdown_background(); // what a panic has left
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(scratch.remove());
    if let Err(panic) = tested {
        resume_unwind(panic);
    }
}

#[test]
fn each_page_is_there_and_a_reset_makes_all_as_it_was() {
    with_application(async |Running { app, address, .. }| {
        let mut ann = Client::sign_in(*address, "Ann").await;
        for path in [
            "/",
            "/contacts",
            "/new/contact",
            "/orders",
            "/orders/1001",
            "/orders/1001/lines",
            "/products",
            "/products/bell",
            "/hours",
            "/json",
            "/inside",
        ] {
            assert_eq!(ann.get(path).await.status, 200, "{path}");
        }
        assert_eq!(ann.get("/orders/1003").await.status, 404); // of another shop
        let conn = &mut app.connections().get().await.unwrap();
        diesel::delete(contacts::table).execute(conn).await.unwrap();
        assert_eq!(ann.post("/reset", &[]).await.status, 303);
        let count: i64 = contacts::table.count().get_result(conn).await.unwrap();
        assert_eq!(count, 4);
    });
}

#[test]
fn an_address_that_cannot_be_read_has_a_page_with_a_way_back() {
    with_application(async |Running { address, .. }| {
        let mut ann = Client::sign_in(*address, "Ann").await;
        for path in [
            "/contacts?done=a&done=b",
            "/contacts/%FF",
            "/hours?done=a&done=b",
            "/orders?done=a&done=b",
            "/orders/%FF/lines",
            "/orders/1001/lines?done=a&done=b",
            "/sign-in?next=a&next=b",
        ] {
            let answer = ann.get(path).await;
            assert_eq!(answer.status, 400, "{path}");
            assert!(answer.body.contains("To the contacts"), "{path}");
        }
    });
}

#[test]
fn the_write_of_another_program_gives_the_row_a_new_version_and_a_name() {
    with_application(async |running| {
        let conn = &mut Scratch::connect(&running.url).await;
        let row = |name: &'static str| {
            contacts::table
                .filter(contacts::name.eq(name))
                .select((contacts::version, contacts::updated_by))
        };
        let (before, by): (String, String) = row("Harbour Print").first(conn).await.unwrap();
        assert_eq!(by, "the demo");
        // Once as one that knows of no version, and once as one that sets it.
        conn.batch_execute("UPDATE contacts SET calls = 7 WHERE name = 'Harbour Print'")
            .await
            .unwrap();
        let (after, by): (String, String) = row("Harbour Print").first(conn).await.unwrap();
        assert_ne!(after, before);
        assert_eq!((after.len(), by.as_str()), (36, "another program"));
        conn.batch_execute(&format!(
            "UPDATE contacts SET version = '{before}' WHERE name = 'Harbour Print'"
        ))
        .await
        .unwrap();
        let (set, _): (String, String) = row("Harbour Print").first(conn).await.unwrap();
        assert_eq!(set, before);
        let (other, by): (String, String) = row("Green Door Books").first(conn).await.unwrap();
        assert_ne!(other, before);
        assert_eq!(by, "the demo"); // no other row is touched
    });
}

#[test]
fn of_many_people_at_once_nobody_loses_a_change() {
    const PEOPLE: usize = 32;
    // For a minute, with the latencies: OPTLOCK_LOAD_SECONDS=60 cargo test -p optlock-demo --test http -- --nocapture many
    let seconds = std::env::var("OPTLOCK_LOAD_SECONDS")
        .ok()
        .and_then(|seconds| seconds.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    with_application(async |Running { app, address, .. }| {
        let conn = &mut app.connections().get().await.unwrap();
        let rows = contacts::table
            .select((contacts::id, contacts::calls))
            .order(contacts::id);
        let before: BTreeMap<String, i32> = rows.load(conn).await.unwrap().into_iter().collect();
        let ids: Vec<String> = before.keys().cloned().collect();
        let people =
            (0..PEOPLE).map(|number| tokio::spawn(call(*address, number, ids.clone(), until)));
        let (mut saved, mut refused, mut took) = (BTreeMap::<String, i32>::new(), 0, Vec::new());
        for person in people.collect::<Vec<_>>() {
            let person = person.await.unwrap();
            for id in person.saved {
                *saved.entry(id).or_default() += 1;
            }
            refused += person.refused;
            took.extend(person.took);
        }
        let after: BTreeMap<String, i32> = rows.load(conn).await.unwrap().into_iter().collect();
        for (id, calls) in &after {
            assert_eq!(
                *calls,
                before[id] + saved.get(id).copied().unwrap_or(0),
                "{id}"
            );
        }
        took.sort();
        let at = |part: usize| took[(took.len() - 1) * part / 100];
        eprintln!(
            "{} requests, {} saved, {refused} refused; median {:?}, 95 % {:?}, 99 % {:?}, longest {:?}",
            took.len(),
            saved.values().sum::<i32>(),
            at(50),
            at(95),
            at(99),
            at(100)
        );
        assert!(refused > 0 && !saved.is_empty()); // it was what it is meant to be
    });
}

struct Person {
    saved: Vec<String>,
    refused: usize,
    took: Vec<Duration>,
}

/// Opens a contact, counts one call more, and saves; again and again.
async fn call(
    address: SocketAddr,
    number: usize,
    ids: Vec<String>,
    until: Option<Instant>,
) -> Person {
    let mut client = Client::sign_in(address, &format!("Person {number}")).await;
    let (mut saved, mut refused) = (Vec::new(), 0);
    let mut turn = 0;
    while until.map_or(turn < 8, |until| Instant::now() < until) {
        let id = &ids[(number + turn) % ids.len()];
        let path = format!("/contacts/{id}");
        assert_eq!(client.get("/rows/contacts").await.status, 200);
        let form = client.get(&path).await;
        assert_eq!(form.status, 200);
        let calls: i32 = form.input("was_calls").parse().unwrap();
        let mut inputs = form.card();
        inputs.push(("calls".into(), (calls + 1).to_string()));
        assert_eq!(
            client.post(&format!("{path}/live"), &inputs).await.status,
            200
        );
        let answer = client.post(&path, &inputs).await;
        match answer.status {
            303 => saved.push(id.clone()),
            409 => refused += 1,
            _ => panic!("{}: {}", answer.status, answer.body),
        }
        turn += 1;
    }
    Person {
        saved,
        refused,
        took: client.took,
    }
}

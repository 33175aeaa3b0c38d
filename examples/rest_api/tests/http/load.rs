//! Many clients on few contacts, and a third of the requests are cut off: what was acknowledged is in the table.

use crate::client::{Client, Request};
use crate::server::{PATIENT, Server, with_server};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use fastrand::Rng;
use optlock_rest_api::contact::contacts;
use optlock_rest_api::database::NAME;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CLIENTS: u64 = 64;
const CONTACTS: u64 = 8;
const REQUESTS: u64 = 20_000;

diesel::table! {
    /// What a trigger notes of each write, in the order of the writes of a contact.
    applied (place) {
        place -> Integer,
        id -> Text,
        name -> Text,
        calls -> Integer,
    }
}

/// What a client was told of an increment. Each has a name of its own, which it writes into the contact.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    /// It is in the table, and the contact has so many calls by it.
    Yes(i32),
    /// It is not.
    No,
    /// Nothing: the client has hung up.
    Nothing,
}

#[test]
fn each_increment_that_was_acknowledged_is_in_the_table() {
    with_server(PATIENT, async |server| {
        for number in 0..CONTACTS {
            server.contact(&id(number)).await;
        }
        note_what_is_applied(server).await;

        let clients = (0..CLIENTS).map(|number| tokio::spawn(Person::new(number, server).work()));
        let mut told = BTreeMap::new();
        for client in clients.collect::<Vec<_>>() {
            told.append(&mut client.await.unwrap());
        }
        server.stop().await;
        compare(server, &told).await;

        let count = |what: fn(&Told) -> bool| told.values().filter(|told| what(told)).count();
        let acknowledged = count(|told| matches!(told, Told::Yes(_)));
        let refused = count(|told| *told == Told::No);
        let cut = count(|told| *told == Told::Nothing);
        eprintln!("{acknowledged} acknowledged, {refused} refused, {cut} cut off");
        // It was what it is meant to be.
        assert!(acknowledged > 500 && refused > 500 && cut > 500);
    });
}

/// One client, which reads a contact, counts one call more, and saves it.
struct Person {
    number: u64,
    random: Rng,
    client: Client,
    /// The contact that it has on its screen.
    shown: Option<Value>,
    /// A PUT that was cut off, and is to be sent again.
    repeat: Option<(String, Request)>,
    told: BTreeMap<String, Told>,
}

impl Person {
    fn new(number: u64, server: &Server) -> Self {
        Self {
            number,
            random: Rng::with_seed(number),
            client: server.client(),
            shown: None,
            repeat: None,
            told: BTreeMap::new(),
        }
    }

    async fn work(mut self) -> BTreeMap<String, Told> {
        for number in (self.number..REQUESTS).step_by(CLIENTS as usize) {
            let hangs_up = self.random.u8(..3) == 0;
            if let Some((name, request)) = self.repeat.take() {
                self.save(name, request, hangs_up).await;
            } else if let Some(shown) = self.shown.take() {
                let name = format!("request {number}");
                let request = self.increment(&shown, &name);
                self.save(name, request, hangs_up).await;
            } else {
                self.look(hangs_up).await;
            }
        }
        self.told
    }

    async fn look(&mut self, hangs_up: bool) {
        let path = format!("/contacts/{}", id(self.random.u64(..CONTACTS)));
        let request = Request::new("GET", &path, &[], None);
        if hangs_up {
            let turns = self.random.u8(..16);
            self.client.cut(&request, turns).await;
        } else {
            let shown = self.client.send(&request).await;
            assert_eq!(shown.status, 200);
            self.shown = Some(shown.json());
        }
    }

    /// A PUT or a PATCH with one call more than the client was shown.
    fn increment(&mut self, shown: &Value, name: &str) -> Request {
        let headers = [("If-Match", shown["etag"].as_str().unwrap())];
        let path = format!("/contacts/{}", shown["id"].as_str().unwrap());
        let calls = shown["calls"].as_i64().unwrap() + 1;
        let (method, body) = if self.random.bool() {
            ("PUT", json!({"name": name, "email": null, "calls": calls}))
        } else {
            ("PATCH", json!({"name": name, "calls": calls}))
        };
        Request::new(method, &path, &headers, Some(&body))
    }

    async fn save(&mut self, name: String, request: Request, hangs_up: bool) {
        if hangs_up {
            let turns = self.random.u8(..16);
            self.client.cut(&request, turns).await;
            self.told.insert(name.clone(), Told::Nothing);
            // Half of them look again, and half of them send the same again.
            self.repeat = self.random.bool().then_some((name, request));
            return;
        }
        let answer = self.client.send(&request).await;
        match answer.status {
            200 => {
                let shown = answer.json();
                let calls = shown["calls"].as_i64().unwrap().try_into().unwrap();
                self.told.insert(name, Told::Yes(calls));
                self.shown = Some(shown);
            }
            412 => {
                // The first try of a request that is repeated may be in the table, below another client's.
                self.told.entry(name).or_insert(Told::No);
                self.shown = Some(answer.problem("changed")["current"].clone());
            }
            _ => panic!("{answer:?}"),
        }
    }
}

/// What the clients were told, and what was written.
async fn compare(server: &Server, told: &BTreeMap<String, Told>) {
    let conn = &mut server.connection().await;
    let noted = applied::table.select((applied::id, applied::name, applied::calls));
    let noted: Vec<(String, String, i32)> = noted.order(applied::place).load(conn).await.unwrap();

    // Each write made one call more of the calls before it: it has overwritten nothing that its author had not seen.
    let mut calls_of = BTreeMap::<_, i32>::new();
    for (id, name, calls) in &noted {
        let before = calls_of.entry(id.clone()).or_default();
        assert_eq!(*calls, *before + 1, "{id}, {name}");
        *before = *calls;
    }
    let rows = contacts::table.select((contacts::id, contacts::calls));
    let rows: Vec<(String, i32)> = rows.load(conn).await.unwrap();
    assert_eq!(rows.into_iter().collect::<BTreeMap<_, _>>(), calls_of);

    // No request was performed twice, although many were sent again.
    let names: BTreeSet<_> = noted.iter().map(|(_, name, _)| name).collect();
    assert_eq!(names.len(), noted.len());

    // What was acknowledged is there, what was refused is not, and there is nothing that nobody has sent.
    let calls_by: BTreeMap<_, _> = noted
        .iter()
        .map(|(_, name, calls)| (name, *calls))
        .collect();
    for (name, told) in told {
        match (told, calls_by.get(name)) {
            (Told::Yes(calls), applied) => assert_eq!(Some(calls), applied, "{name}"),
            (Told::No, applied) => assert_eq!(applied, None, "{name}"),
            (Told::Nothing, _) => {}
        }
    }
    assert!(names.iter().all(|name| told.contains_key(*name)));
}

fn id(number: u64) -> String {
    format!("contact-{number}")
}

async fn note_what_is_applied(server: &Server) {
    let note = "INSERT INTO applied (id, name, calls) VALUES (NEW.id, NEW.name, NEW.calls)";
    let sql = match NAME {
        "SQLite" => format!(
            "CREATE TABLE applied (place INTEGER PRIMARY KEY, id TEXT, name TEXT, calls INTEGER);
             CREATE TRIGGER note AFTER UPDATE ON contacts BEGIN {note}; END"
        ),
        "PostgreSQL" => format!(
            "CREATE TABLE applied (place SERIAL PRIMARY KEY, id TEXT, name TEXT, calls INTEGER);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {note}; RETURN NULL; END';
             CREATE TRIGGER note AFTER UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION note()"
        ),
        _ => format!(
            "CREATE TABLE applied (place INTEGER AUTO_INCREMENT PRIMARY KEY, id TEXT, name TEXT, calls INTEGER);
             CREATE TRIGGER note AFTER UPDATE ON contacts FOR EACH ROW {note}"
        ),
    };
    server.connection().await.batch_execute(&sql).await.unwrap();
}

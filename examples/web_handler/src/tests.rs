//! The program is asked over HTTP, and the status and body of each answer are compared.

use super::*;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running program with a database of its own.
struct Program {
    address: SocketAddr,
    file: PathBuf,
    // Dropping it stops the server.
    _runtime: tokio::runtime::Runtime,
}

impl Program {
    fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!(
            "optlock-web-handler-{}-{number}.sqlite3",
            std::process::id()
        );
        let file = std::env::temp_dir().join(name);
        let pool = open(&file, Duration::from_millis(500)).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app(pool)).await });
        Self {
            address,
            file,
            _runtime: runtime,
        }
    }

    /// Another client of the database.
    fn connection(&self) -> SqliteConnection {
        SqliteConnection::establish(&self.file.to_string_lossy()).unwrap()
    }

    /// The tag of the row as it is now.
    fn tag(&self) -> String {
        let answer = self.get();
        assert_eq!(answer.status, 200);
        answer.tag.unwrap()
    }

    fn get(&self) -> Answer {
        self.send("GET", None, "")
    }

    fn put(&self, tag: &str, name: &str) -> Answer {
        self.send("PUT", Some(tag), &form(name))
    }

    fn send(&self, method: &str, tag: Option<&str>, json: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let if_match = tag
            .map(|tag| format!("If-Match: {tag}\r\n"))
            .unwrap_or_default();
        write!(
            stream,
            "{method} /contacts/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{if_match}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            json.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .find(|(line, _)| *line == name)
                .map(|(_, value)| value.to_owned())
        };
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            tag: header("etag"),
            retry_after: header("retry-after"),
            body: body.to_owned(),
        }
    }
}

/// What the program has answered.
struct Answer {
    status: u16,
    tag: Option<String>,
    retry_after: Option<String>,
    body: String,
}

impl Answer {
    /// A field of the body.
    fn field(&self, name: &str) -> Value {
        let json: Value = serde_json::from_str(&self.body).unwrap();
        json[name].clone()
    }

    /// The status of a request that can never succeed.
    fn final_status(&self) -> u16 {
        assert_eq!(self.retry_after, None);
        self.status
    }
}

fn form(name: &str) -> String {
    format!(r#"{{"name":"{name}","email":null}}"#)
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

#[test]
fn a_save_answers_with_the_new_tag() {
    let program = Program::start();
    let answer = program.put(&program.tag(), "Ann B.");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.tag, None); // a PUT whose row is not what was sent has it in the body
    assert_eq!(answer.field("name"), "Ann B.");
    assert_eq!(answer.field("version"), 2);
    assert_eq!(answer.field("etag"), program.tag());
}

#[test]
fn the_second_of_two_clients_gets_412() {
    let program = Program::start();
    let tag = program.tag();
    assert_eq!(program.put(&tag, "Ann B.").status, 200);
    for _ in 0..2 {
        // A second try does not get through either.
        let loser = program.put(&tag, "Ann C.");
        assert_eq!(loser.final_status(), 412);
        assert_eq!(loser.field("expected_version"), 1);
        assert_eq!(loser.field("found_version"), 2);
    }
    assert_eq!(program.get().field("name"), "Ann B.");
    // The user has seen the other change, and saves on top of it.
    assert_eq!(program.put(&program.tag(), "Ann C.").status, 200);
}

#[test]
fn of_two_requests_at_the_same_time_one_wins() {
    let program = Program::start();
    let (tag, barrier) = (program.tag(), Barrier::new(2));
    let save = |name: &str| {
        barrier.wait();
        program.put(&tag, name).status
    };
    let mut statuses = std::thread::scope(|scope| {
        let other = scope.spawn(|| save("Ann B."));
        [save("Ann C."), other.join().unwrap()]
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[test]
fn a_deleted_row_is_404() {
    let program = Program::start();
    let tag = program.tag();
    diesel::delete(contacts::table)
        .execute(&mut program.connection())
        .unwrap();
    assert_eq!(program.put(&tag, "Ann B.").final_status(), 404);
    assert_eq!(program.get().final_status(), 404);
}

#[test]
fn a_request_without_if_match_is_428_and_a_malformed_one_400() {
    let program = Program::start();
    let answer = program.send("PUT", None, &form("Ann B."));
    assert_eq!(answer.final_status(), 428);
    assert_eq!(program.put("1", "Ann B.").final_status(), 400);
    assert_eq!(program.get().field("name"), "Ann");
}

#[test]
fn a_lock_of_another_client_is_503() {
    let program = Program::start();
    let tag = program.tag();
    let mut other = program.connection();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let answer = program.put(&tag, "Ann B.");
    assert_eq!((answer.status, answer.retry_after.is_some()), (503, true));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(program.put(&tag, "Ann B.").status, 200);
}

#[test]
fn any_other_error_is_500_and_shows_nothing_of_the_database() {
    let program = Program::start();
    let tag = program.tag();
    diesel::sql_query("DROP TABLE contacts")
        .execute(&mut program.connection())
        .unwrap();
    let answer = program.put(&tag, "Ann B.");
    assert_eq!(answer.final_status(), 500);
    assert!(!answer.body.contains("no such table"), "{}", answer.body);
}

//! The program is asked over HTTP, and the status and body of each answer are compared.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

const ANN: &str = r#"{"id":7,"name":"Ann","email":"ann@example.org","version":1}"#;

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

    fn get(&self) -> (u16, String) {
        self.send("GET", "")
    }

    fn put(&self, json: &str) -> (u16, String) {
        self.send("PUT", json)
    }

    fn send(&self, method: &str, json: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "{method} /contacts/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            json.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("retry-after"), "{head}");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

#[test]
fn a_save_answers_with_the_new_version() {
    let program = Program::start();
    assert_eq!(program.get(), (200, ANN.to_owned()));
    let saved = r#"{"id":7,"name":"Ann B.","email":null,"version":2}"#;
    let answer = program.put(r#"{"name":"Ann B.","email":null,"version":1}"#);
    assert_eq!(answer, (200, saved.to_owned()));
    assert_eq!(program.get(), (200, saved.to_owned()));
}

#[test]
fn the_second_of_two_clients_gets_409_and_the_row_as_it_is_now() {
    let program = Program::start();
    let (status, winner) = program.put(r#"{"name":"Ann B.","email":null,"version":1}"#);
    assert_eq!(status, 200);
    let loser = r#"{"name":"Ann C.","email":"ann@example.org","version":1}"#;
    assert_eq!(program.put(loser), (409, winner.clone()));
    assert_eq!(program.put(loser), (409, winner.clone())); // a second try does not get through either
    assert_eq!(program.get(), (200, winner));
    // The user has seen the other change, and saves on top of it.
    let (status, _) = program.put(r#"{"name":"Ann C.","email":null,"version":2}"#);
    assert_eq!(status, 200);
}

#[test]
fn of_two_requests_at_the_same_time_one_wins() {
    let program = Program::start();
    let barrier = Barrier::new(2);
    let save = |name: &str| {
        barrier.wait();
        program
            .put(&format!(r#"{{"name":"{name}","email":null,"version":1}}"#))
            .0
    };
    let mut statuses = std::thread::scope(|scope| {
        let other = scope.spawn(|| save("Ann B."));
        [save("Ann C."), other.join().unwrap()]
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[test]
fn a_deleted_row_is_404() {
    let program = Program::start();
    diesel::delete(contacts::table)
        .execute(&mut program.connection())
        .unwrap();
    let answer = program.put(r#"{"name":"Ann B.","email":null,"version":1}"#);
    assert_eq!(answer, (404, String::new()));
    assert_eq!(program.get(), (404, String::new()));
}

#[test]
fn a_request_without_a_version_is_422() {
    let program = Program::start();
    let (status, _) = program.put(r#"{"name":"Ann B.","email":null}"#);
    assert_eq!(status, 422);
    assert_eq!(program.get(), (200, ANN.to_owned()));
}

#[test]
fn a_lock_of_another_client_is_503() {
    let program = Program::start();
    let mut other = program.connection();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let request = r#"{"name":"Ann B.","email":null,"version":1}"#;
    assert_eq!(program.put(request), (503, String::new()));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(program.put(request).0, 200);
}

#[test]
fn any_other_error_is_500_and_shows_nothing_of_the_database() {
    let program = Program::start();
    diesel::sql_query("DROP TABLE contacts")
        .execute(&mut program.connection())
        .unwrap();
    let answer = program.put(r#"{"name":"Ann B.","email":null,"version":1}"#);
    assert_eq!(answer, (500, String::new()));
}

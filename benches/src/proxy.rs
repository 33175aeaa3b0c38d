//! A network of which the length is known: a proxy that holds back what the client sends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The URL of a proxy in front of the server that `url` names. What the client sends reaches the
/// server `delay` later, and the answer comes back at once, so that each round trip takes `delay`
/// longer, whatever its size.
pub(crate) fn slowed(url: &str, delay: Duration) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, database) = rest.split_once('/').expect("a URL with a database");
    let (user, server) = authority.split_once('@').expect("a URL with a user");
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let here = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&server).expect("the server runs");
            for side in [&client, &server] {
                side.set_nodelay(true).expect("a socket");
            }
            let answers = (clone(&server), clone(&client));
            thread::spawn(move || carry(&client, &server, delay));
            thread::spawn(move || carry(&answers.0, &answers.1, Duration::ZERO));
        }
    });
    format!("{scheme}://{user}@{here}/{database}")
}

fn clone(side: &TcpStream) -> TcpStream {
    side.try_clone().expect("a socket")
}

/// Each piece is sent on `delay` after it came, and not `delay` after the piece before it: a long
/// message is no slower than a short one.
fn carry(mut from: &TcpStream, mut to: &TcpStream, delay: Duration) {
    let (sender, pieces) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for (due, piece) in pieces {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if to.write_all(&piece).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let due = Instant::now() + delay;
            if sender.send((due, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
        drop(sender);
    });
}

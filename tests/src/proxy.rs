//! A proxy between Diesel and a server, which loses the connection at a chosen moment, or garbles a statement.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Carries one connection, byte by byte, until it is told to lose or to garble something.
///
/// Both protocols take turns: a client sends nothing before it has the whole answer to what it sent
/// last, and its short requests arrive in one piece. So nothing needs to be known of a message but
/// which side sent it, and a text in it.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    fault: Arc<Mutex<Fault>>,
    sides: Arc<Mutex<Vec<TcpStream>>>,
}

#[derive(Debug)]
enum Fault {
    None,
    /// The request with this text in it does not reach the server.
    Request(String),
    /// The request with this text in it is answered, but the answer does not reach the client.
    Answer(String),
    /// That request is with the server.
    NextAnswer,
    /// The server gets the request with this text in it, but no longer knows the text.
    Garbled(String),
}

impl Proxy {
    /// In front of the server that `url` names.
    pub fn to(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, database) = rest.split_once('/').unwrap();
        let (user, server) = authority.split_once('@').unwrap();
        let server = server.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let proxy = Self {
            url: format!("{scheme}://{user}@{here}/{database}"),
            fault: Arc::new(Mutex::new(Fault::None)),
            sides: Arc::default(),
        };
        let (fault, sides) = (proxy.fault.clone(), proxy.sides.clone());
        std::thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(server).unwrap();
            sides
                .lock()
                .unwrap()
                .extend([&client, &server].map(|side| side.try_clone().unwrap()));
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    carry(&client, &server, |request| {
                        fault.lock().unwrap().lets_request_through(request)
                    })
                });
                scope.spawn(|| {
                    carry(&server, &client, |_| {
                        let is_lost = matches!(*fault.lock().unwrap(), Fault::NextAnswer);
                        if is_lost {
                            finish(&server);
                        }
                        !is_lost
                    })
                });
            });
        });
        proxy
    }

    /// The URL for Diesel.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Loses the connection at the next request that has `text` in it, before the server gets it.
    /// Any text has `""` in it.
    pub fn lose_request(&self, text: &str) {
        *self.fault.lock().unwrap() = Fault::Request(text.to_owned());
    }

    /// Loses the connection when the server has answered the next request that has `text` in it.
    pub fn lose_answer(&self, text: &str) {
        *self.fault.lock().unwrap() = Fault::Answer(text.to_owned());
    }

    /// Puts a word that no server knows in the place of `text`, in the next request that has it.
    pub fn garble(&self, text: &str) {
        *self.fault.lock().unwrap() = Fault::Garbled(text.to_owned());
    }

    /// Loses the connection at once.
    pub fn lose(&self) {
        for side in &*self.sides.lock().unwrap() {
            cut(side);
        }
    }
}

impl Fault {
    fn lets_request_through(&mut self, request: &mut [u8]) -> bool {
        let place_of = |text: &str| {
            if text.is_empty() {
                return Some(0);
            }
            let mut windows = request.windows(text.len());
            windows.position(|window| window == text.as_bytes())
        };
        match self {
            Self::Request(text) if place_of(text).is_some() => return false,
            Self::Answer(text) if place_of(text).is_some() => *self = Self::NextAnswer,
            Self::Garbled(text) => {
                if let Some(place) = place_of(text) {
                    request[place..place + text.len()].fill(b'x');
                    *self = Self::None;
                }
            }
            _ => {}
        }
        true
    }
}

/// Carries what one side sends to the other, until one of them leaves or `lets_through` says no.
fn carry(
    mut from: &TcpStream,
    mut to: &TcpStream,
    mut lets_through: impl FnMut(&mut [u8]) -> bool,
) {
    let mut buffer = [0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let message = &mut buffer[..length];
        if !lets_through(message) || to.write_all(message).is_err() {
            break;
        }
    }
    cut(from);
    cut(to);
}

/// Lets the server do all that it was asked for. Of several statements in one request it answers each by itself, and meets the
/// end of the connection behind the last.
fn finish(mut server: &TcpStream) {
    // Fails if the server was faster.
    let _ = server.shutdown(Shutdown::Write);
    let mut buffer = [0; 1 << 16];
    while let Ok(1..) = server.read(&mut buffer) {}
}

/// Ends a connection by an orderly FIN, so that it makes no difference what was on its way.
fn cut(side: &TcpStream) {
    // Fails if the other side was faster.
    let _ = side.shutdown(Shutdown::Both);
}

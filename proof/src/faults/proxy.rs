//! A proxy between clients and a server, which loses what they say.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Carries any number of connections, byte by byte, and breaks them as it is told.
///
/// Both protocols take turns: a client sends nothing before it has the whole answer to what it sent last. So
/// nothing needs to be known of a message but which side sent it, and a text in it.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    trouble: Mutex<Trouble>,
    sides: Mutex<Vec<TcpStream>>,
}

/// What the proxy does beside carrying.
#[derive(Debug, Default)]
struct Trouble {
    /// Each request is held back for so long.
    delay: Duration,
    /// No answer reaches its client.
    holds_answers: bool,
    losses: Vec<Loss>,
}

/// A message that is lost, and its connection with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The next request with this text in it does not reach the server.
    Request(&'static str),
    /// The next request with this text in it is answered, but the answer does not reach the client.
    Answer(&'static str),
}

impl Proxy {
    /// In front of the server at this port.
    pub fn to(server: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let of_connections = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // While the server is down, nobody answers.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    of_connections.carry(client, server);
                }
            }
        });
        Ok(Self { port, shared })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends all connections at once.
    pub fn cut(&self) {
        for side in lock(&self.shared.sides).drain(..) {
            cut(&side);
        }
    }

    pub fn delay(&self, delay: Duration) {
        lock(&self.shared.trouble).delay = delay;
    }

    /// Holds back all answers, from now on, or no longer.
    pub fn hold_answers(&self, holds: bool) {
        lock(&self.shared.trouble).holds_answers = holds;
    }

    pub fn lose(&self, loss: Loss) {
        lock(&self.shared.trouble).losses.push(loss);
    }

    /// From now on all is carried as it comes.
    pub fn heal(&self) {
        *lock(&self.shared.trouble) = Trouble::default();
    }
}

impl Shared {
    fn carry(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let clones = || -> std::io::Result<[TcpStream; 4]> {
            for side in [&client, &server] {
                side.set_nodelay(true)?;
            }
            Ok([
                client.try_clone()?,
                server.try_clone()?,
                client.try_clone()?,
                server.try_clone()?,
            ])
        };
        let Ok([client_side, server_side, kept_client, kept_server]) = clones() else {
            return;
        };
        lock(&self.sides).extend([kept_client, kept_server]);
        let loses_answer = Arc::new(AtomicBool::new(false));
        let (requests, answers) = (Arc::clone(self), Arc::clone(self));
        let loses = Arc::clone(&loses_answer);
        std::thread::spawn(move || {
            carry(&client, &server, |request| {
                requests.lets_request_through(request, &loses)
            });
        });
        std::thread::spawn(move || {
            carry(&server_side, &client_side, |_| {
                if loses_answer.load(Ordering::SeqCst) {
                    finish(&server_side);
                    return false;
                }
                answers.lets_answer_through();
                true
            });
        });
    }

    fn lets_request_through(&self, request: &[u8], loses_answer: &AtomicBool) -> bool {
        let (delay, loss) = {
            let mut trouble = lock(&self.trouble);
            let place = trouble.losses.iter().position(|loss| loss.is_of(request));
            (
                trouble.delay,
                place.map(|place| trouble.losses.swap_remove(place)),
            )
        };
        std::thread::sleep(delay);
        if let Some(Loss::Answer(_)) = loss {
            loses_answer.store(true, Ordering::SeqCst);
        }
        !matches!(loss, Some(Loss::Request(_)))
    }

    fn lets_answer_through(&self) {
        while lock(&self.trouble).holds_answers {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Loss {
    fn is_of(self, request: &[u8]) -> bool {
        let (Self::Request(text) | Self::Answer(text)) = self;
        text.is_empty()
            || request
                .windows(text.len())
                .any(|part| part == text.as_bytes())
    }
}

/// Carries what one side sends to the other, until one of them leaves or `lets_through` says no.
fn carry(mut from: &TcpStream, mut to: &TcpStream, mut lets_through: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 1 << 14];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let message = &buffer[..length];
        if !lets_through(message) || to.write_all(message).is_err() {
            break;
        }
    }
    cut(from);
    cut(to);
}

/// Lets the server do all that it was asked for.
fn finish(mut server: &TcpStream) {
    // Fails if the server was faster.
    let _ = server.shutdown(Shutdown::Write);
    let mut buffer = [0; 1 << 14];
    while let Ok(1..) = server.read(&mut buffer) {}
}

fn cut(side: &TcpStream) {
    // Fails if the other side was faster.
    let _ = side.shutdown(Shutdown::Both);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

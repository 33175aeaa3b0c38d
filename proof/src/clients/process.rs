//! A client in a process of its own, which can be killed, and has a clock of its own.

use super::client::Client;
use super::connector::{Connector, settings};
use crate::clock::Clock;
use crate::history::Face;
use crate::recorder::Recorder;
use crate::servers::{Database, Failure};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What a client is drawn from, and how it connects.
#[derive(Debug, Clone)]
pub struct Draw {
    pub seed: u64,
    /// Of the numbers that the seed gives.
    pub stream: u64,
    pub database: Database,
    pub face: Face,
    pub url: String,
}

impl Draw {
    /// The numbers of the seed.
    pub fn numbers(seed: u64, stream: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        rng
    }

    /// Runs the client in this thread.
    pub fn run(&self, recorder: Arc<Recorder>, stop: Arc<AtomicBool>) {
        let mut rng = Self::numbers(self.seed, self.stream);
        let connector = Connector {
            database: self.database,
            face: self.face,
            url: self.url.clone(),
            settings: settings(self.database, &mut rng),
        };
        Client::new(recorder, connector, stop).run(rng);
    }
}

/// A process with one client, and the thread that records what it prints.
#[derive(Debug)]
pub struct ClientProcess {
    child: Child,
    listener: Option<JoinHandle<()>>,
}

impl ClientProcess {
    /// Starts `program`, which calls [`be_a_client`]. Its numbers begin at `first`.
    pub fn start(
        program: &Path,
        draw: &Draw,
        first: u32,
        clock: Option<&Clock>,
        recorder: &Arc<Recorder>,
    ) -> Result<Self, Failure> {
        let face = match draw.face {
            Face::Blocking => "blocking",
            Face::Waiting => "waiting",
        };
        let starter = clock.map(Clock::starter).into_iter().flatten();
        let mut words = starter.chain([program.into()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .args(["client", &draw.database.to_string(), face, &draw.url])
            .args([draw.seed, draw.stream, first.into()].map(|number| number.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let printed = child.stdout.take().ok_or("a client prints")?;
        let recorder = Arc::clone(recorder);
        let listener = std::thread::spawn(move || recorder.listen(BufReader::new(printed)));
        Ok(Self {
            child,
            listener: Some(listener),
        })
    }

    /// Has it ended?
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it, wherever it is.
    pub fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Clock::forget(self.child.id());
        Ok(())
    }

    /// Asks it to end after its last operation.
    pub fn stop(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Returns when all that it printed is recorded. It has to have ended.
    pub fn listen_to_the_end(&mut self) -> Result<(), Failure> {
        match self.listener.take() {
            Some(listener) => listener
                .join()
                .map_err(|_| "a listener has panicked".into()),
            None => Ok(()),
        }
    }
}

impl Drop for ClientProcess {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// What the program of [`ClientProcess::start`] does with its arguments behind `client`, until its standard input ends.
pub fn be_a_client(mut arguments: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut next = || arguments.next().ok_or("a client has six arguments");
    let (database, face, url) = (next()?.parse()?, next()?, next()?);
    let draw = Draw {
        database,
        face: match face.as_str() {
            "blocking" => Face::Blocking,
            _ => Face::Waiting,
        },
        url,
        seed: next()?.parse()?,
        stream: next()?.parse()?,
    };
    let first = next()?.parse()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopper = Arc::clone(&stop);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stopper.store(true, Ordering::Relaxed);
    });
    draw.run(Arc::new(Recorder::printing(first)), stop);
    Ok(())
}

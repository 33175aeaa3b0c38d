//! One epoch: clients work while faults are inflicted, and then the rows are read.

use super::{rows, setup};
use crate::clients::{ClientProcess, Connector, Draw};
use crate::faults::World;
use crate::history::{Contents, Epoch, Face, Row};
use crate::recorder::Recorder;
use crate::servers::{Failure, sessions};
use rand::Rng;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Clients in threads of this process.
const THREADS: u32 = 6;

/// Clients in processes of their own, if there is a program for them.
const PROCESSES: u32 = 2;

/// How long clients work. Short, so that few calls without an answer come together.
const LASTS: Duration = Duration::from_millis(2_000);

/// How long clients may take for their last operation, before their connections are cut.
const STOPS_WITHIN: Duration = Duration::from_secs(4);

/// What an epoch is drawn from.
pub(super) struct Source<'a> {
    pub(super) seed: u64,
    pub(super) epoch: u64,
    pub(super) program: Option<&'a Path>,
}

impl Source<'_> {
    /// Each client has numbers of its own, and so have the faults.
    fn stream(&self, of: u32) -> u64 {
        (self.epoch << 8) | u64::from(of)
    }
}

/// Runs an epoch, and returns it with the promises that were seen to be broken.
pub(super) fn run(
    source: &Source<'_>,
    world: &mut World,
    recorder: &Arc<Recorder>,
    before: &[(Row, Contents)],
    log: &mut dyn FnMut(String),
) -> Result<(Epoch, Vec<String>), Failure> {
    setup::forget_leases(&observer(world))?;
    world.clock_stepped = false;
    let stop = Arc::new(AtomicBool::new(false));
    let clients = start_threads(source, world, recorder, &stop);
    let result = start_processes(source, world, recorder)
        .and_then(|()| inflict(source, world, recorder, log));
    stop.store(true, Ordering::Relaxed);
    world.heal();
    let ended = end_clients(world, clients);
    result?;
    ended?;
    sessions::end_all(&world.server)?;
    let (mut epoch, broken) = recorder.take();
    epoch.before = before.to_vec();
    epoch.clock_stepped = world.clock_stepped;
    epoch.after = rows::read(&observer(world))?;
    Ok((epoch, broken))
}

/// Connects past the proxy.
pub(super) fn observer(world: &World) -> Connector {
    Connector {
        database: world.server.database(),
        face: Face::Blocking,
        url: world.server.url(None),
        settings: Vec::new(),
    }
}

/// Half of the clients are of each face.
fn draw(source: &Source<'_>, world: &World, client: u32) -> Draw {
    Draw {
        seed: source.seed,
        stream: source.stream(1 + client),
        database: world.server.database(),
        face: if client % 2 == 0 {
            Face::Blocking
        } else {
            Face::Waiting
        },
        url: world.url(),
    }
}

fn start_threads(
    source: &Source<'_>,
    world: &World,
    recorder: &Arc<Recorder>,
    stop: &Arc<AtomicBool>,
) -> Vec<JoinHandle<()>> {
    let start = |client: u32| {
        let draw = draw(source, world, client);
        let (recorder, stop) = (Arc::clone(recorder), Arc::clone(stop));
        std::thread::spawn(move || draw.run(recorder, stop))
    };
    (0..THREADS).map(start).collect()
}

fn start_processes(
    source: &Source<'_>,
    world: &mut World,
    recorder: &Arc<Recorder>,
) -> Result<(), Failure> {
    let Some(program) = source.program else {
        return Ok(());
    };
    for client in THREADS..THREADS + PROCESSES {
        let draw = draw(source, world, client);
        let clock = world.clients_clock.as_ref();
        let process = ClientProcess::start(program, &draw, recorder.process(), clock, recorder)?;
        world.clients.push(process);
    }
    Ok(())
}

/// Inflicts faults until the epoch is over. Most epochs have some, and some have none.
fn inflict(
    source: &Source<'_>,
    world: &mut World,
    recorder: &Recorder,
    log: &mut dyn FnMut(String),
) -> Result<(), Failure> {
    let mut rng = Draw::numbers(source.seed, source.stream(0));
    let over = Instant::now() + LASTS;
    let faults = rng.random_range(0..4);
    for _ in 0..faults {
        let pause = Duration::from_millis(rng.random_range(100..900));
        std::thread::sleep(pause.min(over.saturating_duration_since(Instant::now())));
        let inflicted = world.inflict(&mut rng)?;
        recorder.tally().faults.add(inflicted.kind);
        log(format!("epoch {}: {}", source.epoch, inflicted.what));
    }
    std::thread::sleep(over.saturating_duration_since(Instant::now()));
    Ok(())
}

/// Waits until all clients have ended, and what they did is recorded.
fn end_clients(world: &mut World, threads: Vec<JoinHandle<()>>) -> Result<(), Failure> {
    let mut processes = std::mem::take(&mut world.clients);
    processes.iter_mut().for_each(ClientProcess::stop);
    let deadline = Instant::now() + STOPS_WITHIN;
    loop {
        let threads_ended = threads.iter().all(JoinHandle::is_finished);
        let processes_ended = processes.iter_mut().all(ClientProcess::has_ended);
        if threads_ended && processes_ended {
            break;
        }
        if Instant::now() > deadline {
            world.cut();
            for process in &mut processes {
                process.kill()?;
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // What the proxy still carries is for nobody.
    world.cut();
    for thread in threads {
        thread.join().map_err(|_| "a client has panicked")?;
    }
    for process in &mut processes {
        process.listen_to_the_end()?;
    }
    Ok(())
}

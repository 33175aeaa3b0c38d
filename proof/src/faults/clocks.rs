//! Clocks that are set, forward or back, and then right again.

use super::{World, millis};
use crate::clock::Clock;
use crate::servers::{Failure, Server};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::thread::sleep;

/// The clock by which leases expire.
pub(super) fn of_server(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    world.clock_stepped = true;
    set(world.server.clock(), rng)
}

/// The clock of which some clients make their timestamps.
pub(super) fn of_clients(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    // Of a file, it is the clock of leases too.
    if let Server::Sqlite(_) = world.server {
        world.clock_stepped = true;
    }
    set(world.clients_clock.as_ref(), rng)
}

fn set(clock: Option<&Clock>, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let (seconds, duration) = (rng.random_range(1..10_000), millis(rng, 200..1_200));
    let seconds = if rng.random_bool(0.5) {
        seconds
    } else {
        -seconds
    };
    let Some(clock) = clock else {
        return Ok("no clock was set: libfaketime is not installed".to_owned());
    };
    clock.set(seconds)?;
    sleep(duration);
    clock.set(0)?;
    Ok(format!("set the clock by {seconds:+} s for {duration:?}"))
}

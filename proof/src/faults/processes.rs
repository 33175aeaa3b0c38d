//! Faults of the process of a server.

use super::{World, millis};
use crate::servers::Failure;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::thread::sleep;

/// The server is killed, and started again after a while.
pub(super) fn kill(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let (all, down) = (rng.random_bool(0.5), millis(rng, 0..500));
    let process = world.server.process().ok_or("there is no server")?;
    if all {
        process.kill_all()?;
    } else {
        process.kill()?;
    }
    sleep(down);
    world.server.start_again()?;
    let whom = if all {
        "all processes"
    } else {
        "the first process"
    };
    Ok(format!(
        "killed {whom} of the server, and started it again after {down:?}"
    ))
}

/// A client is killed, whatever it does.
pub(super) fn kill_client(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    if world.clients.is_empty() {
        return Ok("killed no client: none is in a process of its own".to_owned());
    }
    let chosen = rng.random_range(0..world.clients.len());
    world.clients[chosen].kill()?;
    Ok(format!("killed the process of client {chosen}"))
}

/// The server stands still, for longer than some leases last.
pub(super) fn stop(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let duration = millis(rng, 200..2_000);
    let process = world.server.process().ok_or("there is no server")?;
    process.stop()?;
    sleep(duration);
    process.go_on()?;
    Ok(format!("stopped the server for {duration:?}"))
}

//! The server ends sessions.

use super::{World, millis};
use crate::servers::{Failure, sessions};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::thread::sleep;

pub(super) fn end(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let mut ended = 0;
    for _ in 0..rng.random_range(1..10) {
        ended += sessions::end_some(&world.server, || rng.random_bool(0.3))?;
        sleep(millis(rng, 0..150));
    }
    Ok(format!("the server has ended {ended} sessions"))
}

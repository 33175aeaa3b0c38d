//! Faults of the network, which is a proxy.

use super::{Loss, World, millis};
use crate::servers::Failure;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::thread::sleep;

/// All connections end at once.
pub(super) fn cut(world: &mut World, _: &mut ChaCha8Rng) -> Result<String, Failure> {
    world.proxy()?.cut();
    Ok("cut all connections".to_owned())
}

/// Each request takes longer for a while.
pub(super) fn delay(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let (delay, duration) = (millis(rng, 5..80), millis(rng, 300..1_000));
    let proxy = world.proxy()?;
    proxy.delay(delay);
    sleep(duration);
    Ok(format!(
        "each request took {delay:?} longer for {duration:?}"
    ))
}

/// What was sent is done, and nobody is told for a while, or ever.
pub(super) fn hold(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    let (duration, cuts) = (millis(rng, 100..1_200), rng.random_bool(0.5));
    let proxy = world.proxy()?;
    proxy.hold_answers(true);
    sleep(duration);
    if cuts {
        proxy.cut();
    }
    let after = if cuts {
        "and cut the connections"
    } else {
        "and sent them on"
    };
    Ok(format!("held all answers back for {duration:?} {after}"))
}

/// Some requests do not arrive, or are answered in vain.
pub(super) fn lose(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    lose_with(world, rng, "")
}

/// As [`lose`], of the requests that end a transaction.
pub(super) fn lose_commits(world: &mut World, rng: &mut ChaCha8Rng) -> Result<String, Failure> {
    lose_with(world, rng, "COMMIT")
}

fn lose_with(
    world: &mut World,
    rng: &mut ChaCha8Rng,
    text: &'static str,
) -> Result<String, Failure> {
    let (losses, duration) = (rng.random_range(1..8), millis(rng, 200..1_000));
    let proxy = world.proxy()?;
    let mut answers = 0;
    for _ in 0..losses {
        let loss = if rng.random_bool(0.6) {
            answers += 1;
            Loss::Answer(text)
        } else {
            Loss::Request(text)
        };
        proxy.lose(loss);
        sleep(duration / losses);
    }
    let requests = losses - answers;
    Ok(format!(
        "up to {requests} requests and {answers} answers lost"
    ))
}

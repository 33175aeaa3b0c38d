//! The machine's monotonic clock, which all processes share and nobody steps.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds since the machine was started.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    // It begins at zero, and has the nanoseconds of 584 years.
    (time.tv_sec as u64) * 1_000_000_000 + time.tv_nsec as u64
}

//! How long a lease is.

use crate::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a lease lasts until it is renewed, and how long at all.
///
/// ```
/// use optlock::lease::LeaseTime;
/// use std::time::Duration;
///
/// let minute = LeaseTime::from(Duration::from_secs(60));
/// // .. and whoever renews it has to acquire it anew after an hour
/// let hour = minute.at_most(Duration::from_secs(3600));
/// ```
///
/// Times are rounded down to microseconds, and cut to 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTime {
    ttl: Duration,
    cap: Option<Duration>,
}

impl LeaseTime {
    /// With a cap on the whole time, from the acquisition on: no renewal goes beyond. The database keeps it with the
    /// lease, and neither its owner's other pages nor a renewal move it.
    #[must_use]
    pub fn at_most(self, cap: Duration) -> Self {
        Self {
            cap: Some(cap),
            ..self
        }
    }

    /// Fails if it is over as soon as it begins.
    pub(super) fn check(self) -> Result<(), Error> {
        if self.first_micros() < SHORTEST {
            return Err(Error::LeaseTooShort);
        }
        Ok(())
    }

    /// Until it is renewed.
    pub(super) fn ttl(self) -> Duration {
        self.ttl
    }

    /// Until it is renewed, in microseconds.
    pub(super) fn ttl_micros(self) -> i64 {
        micros(self.ttl)
    }

    /// The cap.
    pub(super) fn cap_micros(self) -> Option<i64> {
        self.cap.map(micros)
    }

    /// From the acquisition on, until it is renewed.
    pub(super) fn first_micros(self) -> i64 {
        self.cap_micros()
            .map_or(self.ttl_micros(), |cap| cap.min(self.ttl_micros()))
    }
}

impl From<Duration> for LeaseTime {
    /// How long the lease lasts until it is renewed, without a cap.
    fn from(ttl: Duration) -> Self {
        Self { ttl, cap: None }
    }
}

/// A millisecond, which is what SQLite's clock shows.
const SHORTEST: i64 = 1_000;

/// So that the sum with the present time is none that a database could not hold.
const LONGEST: u64 = 100 * 366 * 24 * 3600 * 1_000_000;

fn micros(duration: Duration) -> i64 {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(LONGEST);
    i64::try_from(micros.min(LONGEST)).unwrap_or(i64::MAX)
}

/// A time of the database's clock.
pub(super) fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + between(0, micros)
}

/// The time between two times of the database's clock, or none if the second one is not later.
pub(super) fn between(from: i64, to: i64) -> Duration {
    Duration::from_micros(to.saturating_sub(from).try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_what_can_be_added_to_the_present() {
        let time = LeaseTime::from(Duration::MAX).at_most(Duration::MAX);
        assert_eq!(time.ttl_micros(), i64::try_from(LONGEST).unwrap());
        assert_eq!(time.cap_micros(), Some(time.ttl_micros()));
        assert_eq!(LeaseTime::from(Duration::from_nanos(1999)).ttl_micros(), 1);
    }

    #[test]
    fn the_first_end_is_not_beyond_the_cap() {
        let minute = LeaseTime::from(Duration::from_secs(60));
        assert_eq!(minute.first_micros(), 60_000_000);
        assert_eq!(
            minute.at_most(Duration::from_secs(1)).first_micros(),
            1_000_000
        );
        assert_eq!(minute.at_most(Duration::MAX).first_micros(), 60_000_000);
    }

    #[test]
    fn a_lease_that_has_ended_lasts_no_longer() {
        assert_eq!(between(5, 3), Duration::ZERO);
        assert_eq!(between(3, 5), Duration::from_micros(2));
    }
}

//! How long to wait before the next attempt.

use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;

type Delays = <ExponentialBuilder as BackoffBuilder>::Backoff;

/// How often and how long: the numbers of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// At least one.
    pub(super) attempts: u32,
    /// From the beginning of the first attempt to that of the last.
    pub(super) within: Duration,
    /// The first delay is at most so long, and each one may be twice as long as the one before ..
    pub(super) first_delay: Duration,
    /// .. up to this.
    pub(super) longest_delay: Duration,
}

/// The delays of one retry: exponential, with full jitter.
///
/// The crate adds to each delay a random part of it, at most all of it. That part alone is what is
/// called full jitter: of those who met once, the next attempts are spread over the whole time
/// instead of over its second half.
#[derive(Debug)]
pub(super) struct Backoff {
    plain: Delays,
    jittered: Delays,
    within: Duration,
}

impl Backoff {
    pub(super) fn new(limits: Limits, seed: Option<u64>) -> Self {
        let plain = ExponentialBuilder::new()
            .with_factor(2.0)
            .with_min_delay(limits.first_delay.min(limits.longest_delay))
            .with_max_delay(limits.longest_delay)
            .with_max_times(limits.attempts.saturating_sub(1) as usize);
        let jittered = plain.with_jitter();
        Self {
            plain: plain.build(),
            jittered: seed
                .map_or(jittered, |seed| jittered.with_jitter_seed(seed))
                .build(),
            within: limits.within,
        }
    }

    /// The delay before the next attempt, `elapsed` after the beginning of the first one. `None` if
    /// there shall be no other. An attempt that waits for a lock begins `at_once`.
    pub(super) fn next(&mut self, elapsed: Duration, at_once: bool) -> Option<Duration> {
        let delay = self.jittered.next()?.saturating_sub(self.plain.next()?);
        let delay = if at_once { Duration::ZERO } else { delay };
        (elapsed.saturating_add(delay) < self.within).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn delays(limits: Limits, seed: u64) -> Vec<Duration> {
        let mut backoff = Backoff::new(limits, Some(seed));
        std::iter::from_fn(|| backoff.next(Duration::ZERO, false)).collect()
    }

    fn milliseconds() -> impl Strategy<Value = Duration> {
        (0..100_000_u64).prop_map(Duration::from_millis)
    }

    fn limits() -> impl Strategy<Value = Limits> {
        (1..40_u32, milliseconds(), milliseconds()).prop_map(|(attempts, first, longest)| Limits {
            attempts,
            within: Duration::MAX,
            first_delay: first,
            longest_delay: longest,
        })
    }

    proptest! {
        #[test]
        fn between_attempts_there_is_one_delay_each(limits in limits(), seed: u64) {
            prop_assert_eq!(delays(limits, seed).len() as u32, limits.attempts - 1);
        }

        #[test]
        fn a_delay_is_never_longer_than_the_doubled_one_nor_than_the_longest(limits in limits(), seed: u64) {
            for (index, delay) in delays(limits, seed).into_iter().enumerate() {
                let doubled = limits.first_delay.saturating_mul(1 << index.min(30));
                let bound = doubled.min(limits.longest_delay);
                // The crate computes in `f32`.
                prop_assert!(delay <= bound + bound / 1000, "{delay:?} after {index}, at most {bound:?}");
            }
        }

        #[test]
        fn no_attempt_begins_when_the_time_is_over(
            limits in limits(), within in milliseconds(), elapsed in milliseconds(), seed: u64,
        ) {
            let mut backoff = Backoff::new(Limits { within, ..limits }, Some(seed));
            let mut unlimited = Backoff::new(limits, Some(seed));
            while let Some(delay) = unlimited.next(elapsed, false) {
                let expected = (elapsed + delay < within).then_some(delay);
                prop_assert_eq!(backoff.next(elapsed, false), expected);
            }
        }

        #[test]
        fn nothing_overflows(attempts in 1..100_u32, seed: u64, first: u64, longest: u64, elapsed: u64) {
            let limits = Limits {
                attempts,
                within: Duration::MAX,
                first_delay: Duration::from_secs(first),
                longest_delay: Duration::from_secs(longest),
            };
            let mut backoff = Backoff::new(limits, Some(seed));
            while backoff.next(Duration::from_secs(elapsed), false).is_some() {}
        }
    }

    /// Full jitter: the delays fill the whole time from zero on, evenly.
    #[test]
    fn the_delays_are_spread_over_the_whole_time() {
        let second = Duration::from_secs(1);
        let limits = Limits {
            attempts: 2,
            within: Duration::MAX,
            first_delay: second,
            longest_delay: second,
        };
        let mut tenths = [0; 10];
        for seed in 0..10_000 {
            for delay in delays(limits, seed) {
                tenths[(delay.as_secs_f64() * 10.0) as usize] += 1;
            }
        }
        for count in tenths {
            assert!((800..1200).contains(&count), "{tenths:?}");
        }
    }

    #[test]
    fn two_retries_do_not_wait_alike() {
        let limits = Limits {
            attempts: 20,
            within: Duration::MAX,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(9),
        };
        let mut some = Backoff::new(limits, None);
        let mut others = Backoff::new(limits, None);
        let all = |backoff: &mut Backoff| -> Vec<_> {
            std::iter::from_fn(|| backoff.next(Duration::ZERO, false)).collect()
        };
        assert_ne!(all(&mut some), all(&mut others));
    }
}

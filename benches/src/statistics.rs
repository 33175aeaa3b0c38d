//! Medians, and how sure they are.

/// A median with its interval of confidence.
#[derive(Clone, Copy)]
pub(crate) struct Estimate {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// How often the bootstrap draws the samples anew.
const RESAMPLES: usize = 2_000;

/// Which part of the resampled medians is outside of the interval, at each end: it is one of 95 %.
const TAIL: f64 = 0.025;

impl Estimate {
    /// The median of the samples, with an interval by the percentile bootstrap. The same samples always have the same
    /// interval.
    pub(crate) fn of(samples: &[f64]) -> Self {
        let mut random = SplitMix64(0);
        let mut resample = samples.to_vec();
        let mut medians: Vec<_> = (0..RESAMPLES)
            .map(|_| {
                resample.fill_with(|| samples[random.below(samples.len())]);
                median(&mut resample)
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        let tail = (TAIL * RESAMPLES as f64) as usize;
        Self {
            median: median(&mut samples.to_vec()),
            low: medians[tail],
            high: medians[RESAMPLES - 1 - tail],
        }
    }

    /// How many times as long as `base` something took. What is compared are the two times of one round.
    pub(crate) fn of_ratio(times: &[f64], base: &[f64]) -> Self {
        let ratios: Vec<_> = times
            .iter()
            .zip(base)
            .map(|(time, base)| time / base)
            .collect();
        Self::of(&ratios)
    }

    pub(crate) fn map(self, change: impl Fn(f64) -> f64) -> Self {
        Self {
            median: change(self.median),
            low: change(self.low),
            high: change(self.high),
        }
    }
}

/// Sorts the samples, of which there is one at least.
pub(crate) fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    let half = samples.len() / 2;
    if samples.len().is_multiple_of(2) {
        f64::midpoint(samples[half - 1], samples[half])
    } else {
        samples[half]
    }
}

/// [A generator][paper] of random numbers that is short and good enough to draw samples.
///
/// [paper]: https://doi.org/10.1145/2714064.2660195
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

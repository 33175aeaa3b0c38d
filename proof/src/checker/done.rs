//! Which calls were put into the order: a bitset, and its short form for the memory of the search.

/// Calls by their ranks: those that must take effect by their ends, behind them those that need
/// not.
#[derive(Debug)]
pub(super) struct Done {
    must: Vec<u64>,
    may: Vec<u64>,
}

impl Done {
    pub(super) fn new(must: usize, may: usize) -> Self {
        Self {
            must: vec![0; must.div_ceil(64)],
            may: vec![0; may.div_ceil(64)],
        }
    }

    pub(super) fn flip(&mut self, rank: Rank) {
        let (words, bit) = match rank {
            Rank::Must(bit) => (&mut self.must, bit),
            Rank::May(bit) => (&mut self.may, bit),
        };
        words[bit / 64] ^= 1 << (bit % 64);
    }

    pub(super) fn has(&self, rank: Rank) -> bool {
        let (words, bit) = match rank {
            Rank::Must(bit) => (&self.must, bit),
            Rank::May(bit) => (&self.may, bit),
        };
        words[bit / 64] & (1 << (bit % 64)) != 0
    }

    /// The whole set, without the words at both ends that are full or empty: in the order of their
    /// ends nearly all calls are done up to some place, and none behind it.
    pub(super) fn key(&self) -> Box<[u64]> {
        let full = self
            .must
            .iter()
            .take_while(|word| **word == u64::MAX)
            .count();
        let end = self.must.iter().rposition(|word| *word != 0);
        let window = self.must.get(full..=end.unwrap_or(0)).unwrap_or(&[]);
        let may = self.may.iter().copied();
        may.chain([full as u64])
            .chain(window.iter().copied())
            .collect()
    }
}

/// The number of a call in [`Done`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Must(usize),
    May(usize),
}

//! Sets of tokens, each of them once.

use std::collections::HashMap;

/// Sets of tokens as ids, so that states are small.
#[derive(Debug)]
pub(super) struct Sets {
    ids: HashMap<Vec<u32>, SetId>,
    sets: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SetId(u32);

impl Sets {
    pub(super) const EMPTY: SetId = SetId(0);

    pub(super) fn new() -> Self {
        Self {
            ids: HashMap::from([(Vec::new(), Self::EMPTY)]),
            sets: vec![Vec::new()],
        }
    }

    fn get(&self, set: SetId) -> &[u32] {
        &self.sets[set.0 as usize]
    }

    pub(super) fn has(&self, set: SetId, token: u32) -> bool {
        self.get(set).binary_search(&token).is_ok()
    }

    pub(super) fn with(&mut self, set: SetId, token: u32) -> SetId {
        let mut tokens = self.get(set).to_vec();
        if let Err(place) = tokens.binary_search(&token) {
            tokens.insert(place, token);
        }
        let next = SetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        let id = *self.ids.entry(tokens.clone()).or_insert(next);
        if id == next {
            self.sets.push(tokens);
        }
        id
    }
}

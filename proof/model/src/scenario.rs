//! What can happen: how many clients there are, what they can call, and what can go wrong.

use crate::contents::{Field, RowId};
use crate::operation::Operation;
use crate::token::Tokens;
use crate::unit::Order;

/// The bounds of an exploration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    pub name: &'static str,
    pub clients: u8,
    pub rows: u8,
    /// How many operations each client can call.
    pub operations: u8,
    pub menu: &'static [Operation],
    pub faults: Faults,
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// How often an answer is lost or a future is dropped.
    pub at_most: u8,
    /// An answer can be lost with its connection.
    pub loses_answers: bool,
    /// A future can be dropped while it waits, on such a connection.
    pub drops_futures: Option<Driver>,
    /// The clock moves on, and is set back.
    pub moves_the_clock: bool,
    /// A replica takes over that is behind.
    pub fails_over: bool,
}

/// What a driver makes of an answer that nobody waits for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// Throws it away, as those of PostgreSQL and SQLite do.
    InStep,
    /// Gives it to whoever waits next, as that of MySQL and MariaDB does.
    OutOfStep,
}

impl Faults {
    const NONE: Self = Self {
        at_most: 0,
        loses_answers: false,
        drops_futures: None,
        moves_the_clock: false,
        fails_over: false,
    };
}

/// How far the clock goes.
pub const LAST_TICK: u8 = 2;

const ONE: RowId = RowId(0);
const TWO: RowId = RowId(1);

use Operation::{
    Acquire, Batch, Delete, Force, Insert, Load, Merge, Resolve, Save, SaveLeased, Transaction,
};

pub const SAVES: Scenario = Scenario {
    name: "saves, forced and merging ones, deletes",
    clients: 2,
    rows: 1,
    operations: 3,
    menu: &[
        Load(ONE),
        Save(ONE),
        Force(ONE),
        Merge(ONE, Field::Left),
        Merge(ONE, Field::Right),
        Delete(ONE),
    ],
    faults: Faults::NONE,
};

pub const THREE_CLIENTS: Scenario = Scenario {
    name: "saves of three clients",
    clients: 3,
    menu: &[Load(ONE), Save(ONE), Force(ONE)],
    ..SAVES
};

pub const CLOCK: Scenario = Scenario {
    name: "a clock that stands still, moves on and is set back",
    clients: 2,
    rows: 1,
    operations: 3,
    menu: &[Load(ONE), Save(ONE), Force(ONE)],
    faults: Faults {
        moves_the_clock: true,
        ..Faults::NONE
    },
};

pub const TRANSACTIONS: Scenario = Scenario {
    name: "transactions that are committed and rolled back",
    clients: 2,
    rows: 2,
    operations: 4,
    menu: &[
        Load(ONE),
        Load(TWO),
        Save(ONE),
        Transaction(Order::First, false),
        Transaction(Order::Both, true),
        Transaction(Order::Reversed, true),
        Transaction(Order::Reversed, false),
    ],
    faults: Faults::NONE,
};

pub const BATCHES: Scenario = Scenario {
    name: "batches of two rows",
    clients: 2,
    rows: 2,
    operations: 4,
    menu: &[Load(ONE), Load(TWO), Save(TWO), Batch(Order::Both)],
    faults: Faults::NONE,
};

pub const LEASES: Scenario = Scenario {
    name: "leases that expire and are stolen",
    clients: 2,
    rows: 1,
    operations: 4,
    menu: &[
        Load(ONE),
        Save(ONE),
        Acquire { by_force: false },
        Acquire { by_force: true },
        SaveLeased,
    ],
    faults: Faults::NONE,
};

pub const LOST_ANSWERS: Scenario = Scenario {
    name: "answers that are lost with their connection",
    clients: 2,
    rows: 1,
    operations: 4,
    menu: &[
        Load(ONE),
        Save(ONE),
        Transaction(Order::First, true),
        Transaction(Order::First, false),
        Resolve,
    ],
    faults: Faults {
        at_most: 1,
        loses_answers: true,
        ..Faults::NONE
    },
};

pub const DROPPED_IN_STEP: Scenario = Scenario {
    name: "futures dropped on a connection that stays in step",
    faults: Faults {
        at_most: 1,
        drops_futures: Some(Driver::InStep),
        ..Faults::NONE
    },
    ..LOST_ANSWERS
};

pub const DROPPED_OUT_OF_STEP: Scenario = Scenario {
    name: "futures dropped on a connection that falls out of step",
    faults: Faults {
        at_most: 1,
        drops_futures: Some(Driver::OutOfStep),
        ..Faults::NONE
    },
    ..LOST_ANSWERS
};

pub const ALL: Scenario = Scenario {
    name: "all operations on one row, lost answers, and futures dropped out of step",
    clients: 2,
    rows: 1,
    operations: 3,
    menu: &[
        Load(ONE),
        Save(ONE),
        Force(ONE),
        Merge(ONE, Field::Right),
        Delete(ONE),
        Transaction(Order::First, true),
        Transaction(Order::First, false),
        Acquire { by_force: false },
        Acquire { by_force: true },
        SaveLeased,
        Resolve,
    ],
    faults: Faults {
        at_most: 1,
        loses_answers: true,
        drops_futures: Some(Driver::OutOfStep),
        ..Faults::NONE
    },
};

pub const KEYS_RETURN: Scenario = Scenario {
    name: "rows that are inserted again under the key of a deleted one",
    clients: 2,
    rows: 1,
    operations: 3,
    menu: &[Load(ONE), Save(ONE), Delete(ONE), Insert(ONE)],
    faults: Faults::NONE,
};

pub const FAILOVER: Scenario = Scenario {
    name: "a failover that loses the last writes",
    clients: 2,
    rows: 1,
    operations: 3,
    menu: &[Load(ONE), Save(ONE)],
    faults: Faults {
        fails_over: true,
        ..Faults::NONE
    },
};

impl Scenario {
    /// Is the promise given for these tokens here? A counter and a time can repeat where the
    /// database goes back in time, and where a row is gone that had them.
    pub fn is_promised_for(&self, tokens: Tokens) -> bool {
        let repeats = self.faults.fails_over
            || self
                .menu
                .iter()
                .any(|operation| matches!(operation, Insert(_)));
        tokens.are_unique() || !repeats
    }
}

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    SAVES,
    THREE_CLIENTS,
    CLOCK,
    TRANSACTIONS,
    BATCHES,
    LEASES,
    LOST_ANSWERS,
    DROPPED_IN_STEP,
    DROPPED_OUT_OF_STEP,
    ALL,
    KEYS_RETURN,
    FAILOVER,
];

//! Naive variants: the protocol with one rule left out, or where it cannot hold, and the promise
//! that breaks.

use crate::promise::Promise;
use crate::protocol::Protocol;
use crate::scenario::{
    BATCHES, DROPPED_IN_STEP, DROPPED_OUT_OF_STEP, FAILOVER, KEYS_RETURN, LEASES, LOST_ANSWERS,
    SAVES, Scenario, TRANSACTIONS,
};
use crate::system::System;
use crate::token::Tokens;

/// A naive variant.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// What it does otherwise.
    pub name: &'static str,
    pub protocol: Protocol,
    pub scenario: Scenario,
    pub breaks: Promise,
}

impl Variant {
    pub fn system(&self) -> System {
        System {
            protocol: self.protocol,
            scenario: self.scenario,
        }
    }
}

const COUNTER: Protocol = Protocol::optlock(Tokens::Counter);
const UUID: Protocol = Protocol::optlock(Tokens::Uuid);

pub const VARIANTS: &[Variant] = &[
    Variant {
        name: "the version is read and compared, and not in the WHERE of the write",
        protocol: Protocol {
            checks_in_the_write: false,
            ..COUNTER
        },
        scenario: SAVES,
        breaks: Promise::NoLostUpdate,
    },
    Variant {
        name: "`now()` is the version: two saves in one tick of the clock",
        protocol: Protocol::optlock(Tokens::Now),
        scenario: SAVES,
        breaks: Promise::NoLostUpdate,
    },
    Variant {
        name: "`force_save` gives the row the version after the one in memory",
        protocol: Protocol {
            forces_at_the_found_version: false,
            ..COUNTER
        },
        scenario: SAVES,
        breaks: Promise::NoLostUpdate,
    },
    Variant {
        name: "a merge takes over the version alone",
        protocol: Protocol {
            merges_by_field: false,
            ..COUNTER
        },
        scenario: SAVES,
        breaks: Promise::NoLostUpdate,
    },
    Variant {
        name: "values are not put back after a rollback, counter",
        protocol: Protocol {
            puts_values_back: false,
            ..COUNTER
        },
        scenario: TRANSACTIONS,
        breaks: Promise::NoLostUpdate,
    },
    Variant {
        name: "values are not put back after a rollback, UUID",
        protocol: Protocol {
            puts_values_back: false,
            ..UUID
        },
        scenario: TRANSACTIONS,
        breaks: Promise::NoFalseConflict,
    },
    Variant {
        name: "a batch without a transaction",
        protocol: Protocol {
            batches_in_a_transaction: false,
            ..COUNTER
        },
        scenario: BATCHES,
        breaks: Promise::AllOrNone,
    },
    Variant {
        name: "the fence of a lease is not raised",
        protocol: Protocol {
            raises_the_fence: false,
            ..COUNTER
        },
        scenario: LEASES,
        breaks: Promise::NoLateHolder,
    },
    Variant {
        name: "the lease is looked at, and not locked until the COMMIT",
        protocol: Protocol {
            locks_the_lease: false,
            ..COUNTER
        },
        scenario: LEASES,
        breaks: Promise::NoLateHolder,
    },
    Variant {
        name: "a connection that is out of step is not given up",
        protocol: Protocol {
            gives_up_connections: false,
            ..UUID
        },
        scenario: DROPPED_OUT_OF_STEP,
        breaks: Promise::TrueAnswers,
    },
    Variant {
        name: "a connection with an open transaction is not given up",
        protocol: Protocol {
            gives_up_connections: false,
            ..UUID
        },
        scenario: DROPPED_IN_STEP,
        breaks: Promise::TrueAnswers,
    },
    Variant {
        name: "a lost answer is resolved by a read that does not lock",
        protocol: Protocol {
            resolves_by_a_locking_read: false,
            ..UUID
        },
        scenario: LOST_ANSWERS,
        breaks: Promise::TrueAnswers,
    },
    Variant {
        name: "a counter, where a row is inserted again under the key of a deleted one",
        protocol: COUNTER,
        scenario: KEYS_RETURN,
        breaks: Promise::NoLostUpdate,
    },
    Variant {
        name: "a counter, where a failover loses the last writes",
        protocol: COUNTER,
        scenario: FAILOVER,
        breaks: Promise::NoLostUpdate,
    },
];

//! What was found, as the README has it.

use crate::explore::{Explored, Until, explore};
use crate::protocol::Protocol;
use crate::scenario::Scenario;
use crate::system::System;
use crate::token::Tokens;
use crate::trace::Trace;
use crate::variants::Variant;
use std::fmt::Write as _;

/// The tokens that optlock has.
pub const TOKENS: [Tokens; 3] = [Tokens::Counter, Tokens::Time, Tokens::Uuid];

/// An exploration of optlock's protocol.
#[derive(Debug, Clone)]
pub struct Kept {
    pub system: System,
    pub explored: Explored,
}

impl Kept {
    /// Explores the protocol with these tokens in the scenario.
    pub fn explore(tokens: Tokens, scenario: Scenario, most: usize) -> Self {
        let system = System {
            protocol: Protocol::optlock(tokens),
            scenario,
        };
        Self {
            system,
            explored: explore(&system, Until::States(most)),
        }
    }

    /// Was every state reached, and the promise kept in each?
    pub fn is_kept(&self) -> bool {
        self.explored.is_complete && self.explored.broken.is_empty()
    }

    /// A line of the table.
    pub fn line(&self) -> String {
        let System { protocol, scenario } = &self.system;
        let Scenario {
            name,
            clients,
            rows,
            operations,
            ..
        } = scenario;
        let Explored { states, steps, .. } = self.explored;
        let tokens = protocol.tokens;
        format!("| {name} | {tokens} | {clients} | {rows} | {operations} | {states} | {steps} |")
    }

    /// Why the promise is not known to be kept.
    pub fn complaint(&self) -> String {
        let mut complaint = self.line();
        if !self.explored.is_complete {
            complaint.push_str("\nThere are more states than were allowed.");
        }
        for (_, actions) in &self.explored.broken {
            let system = self.system;
            let _ = write!(complaint, "\n{}", Trace { system, actions });
        }
        complaint
    }
}

/// An exploration of a naive variant, until it breaks.
#[derive(Debug, Clone)]
pub struct Broken<'v> {
    pub variant: &'v Variant,
    explored: Explored,
}

impl<'v> Broken<'v> {
    pub fn explore(variant: &'v Variant) -> Self {
        Self {
            variant,
            explored: explore(&variant.system(), Until::Broken(variant.breaks)),
        }
    }

    /// How many steps the shortest way has, if there is one.
    pub fn steps(&self) -> Option<usize> {
        self.explored.way_to(self.variant.breaks).map(<[_]>::len)
    }

    /// A line of the table.
    pub fn line(&self) -> String {
        let Variant { name, breaks, .. } = self.variant;
        let steps = self
            .steps()
            .map_or_else(|| "-".to_owned(), |steps| steps.to_string());
        format!("| {name} | {breaks} | {steps} |")
    }

    /// The shortest way, under a heading.
    pub fn section(&self) -> String {
        let Variant { name, breaks, .. } = self.variant;
        let actions = self.explored.way_to(*breaks).unwrap_or_default();
        let system = self.variant.system();
        let trace = Trace { system, actions };
        format!("### {name}\n\n```text\n{trace}```\n")
    }
}

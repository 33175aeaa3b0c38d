//! The way to a state, written so that a person can follow it.

use crate::delivery::Fate;
use crate::promise::Promise;
use crate::state::{Action, State};
use crate::system::System;
use std::fmt;

/// A way to a state, step by step.
#[derive(Debug, Clone)]
pub struct Trace<'a> {
    pub system: System,
    pub actions: &'a [Action],
}

impl fmt::Display for Trace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut state = State::new(&self.system);
        for (number, action) in self.actions.iter().enumerate() {
            let Some((next, events)) = self.system.step(&state, *action) else {
                return write!(f, "{action:?} cannot be taken");
            };
            state = next;
            write!(f, "{}. {action}", number + 1)?;
            let events = events.iter().filter(|event| !event.is_silent());
            for (index, event) in events.enumerate() {
                let before = if index == 0 { "\n   " } else { " " };
                write!(f, "{before}{event}")?;
            }
            writeln!(f)?;
        }
        for promise in Promise::ALL
            .into_iter()
            .filter(|promise| !state.keeps(*promise))
        {
            writeln!(f, "Broken: {promise}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(client, operation, fate) => write!(f, "{client} calls {operation}{fate}"),
            Self::GoesOn(client, fate) => write!(f, "{client}{fate}"),
            Self::IsRefused(client) => write!(f, "{client} calls an operation"),
            Self::Lands(_) => f.write_str("A lock is free"),
            Self::ClockMoves(to) => write!(f, "The clock is at t{to}"),
            Self::LeaseExpires => f.write_str("The lease expires"),
            Self::Replicates => f.write_str("The replica gets what was committed"),
            Self::FailsOver => f.write_str("The replica takes over"),
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "",
            Self::GivesUpWaiting => ", and waits too long",
            Self::NeverArrives => ", which never arrives",
            Self::AnswerLost => ", and the answer is lost",
            Self::Dropped => ", and the future is dropped",
        })
    }
}

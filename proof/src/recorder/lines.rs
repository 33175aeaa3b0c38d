//! What a client in a process of its own records, line by line.

use super::operation::{Answered, Open};
use serde::{Deserialize, Serialize};
use std::io::Write;

/// A line. What an operation may do is printed before it is sent, so that it is known of a process that is killed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Line {
    Operation {
        open: Open,
        did: Box<Answered>,
        ended: Option<u64>,
    },
    Answered {
        kind: String,
        unknown: bool,
    },
    Broke {
        what: String,
    },
}

impl Line {
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Prints lines to the standard output.
#[derive(Debug)]
pub(super) struct Lines(());

/// [`Line`], of what is not owned.
#[derive(Serialize)]
enum Borrowed<'a> {
    Operation {
        open: &'a Open,
        did: &'a Answered,
        ended: Option<u64>,
    },
    Answered {
        kind: &'a str,
        unknown: bool,
    },
    Broke {
        what: &'a str,
    },
}

/// The line of an operation.
pub(super) fn operation(open: &Open, did: &Answered, ended: Option<u64>) -> String {
    text(&Borrowed::Operation { open, did, ended })
}

fn text(line: &Borrowed<'_>) -> String {
    // Nothing in a line fails to be written: it has no maps, and its numbers are integers.
    serde_json::to_string(line).unwrap_or_default()
}

impl Lines {
    pub(super) fn new() -> Self {
        Self(())
    }

    pub(super) fn operation(&self, open: &Open, did: &Answered, ended: Option<u64>) {
        self.print(&operation(open, did, ended));
    }

    pub(super) fn answered(&self, kind: &str, unknown: bool) {
        self.print(&text(&Borrowed::Answered { kind, unknown }));
    }

    pub(super) fn broke(&self, what: &str) {
        self.print(&text(&Borrowed::Broke { what }));
    }

    /// In one piece, which the kernel has when this returns.
    fn print(&self, line: &str) {
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            // Nobody listens any more: what this client does would be in no history.
            std::process::exit(1);
        }
    }
}

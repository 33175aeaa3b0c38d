//! Histories of optlock's clients on databases that fail, and the checker that judges them.
//!
//! Clients run random operations on few rows while faults break connections, servers and clocks. Each
//! call and its answer are recorded ([`history`]); a checker then decides whether the answers can have
//! come from one row that is written one call after another ([`checker`]).

pub mod checker;
pub mod history;

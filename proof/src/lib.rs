//! Histories of optlock's clients on databases that fail, and the checker that judges them.
//!
//! Clients run random operations on few rows ([`clients`]) while faults break connections, servers and clocks
//! ([`faults`], [`servers`]). Each call and its answer are recorded ([`recorder`], [`history`]); a checker then decides
//! whether the answers can have come from one row that is written one call after another ([`checker`]). [`run`]
//! does so for as long as it is told.

pub mod checker;
pub mod clients;
pub mod clock;
pub mod faults;
pub mod history;
pub mod recorder;
pub mod run;
pub mod servers;

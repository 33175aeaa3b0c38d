//! The protocol of optlock as a small model, of which every interleaving is checked.
//!
//! Clients load rows, edit what they have loaded, and save it. Between any two statements of one
//! client come those of all others; connections break, futures are dropped, a clock stands still.
//! optlock promises that meanwhile no update is lost, no conflict is reported that is none, and
//! nothing in memory is lost. This crate is the protocol that keeps the promise, without SQL,
//! drivers and types: read from the first module to the last, it is an explanation; run, it takes
//! each step that is possible from each state that can be reached, up to a bound, and looks whether
//! the promise was kept.
//!
//! 1. **The rows.** [`token`]: what a version is. [`contents`]: what is in a row, who has written it,
//!    and who has seen it.
//! 2. **The database.** [`statement`]: what is sent, and the answer. [`database`]: locks, commits,
//!    rollbacks. [`lease`]: who edits a row.
//! 3. **The clients.** [`one_row`]: a save, and what it does when it matched no row. [`unit`](mod@unit):
//!    transactions, batches and leased writes. [`client`]: memory, the connection, and an answer that
//!    is lost. [`operation`]: what can be called.
//! 4. **One step.** [`delivery`]: a statement on its way, and what can go wrong. [`state`]: all there is,
//!    and each kind of step. [`event`]: what has happened.
//! 5. **The promise.** [`promise`]: the judge of what has happened.
//! 6. **The rules.** [`protocol`]: each rule that can be left out. [`variants`]: what breaks without it.
//! 7. **The exploration.** [`scenario`]: what can happen. [`system`]: each step. [`explore`]: every way.
//!    [`trace`]: one way, to be read. [`report`]: what was found.
//!
//! What is not in the model: isolation levels above READ COMMITTED, savepoints, triggers, types and
//! encodings of versions, the clocks of several machines, poolers, and what a driver does beside
//! the order of answers. Those are tested on databases.

pub mod contents;
pub mod token;

pub mod database;
pub mod lease;
pub mod statement;

pub mod client;
pub mod one_row;
pub mod operation;
pub mod unit;

pub mod delivery;
pub mod event;
pub mod state;

pub mod promise;

pub mod protocol;
pub mod variants;

pub mod explore;
pub mod report;
pub mod scenario;
pub mod system;
pub mod trace;

//! The cases that hold on every database. Compiled for each with its `Scratch` and `Conn`.

pub(crate) mod expect;
pub(crate) mod limits;
pub(crate) mod meddler;
pub(crate) mod people;
pub(crate) mod random;

mod batch;
mod batch_races;
pub(crate) mod batch_types;
mod bump;
mod check;
mod clock;
mod composite_key;
mod connections;
mod current;
mod delete;
mod embedded;
mod errors;
mod force;
mod memory;
mod merge;
mod migrations;
mod nullable;
mod options;
mod partial;
mod retry;
mod retry_errors;
mod save;
mod stamps;
mod threads;
mod timestamps;
mod tokens;
mod touch;
mod tracked;
mod tracked_patch;
mod transaction;
pub(crate) mod unversioned;

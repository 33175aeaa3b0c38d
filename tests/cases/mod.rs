//! The cases that hold on every database. Compiled for each with its `Scratch` and `Conn`.

pub(crate) mod expect;
pub(crate) mod limits;
pub(crate) mod people;

mod composite_key;
mod connections;
mod current;
mod delete;
mod errors;
mod memory;
mod migrations;
mod partial;
mod save;
mod stamps;
mod threads;
mod timestamps;
mod tokens;
mod transaction;

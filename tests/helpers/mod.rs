//! What several cases use. Compiled for each database with its `Scratch` and `Conn`.

pub(crate) mod broken;
pub(crate) mod child;
pub(crate) mod counters;
pub(crate) mod documents;
pub(crate) mod ended;
pub(crate) mod expect;
pub(crate) mod fragile;
pub(crate) mod last_version;
pub(crate) mod leases;
pub(crate) mod legacy;
pub(crate) mod made;
pub(crate) mod meddler;
pub(crate) mod mistaken;
pub(crate) mod nodes;
pub(crate) mod paper;
pub(crate) mod patch;
pub(crate) mod people;
pub(crate) mod refused;
pub(crate) mod rows;
pub(crate) mod same;
pub(crate) mod stale;
pub(crate) mod swallowed;
pub(crate) mod triggers;

//! How a connection executes: nothing on the floors below sends anything.

mod database;
mod run;

pub(crate) use database::database_of;
pub(crate) use run::{Execute, Fetch, NoConnection, RowsOf, execute};

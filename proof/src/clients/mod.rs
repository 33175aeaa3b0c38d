//! Clients of optlock, which do random operations on few rows.

mod client;
mod connector;
mod edit;
mod held;
mod leases;
mod lost;
mod peer;
mod process;
mod reads;
mod refusal;
mod session;
mod step;
mod tables;
mod units;
mod writes;

pub use connector::Connector;
pub use edit::Edit;
pub use peer::{PeerConnection, create_peers};
pub use process::{ClientProcess, Draw, be_a_client};
pub use session::{Answer, AnySession, End, Ended, Failure, Operates, Session};
pub use tables::{
    KEYS, Model, Numbered, Timed, Unique, create_ballast, create_tables, row, version,
};

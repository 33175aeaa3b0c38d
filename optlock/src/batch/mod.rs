//! Many rows at once.

pub(crate) mod delete_all;
mod dialect;
mod explain;
mod index;
mod lock;
mod lookup;
#[cfg(feature = "mysql")]
mod mysql;
mod one_by_one;
#[cfg(feature = "postgres")]
mod pg;
mod pieces;
mod rows;
pub(crate) mod save_all;
pub(crate) mod save_each;
mod saving;
mod strategy;

pub use dialect::BatchDialect;
#[cfg(feature = "mysql")]
pub use mysql::Cases;
pub use one_by_one::OneByOne;
#[cfg(feature = "postgres")]
pub use pg::Arrays;
pub use rows::Rows;
pub use strategy::{DeleteMany, SaveMany, Written};

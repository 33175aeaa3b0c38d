//! Many rows at once.

pub(crate) mod delete_all;
mod dialect;
mod form;
mod index;
mod lock;
mod lookup;
#[cfg(feature = "mysql")]
mod mysql;
mod one_by_one;
#[cfg(feature = "postgres")]
mod pg;
mod rows;
pub(crate) mod save_all;
pub(crate) mod save_each;
mod walk;
mod why;

pub use dialect::BatchDialect;
pub use form::{DeleteRows, Rows, SaveRows, Written};
#[cfg(feature = "mysql")]
pub use mysql::Cases;
pub use one_by_one::OneByOne;
#[cfg(feature = "postgres")]
pub use pg::Arrays;

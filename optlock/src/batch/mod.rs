//! Many rows at once.

mod any_batch;
mod arrays;
mod cascade;
mod cases;
mod chunks;
mod delete_all;
mod dialect;
mod explain;
mod facts;
mod index;
mod lock;
mod lookup;
#[cfg(feature = "mysql")]
mod mysql;
mod needs;
mod one_by_one;
mod order;
#[cfg(feature = "postgres")]
mod pg;
mod pieces;
mod rows;
mod same_row;
mod save_all;
mod save_each;
mod saving;
mod strategy;
mod together;
mod versions;
mod write_all;

pub use chunks::{Chunk, Chunks, FailedChunk, SplitChunk, Unsent};
pub(crate) use chunks::{delete_next, save_next};
pub(crate) use delete_all::delete_all_checked;
pub use dialect::BatchDialect;
pub(crate) use dialect::{DeletesMany, SavesMany};
#[cfg(feature = "mysql")]
pub use mysql::Cases;
#[cfg(feature = "testing")]
pub(crate) use needs::Batches;
pub(crate) use needs::{Answers, DeletedTogetherOn, ReadableOn, SavedTogetherOn};
pub use one_by_one::OneByOne;
#[cfg(feature = "postgres")]
pub use pg::Arrays;
pub use rows::Rows;
pub(crate) use save_all::save_all_checked;
pub(crate) use save_each::save_each_checked;
pub(crate) use saving::InColumns;
pub use strategy::{DeleteMany, SaveMany, Writes};

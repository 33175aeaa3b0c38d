//! What optlock sends, written out for those who send it by hand.

pub(crate) mod mysql;
pub(crate) mod postgres;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A row of a batch.
#[derive(QueryableByName)]
pub(crate) struct Nth {
    #[diesel(sql_type = BigInt)]
    #[allow(dead_code)] // only whether there is a row is asked
    n: i64,
}

//! What optlock sends, written out for those who send it by hand.

pub(crate) mod mysql;
pub(crate) mod postgres;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Statements of one row.
pub(crate) struct Singles {
    /// A save. Its binds are name, phone, next version, id, expected version.
    pub(crate) update: &'static str,
    /// A delete. Its binds are id and expected version.
    pub(crate) delete: &'static str,
    /// The version that a row has. Its bind is the id.
    pub(crate) version: &'static str,
}

/// Those of MariaDB and SQLite, which takes the same quotes.
pub(crate) const WITH_QUESTION_MARKS: Singles = Singles {
    update: "UPDATE `optlock_bench` SET `name` = ?, `phone` = ?, `version` = ? WHERE `optlock_bench`.`id` = ? AND `optlock_bench`.`version` = ?",
    delete: "DELETE FROM `optlock_bench` WHERE `optlock_bench`.`id` = ? AND `optlock_bench`.`version` = ?",
    version: "SELECT `optlock_bench`.`version` FROM `optlock_bench` WHERE `optlock_bench`.`id` = ?",
};

/// A row of a batch.
#[derive(QueryableByName)]
pub(crate) struct Nth {
    #[diesel(sql_type = BigInt)]
    #[allow(dead_code)] // only whether there is a row is asked
    n: i64,
}

//! The values of a transaction are references.

use diesel::prelude::*;

fn log(conn: &mut SqliteConnection) -> Result<Vec<i32>, optlock::Error> {
    let ids = vec![1];
    optlock::transaction(conn, ids, |_, ids| {
        ids.push(2);
        Ok(ids)
    })
}

fn main() {}

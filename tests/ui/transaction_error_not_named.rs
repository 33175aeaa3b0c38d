//! Nothing tells which error the body of a transaction returns.

use diesel::prelude::*;

fn begin(conn: &mut SqliteConnection) {
    let begun = optlock::transaction(conn, (), |_, ()| Ok(()));
}

fn main() {}

//! What the body of a transaction returns.

use diesel::prelude::*;
use optlock::prelude::*;

#[derive(Debug)]
struct Refusal;

fn no_result(conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    optlock::transaction(conn, (), |_, ()| ())
}

fn another_value(conn: &mut SqliteConnection) -> Result<i32, optlock::Error> {
    optlock::transaction(conn, (), |_, ()| Ok("one"))
}

fn without_diesels_error(conn: &mut SqliteConnection) -> Result<(), Refusal> {
    optlock::transaction(conn, (), |_, ()| Err(Refusal))
}

fn without_diesels_error_with_options(conn: &mut SqliteConnection) -> Result<(), Refusal> {
    optlock::TransactionOptions::new().run(conn, (), |_, ()| Err(Refusal))
}

fn main() {}

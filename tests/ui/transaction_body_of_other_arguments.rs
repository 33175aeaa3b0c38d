//! What the body of a transaction is given.

use diesel::prelude::*;

fn without_values(conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    optlock::transaction(conn, (), |_| Ok(()))
}

fn one_of_two(conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    let (mut a, mut b) = (1, 2);
    optlock::transaction(conn, (&mut a, &mut b), |_, a: &mut i32| {
        *a += 1;
        Ok(())
    })
}

fn main() {}

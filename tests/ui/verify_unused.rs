//! A report that nobody reads, and SQL that nobody sends.

use diesel::prelude::*;
use optlock::backend::Database;
use optlock::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    version: i64,
}

#[deny(unused_must_use)]
fn unused(conn: &mut PgConnection) -> Result<(), optlock::Error> {
    optlock::verify::<Contact>(conn)?;
    optlock::trigger_sql::<Contact>(Database::Postgres);
    Ok(())
}

fn main() {}

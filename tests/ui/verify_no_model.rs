//! What is no model, and what is no connection.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::prelude::*;
use optlock::verify::Checks;

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

diesel::table! {
    papers {
        id -> Integer,
        version -> Uuid,
    }
}

struct Other;

fn no_model(conn: &mut PgConnection) {
    let _ = optlock::verify::<Other>(conn);
}

fn a_pool(pool: &mut Pool<ConnectionManager<PgConnection>>) {
    let _ = optlock::verify::<Contact>(pool);
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = papers)]
struct Paper {
    id: i32,
    version: uuid::Uuid,
}

fn no_trigger() -> Checks<Paper> {
    Checks::new().with_trigger()
}

fn not_async(conn: &mut PgConnection) {
    let _ = optlock::diesel_async::verify::<Contact>(conn);
}

fn main() {}

//! A blocking connection belongs to another prelude, and to other functions.

use diesel::prelude::*;
use optlock::diesel_async::prelude::*;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        phone -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

async fn save(contact: &mut Contact, conn: &mut PgConnection) -> Result<(), optlock::Error> {
    contact.save_checked(conn).await
}

async fn transaction(conn: &mut PgConnection) -> Result<(), optlock::Error> {
    optlock::diesel_async::transaction(conn, (), async |_conn, ()| Ok(())).await
}

async fn transaction_with_options(conn: &mut PgConnection) -> Result<(), optlock::Error> {
    optlock::TransactionOptions::new().run(conn, (), async |_conn, ()| Ok(())).await
}

async fn retry(conn: &mut PgConnection) {
    let _ = optlock::diesel_async::retry(optlock::retry::Policy::new(), conn, async |_conn: &mut PgConnection| {
        Ok::<_, optlock::Error>(())
    })
    .await;
}

fn main() {}

//! The body of an async transaction or retry captures by shared reference. What it changes is passed to it.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use optlock::diesel_async::prelude::*;
use optlock::retry::Policy;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

async fn changes(ann: &mut Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    optlock::diesel_async::transaction(conn, (), async |conn, ()| ann.save_checked(conn).await).await
}

async fn owns(ann: Contact, conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    optlock::diesel_async::transaction(conn, (), async move |conn, ()| ann.clone().save_checked(conn).await).await
}

async fn retry_changes(ann: &mut Contact, conn: &mut AsyncPgConnection) {
    let _ = optlock::diesel_async::retry(Policy::new(), conn, async |conn: &mut AsyncPgConnection| {
        ann.save_checked(conn).await
    })
    .await;
}

async fn retry_owns(ann: Contact, conn: &mut AsyncPgConnection) {
    let _ = optlock::diesel_async::retry(Policy::new(), conn, async move |conn: &mut AsyncPgConnection| {
        ann.clone().save_checked(conn).await
    })
    .await;
}

fn main() {}

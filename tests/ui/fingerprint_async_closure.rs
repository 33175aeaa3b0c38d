//! What makes a page again changes nothing that it captures: a rollback would leave it ahead of its row.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use optlock::diesel_async::prelude::*;
use optlock::seal::Seal;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Fingerprint)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

async fn both(ann: &mut Contact, bob: &mut Contact, seal: &Seal<'_>, conn: &mut AsyncPgConnection) {
    let _ = ann.save_if_unchanged("", seal, conn, async |conn, page, _| {
        bob.save_checked(conn).await?;
        Ok(page)
    }).await;
}

fn main() {}

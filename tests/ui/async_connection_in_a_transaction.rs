//! An async connection belongs to other functions than a blocking one.

use diesel_async::AsyncPgConnection;
use optlock::prelude::*;

async fn transaction(conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    optlock::transaction(conn, (), async |_conn, ()| Ok(())).await
}

fn transaction_at_once(conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    optlock::transaction(conn, (), |_conn, ()| Ok(()))
}

fn transaction_with_options(conn: &mut AsyncPgConnection) -> Result<(), optlock::Error> {
    optlock::TransactionOptions::new().run(conn, (), |_conn, ()| Ok(()))
}

fn retry(conn: &mut AsyncPgConnection) {
    let _ = optlock::retry(optlock::retry::Policy::new(), conn, |_conn| Ok::<_, optlock::Error>(()));
}

fn main() {}

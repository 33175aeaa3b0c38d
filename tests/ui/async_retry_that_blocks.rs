//! A retry on an async connection does not put its thread to sleep, and one on a blocking connection has to.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use optlock::retry::Policy;
use std::time::Duration;

async fn blocks(conn: &mut AsyncPgConnection) {
    let policy = Policy::new().sleep(|delay| std::thread::sleep(delay));
    let _ = optlock::diesel_async::retry(policy, conn, async |_conn: &mut AsyncPgConnection| {
        Ok::<_, optlock::Error>(())
    })
    .await;
}

fn waits(conn: &mut PgConnection) {
    let policy = Policy::new().sleep(async |_delay: Duration| {});
    let _ = optlock::retry(policy, conn, |_conn| Ok::<_, optlock::Error>(()));
}

fn main() {}

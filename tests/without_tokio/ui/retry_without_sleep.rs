//! Without the feature `tokio` a retry on an async connection has to be told how to wait.

use diesel_async::AsyncPgConnection;
use optlock::diesel_async::prelude::*;
use optlock::retry::Policy;

async fn retry(conn: &mut AsyncPgConnection) {
    let _ = optlock::diesel_async::retry(Policy::new(), conn, async |_conn: &mut AsyncPgConnection| {
        Ok::<_, optlock::Error>(())
    })
    .await;
}

async fn run(conn: &mut AsyncPgConnection) -> Result<(), optlock::retry::RetryError<optlock::Error>> {
    Policy::new().run(conn, (), async |_conn, ()| Ok(())).await
}

fn main() {}

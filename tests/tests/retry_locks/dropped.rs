//! A retry that is dropped while it waits for the row that it has lost.

use super::contact::ANN_CHANGES;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::{QueryDsl as _, SelectableHelper as _};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::retry::Policy;
use optlock_tests::models::Contact;
use optlock_tests::postgres::{Schema, Scratch, wait_until_blocked};
use optlock_tests::schema::contacts;
use optlock_tests::waiting::WaitsIn as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// As a statement in a transaction: the connection is given up, and the values are as they were.
#[tokio::test(flavor = "multi_thread")]
async fn it_gives_the_connection_up() {
    let scratch = &Scratch::new();
    let mut conn = scratch.connect_waiting().await;
    let id = Schema::waiting_id(&mut conn).await.unwrap();
    let (holder, attempts) = (Mutex::new(scratch.connect()), AtomicU32::new(0));
    let policy = Policy::new().notify(|count, _: &Error, _| {
        if count == 2 {
            let mut holder = holder.lock().unwrap();
            holder.batch_execute("BEGIN").unwrap();
            holder.batch_execute(ANN_CHANGES).unwrap();
        }
    });
    let mut log = Vec::new();
    let body = async |conn: &mut AsyncPgConnection, log: &mut Vec<i64>| -> Result<(), Error> {
        attempts.fetch_add(1, Ordering::SeqCst);
        let row = contacts::table.find(1).select(Contact::as_select());
        let mut ann: Contact = row.first(conn).await?;
        log.push(ann.version);
        scratch.connect().batch_execute(ANN_CHANGES)?;
        ann.phone = None;
        ann.save_checked(conn).await
    };
    tokio::select! {
        result = policy.run(&mut conn, &mut log, body) => panic!("{result:?}"),
        waits = tokio::task::spawn_blocking(move || wait_until_blocked(id)) => waits.unwrap(),
    }
    assert_eq!(attempts.into_inner(), 2, "it waits before its body");
    assert_eq!(log, [0; 0]);
    let refused = Contact::ann().save_checked(&mut conn).await;
    assert!(
        matches!(refused, Err(Error::ConnectionBroken)),
        "{refused:?}"
    );
}

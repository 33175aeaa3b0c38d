//! SQLite, in threads of its own.

use super::{Scratch, connect};
use crate::class::*;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

const IMPATIENT: &str = "PRAGMA busy_timeout = 0";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_one_writes() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    conn.batch_execute(IMPATIENT).await.unwrap();
    let mut holder = scratch.connect();
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let mut ann = Contact::ann();
    let error = ann.save_checked(conn).await.unwrap_err();
    is_transient(&error, "database is locked");
    let error = TransactionOptions::new()
        .immediate()
        .run(conn, (), async |_, ()| -> Result<(), Error> {
            panic!("this must not run")
        })
        .await
        .unwrap_err();
    is_transient(&error, "database is locked");
    holder.batch_execute("ROLLBACK").unwrap();
    ann.save_checked(conn).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_from_an_old_snapshot() {
    let scratch = Scratch::new();
    let mut other = scratch.connect();
    other.batch_execute("PRAGMA journal_mode = WAL").unwrap();
    let conn = &mut connect(&scratch).await;
    let mut ann = Contact::ann();
    let error = transaction(conn, &mut ann, async |conn, ann| {
        let _: i64 = contacts::table.count().get_result(conn).await?;
        let mut other = scratch.connect();
        other
            .batch_execute("UPDATE contacts SET version = 2 WHERE id = 1")
            .unwrap();
        ann.save_checked(conn).await
    })
    .await
    .unwrap_err();
    is_transient(&error, "database is locked");
    assert_eq!(ann, Contact::ann());
}

/// Another one still reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_has_to_wait() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    conn.batch_execute(IMPATIENT).await.unwrap();
    let mut reader = scratch.connect();
    reader
        .batch_execute("BEGIN; SELECT * FROM contacts")
        .unwrap();
    let mut ann = Contact::ann();
    let error = transaction(conn, &mut ann, async |conn, ann| {
        ann.save_checked(conn).await
    })
    .await
    .unwrap_err();
    is_transient(&error, "database is locked");
    assert_eq!(ann, Contact::ann());
    reader.batch_execute("ROLLBACK").unwrap();
    transaction(conn, &mut ann, async |conn, ann| {
        ann.save_checked(conn).await
    })
    .await
    .unwrap();
    assert_eq!(ann.version, 2);
}

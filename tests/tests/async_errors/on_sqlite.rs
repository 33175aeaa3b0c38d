//! SQLite, in threads of its own.

use super::{AsyncConn, Conn, Scratch, connect};
use crate::class::*;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, RunQueryDsl, SimpleAsyncConnection};
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

/// SQLITE_LOCKED: connections that share a cache do not wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_cache_whose_table_or_schema_is_locked() {
    let scratch = Scratch::new();
    let url = format!("file:{}?cache=shared", scratch.url());
    let mut theirs = Conn::establish(&url).unwrap();
    let conn = &mut AsyncConn::establish(&url).await.unwrap();
    let mut ann = Contact::ann();
    // The schema first: once a statement is prepared, it is the table that is locked.
    for (change, expected) in [
        (
            "CREATE TABLE more (id INTEGER)",
            "database schema is locked",
        ),
        (
            "UPDATE contacts SET version = 2",
            "database table is locked",
        ),
    ] {
        theirs.batch_execute("BEGIN").unwrap();
        theirs.batch_execute(change).unwrap();
        is_transient(&ann.save_checked(conn).await.unwrap_err(), expected);
        theirs.batch_execute("ROLLBACK").unwrap();
    }
    ann.save_checked(conn).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_ended_is_told_at_its_end() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let mut ann = Contact::ann();
    let error = transaction(conn, &mut ann, async |conn, ann| {
        ann.save_checked(conn).await?;
        conn.batch_execute("COMMIT").await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    assert!(error.outcome_unknown(), "{error:?}");
    assert_eq!(words(&error), "cannot commit - no transaction is active");
    assert_eq!(ann, Contact::ann());
}

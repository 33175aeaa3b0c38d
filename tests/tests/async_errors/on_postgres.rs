//! PostgreSQL.

use super::{AsyncConn, Conn, Scratch, connect, is_connected, kill, wait_until_blocked};
use crate::class::*;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::proxy::Proxy;
use optlock_tests::schema::contacts;
use optlock_tests::wait_until;
use std::sync::Arc;
use tokio::sync::Barrier;

async fn id_of(conn: &mut AsyncConn) -> i64 {
    let id: i32 = diesel::select(sql::<Integer>("pg_backend_pid()"))
        .get_result(conn)
        .await
        .unwrap();
    id.into()
}

async fn stored(id: i32, conn: &mut AsyncConn) -> QueryResult<Contact> {
    contacts::table
        .find(id)
        .select(Contact::as_select())
        .first(conn)
        .await
}

/// Another client saves Ann.
fn rename(scratch: &Scratch) {
    let ann = contacts::table.find(1);
    let renamed = diesel::update(ann).set((contacts::name.eq("Anna"), contacts::version.eq(2)));
    diesel::RunQueryDsl::execute(renamed, &mut scratch.connect()).unwrap();
}

/// Holds Ann's row, until it is dropped.
fn hold(scratch: &Scratch) -> Conn {
    let mut holder = scratch.connect();
    holder.begin_test_transaction().unwrap();
    let ann = diesel::update(contacts::table.find(1)).set(contacts::phone.eq("999"));
    diesel::RunQueryDsl::execute(ann, &mut holder).unwrap();
    holder
}

fn wait_until_gone(id: i64) {
    wait_until("the server should end the connection", || !is_connected(id));
}

/// Begins to save Ann, whose row somebody holds, and returns when the server shows that it waits.
async fn save_blocked(mut conn: AsyncConn) -> tokio::task::JoinHandle<(Error, AsyncConn)> {
    let id = id_of(&mut conn).await;
    let writer = tokio::spawn(async move {
        let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
        (error, conn)
    });
    wait_until_blocked(id);
    writer
}

async fn through_proxy(scratch: &Scratch) -> (Proxy, AsyncConn) {
    let proxy = Proxy::to(&scratch.url());
    let url = format!("{}?sslmode=disable", proxy.url());
    let mut conn = AsyncConn::establish(&url).await.unwrap();
    conn.batch_execute(&scratch.entering()).await.unwrap();
    (proxy, conn)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_of_a_statement() {
    let repeatable = TransactionOptions::new().repeatable_read();
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let mut mine = Contact::ann();
    let error = repeatable
        .run(conn, &mut mine, async |conn, mine| {
            stored(1, conn).await?;
            rename(&scratch);
            mine.save_checked(conn).await
        })
        .await
        .unwrap_err();
    is_conflict_of_a_check(&error);
    assert_eq!(mine, Contact::ann());

    let error = repeatable
        .run(conn, (), async |conn, ()| {
            stored(1, conn).await?;
            rename(&scratch);
            diesel::update(contacts::table.find(1))
                .set(contacts::phone.eq("999"))
                .execute(conn)
                .await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap_err();
    is_conflict(
        &error,
        "could not serialize access due to concurrent update",
    );
    assert_eq!(stored(1, conn).await.unwrap().version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialization_failure_of_a_commit() {
    let serializable = TransactionOptions::new().serializable();
    let scratch = Scratch::new();
    let (conn, other) = (&mut connect(&scratch).await, &mut connect(&scratch).await);
    let mut ann = Contact::ann();
    // What each has read the other one writes.
    let other = tokio::sync::Mutex::new(other);
    let error = serializable
        .run(conn, &mut ann, async |conn, ann| {
            stored(2, conn).await?;
            ann.save_checked(conn).await?;
            let other = &mut *other.lock().await;
            serializable
                .run(*other, (), async |other, ()| {
                    stored(1, other).await?;
                    Contact::bob().save_checked(other).await
                })
                .await
        })
        .await
        .unwrap_err();
    is_conflict(&error, "read/write dependencies among transactions");
    assert_eq!(ann, Contact::ann());
    ann.save_checked(conn).await.unwrap();
    assert_eq!(stored(1, conn).await.unwrap(), ann);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock() {
    let scratch = Scratch::new();
    let both = Arc::new(Barrier::new(2));
    let mut tasks = Vec::new();
    for [mut first, mut second] in [
        [Contact::ann(), Contact::bob()],
        [Contact::bob(), Contact::ann()],
    ] {
        let mut conn = connect(&scratch).await;
        conn.batch_execute("SET deadlock_timeout = '10ms'")
            .await
            .unwrap();
        let both = both.clone();
        tasks.push(tokio::spawn(async move {
            transaction(
                &mut conn,
                (&mut first, &mut second),
                async |conn, (first, second)| {
                    first.save_checked(conn).await?;
                    both.wait().await;
                    second.save_checked(conn).await
                },
            )
            .await
        }));
    }
    let mut errors = Vec::new();
    for task in tasks {
        errors.extend(task.await.unwrap().err());
    }
    // The other one comes second, or first.
    let (transient, others): (Vec<_>, Vec<_>) =
        errors.into_iter().partition(|error| error.is_transient());
    assert_eq!(transient.len(), 1, "{transient:?} {others:?}");
    is_transient(&transient[0], "deadlock detected");
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_waited_for() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let _holder = hold(&scratch);
    conn.batch_execute("SET lock_timeout = '1ms'")
        .await
        .unwrap();
    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    is_transient(&error, "canceling statement due to lock timeout");

    for (statement, expected) in [
        (
            "SELECT FROM contacts WHERE id = 1 FOR UPDATE NOWAIT",
            "could not obtain lock on row in relation \"contacts\"",
        ),
        (
            "LOCK TABLE contacts NOWAIT",
            "could not obtain lock on relation \"contacts\"",
        ),
    ] {
        let error = transaction(conn, (), async |conn, ()| {
            diesel::sql_query(statement).execute(conn).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap_err();
        is_transient(&error, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_timeout_is_no_class_of_its_own() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let _holder = hold(&scratch);
    conn.batch_execute("SET statement_timeout = '50ms'")
        .await
        .unwrap();
    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    is_other(&error, "canceling statement due to statement timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_terminated_while_a_statement_runs() {
    let scratch = Scratch::new();
    let mut conn = connect(&scratch).await;
    let id = id_of(&mut conn).await;
    let _holder = hold(&scratch);
    let writer = save_blocked(conn).await;
    kill(id);
    let (error, mut conn) = writer.await.unwrap();
    is_unknown(
        &error,
        "terminating connection due to administrator command",
    );
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_unknown(&error, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_terminated_while_it_is_idle() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let id = id_of(conn).await;
    kill(id);
    wait_until_gone(id);
    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    is_unknown(&error, "");
    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    is_unknown(&error, "connection closed");
    let error = Contact::ann().load_current(conn).await.unwrap_err();
    is_lost(&error, "connection closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_terminated_in_a_transaction() {
    let idle = "SET idle_in_transaction_session_timeout = '1ms'";
    for (setting, is_killed) in [("", true), (idle, false)] {
        for writes in [true, false] {
            let scratch = Scratch::new();
            let conn = &mut connect(&scratch).await;
            conn.batch_execute(setting).await.unwrap();
            let id = id_of(conn).await;
            let mut ann = Contact::ann();
            let error = transaction(conn, &mut ann, async |conn, ann| {
                if is_killed {
                    ann.save_checked(conn).await?;
                    kill(id);
                }
                wait_until_gone(id);
                if writes {
                    ann.touch_checked(conn).await?;
                }
                Ok::<_, Error>(())
            })
            .await
            .unwrap_err();
            if writes {
                is_lost(&error, "");
            } else {
                is_a_commit_that_may_have_landed(&error, "");
            }
            assert_eq!(ann, Contact::ann());
            let conn = &mut connect(&scratch).await;
            assert_eq!(stored(1, conn).await.unwrap(), ann);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_cut() {
    let scratch = Scratch::new();
    let (proxy, mut conn) = through_proxy(&scratch).await;
    proxy.lose();
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_unknown(&error, "");
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_unknown(&error, "connection closed");

    let (proxy, conn) = through_proxy(&scratch).await;
    let _holder = hold(&scratch);
    let writer = save_blocked(conn).await;
    proxy.lose();
    let (error, _) = writer.await.unwrap();
    is_unknown(&error, "connection closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_has_landed() {
    let scratch = Scratch::new();
    let (proxy, mut conn) = through_proxy(&scratch).await;
    proxy.lose_answer("COMMIT");
    let mut ann = Contact::ann();
    let error = transaction(&mut conn, &mut ann, async |conn, ann| {
        ann.save_checked(conn).await
    })
    .await
    .unwrap_err();
    is_a_commit_that_may_have_landed(&error, "connection closed");
    assert_eq!(ann, Contact::ann());
    let conn = &mut connect(&scratch).await;
    assert_eq!(stored(1, conn).await.unwrap().version, 2);
}

/// tokio-postgres refuses it, and diesel-async gives that the kind of a lost connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_of_binds_is_a_mistake_in_the_statement() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let error = transaction(conn, (), async |conn, ()| {
        diesel::sql_query("UPDATE contacts SET name = $1 WHERE id = 1")
            .execute(conn)
            .await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    is_other(&error, "expected 1 parameters but got 0");
    Contact::ann().save_checked(conn).await.unwrap();
}

/// A statement that binds a number or a text, of one id: what was prepared for the one is used for the other.
struct Mistaken<T>(T);

impl<T> QueryId for Mistaken<T> {
    type QueryId = Mistaken<()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Mistaken<i32> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_bind_param::<Integer, _>(&self.0)
    }
}

impl QueryFragment<Pg> for Mistaken<&'static str> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_bind_param::<Text, _>(self.0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bind_of_another_type_is_a_mistake_in_the_statement() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let error = transaction(conn, (), async |conn, ()| {
        Mistaken(1).execute(conn).await?;
        Mistaken("1").execute(conn).await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    is_other(&error, "error serializing parameter 0");
    Contact::ann().save_checked(conn).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_given_up_is_told_at_its_end() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let mut ann = Contact::ann();
    let error = transaction(conn, &mut ann, async |conn, ann| {
        ann.save_checked(conn).await?;
        diesel::sql_query("SELECT 1 / 0")
            .execute(conn)
            .await
            .unwrap_err();
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    assert!(!error.outcome_unknown() && !error.is_conflict() && !error.is_transient());
    assert_eq!(stored(1, conn).await.unwrap(), ann);
    ann.save_checked(conn).await.unwrap();
}

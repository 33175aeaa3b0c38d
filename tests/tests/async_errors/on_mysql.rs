//! MariaDB.

use super::{
    AsyncConn, Conn, SNAPSHOT_ISOLATION, Scratch, connect, is_connected, kill, wait_until_blocked,
};
use crate::class::*;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use optlock::Error;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock_tests::models::Contact;
use optlock_tests::proxy::Proxy;
use optlock_tests::schema::contacts;
use optlock_tests::wait_until;
use std::sync::Arc;
use tokio::sync::Barrier;

/// How mysql_async says that a connection is lost, whatever the operating system adds.
const LOST: &str = "Input/output error: ";

/// How it says so from then on.
const CLOSED: &str = "Input/output error: Driver error: `Connection to the server is closed.'";

async fn id_of(conn: &mut AsyncConn) -> i64 {
    diesel::select(sql::<BigInt>("CONNECTION_ID()"))
        .get_result(conn)
        .await
        .unwrap()
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

/// By default mysql_async moves to the server's Unix socket, past the proxy.
async fn through_proxy(scratch: &Scratch) -> (Proxy, AsyncConn) {
    let proxy = Proxy::to(&scratch.url());
    let url = format!("{}?prefer_socket=false", proxy.url());
    let mut conn = AsyncConn::establish(&url).await.unwrap();
    conn.batch_execute(&scratch.entering()).await.unwrap();
    (proxy, conn)
}

/// How the second row is written in a deadlock.
#[derive(Clone, Copy)]
enum Second {
    Checked,
    Prepared,
    Text,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_a_conflict() {
    for how in [Second::Checked, Second::Prepared, Second::Text] {
        let scratch = Scratch::new();
        let both = Arc::new(Barrier::new(2));
        let mut tasks = Vec::new();
        for [mut first, mut second] in [
            [Contact::ann(), Contact::bob()],
            [Contact::bob(), Contact::ann()],
        ] {
            let mut conn = connect(&scratch).await;
            let both = both.clone();
            tasks.push(tokio::spawn(async move {
                transaction(
                    &mut conn,
                    (&mut first, &mut second),
                    async |conn, (first, second)| {
                        first.save_checked(conn).await?;
                        both.wait().await;
                        let id = second.id;
                        match how {
                            Second::Checked => second.save_checked(conn).await?,
                            Second::Prepared => {
                                let row = diesel::update(contacts::table.find(id));
                                row.set(contacts::phone.eq("9")).execute(conn).await?;
                            }
                            Second::Text => {
                                let sql =
                                    format!("UPDATE contacts SET phone = '9' WHERE id = {id}");
                                conn.batch_execute(&sql).await?;
                            }
                        }
                        Ok::<_, Error>(id)
                    },
                )
                .await
            }));
        }
        let mut errors = Vec::new();
        for task in tasks {
            errors.extend(task.await.unwrap().err());
        }
        let [error] = &errors[..] else {
            panic!("{errors:?}")
        };
        match how {
            Second::Checked => assert!(
                error.is_conflict() && error.is_transient() && !error.outcome_unknown(),
                "{error:?}"
            ),
            _ => is_conflict(
                error,
                "Deadlock found when trying to get lock; try restarting transaction",
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_waited_for() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let _holder = hold(&scratch);
    let error = transaction(conn, (), async |conn, ()| {
        diesel::sql_query("SELECT id FROM contacts WHERE id = 1 FOR UPDATE NOWAIT")
            .execute(conn)
            .await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    is_transient(
        &error,
        "Lock wait timeout exceeded; try restarting transaction",
    );
    conn.batch_execute("SET innodb_lock_wait_timeout = 0")
        .await
        .unwrap();
    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    is_transient(
        &error,
        "Lock wait timeout exceeded; try restarting transaction",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_newer_than_the_snapshot() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    conn.batch_execute(SNAPSHOT_ISOLATION).await.unwrap();
    let mut mine = Contact::ann();
    let error = transaction(conn, &mut mine, async |conn, mine| {
        stored(1, conn).await?;
        rename(&scratch);
        mine.save_checked(conn).await
    })
    .await
    .unwrap_err();
    is_conflict_of_a_check(&error);
    assert_eq!(mine, Contact::ann());

    let error = transaction(conn, (), async |conn, ()| {
        stored(2, conn).await?;
        let other = &mut scratch.connect();
        let bob = diesel::update(contacts::table.find(2)).set(contacts::version.eq(2));
        diesel::RunQueryDsl::execute(bob, other).unwrap();
        let bob = diesel::update(contacts::table.find(2));
        bob.set(contacts::phone.eq("9")).execute(conn).await?;
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    is_conflict(
        &error,
        "Record has changed since last read in table 'contacts'; try restarting transaction",
    );
}

/// The server has ended the transaction. What comes next would commit by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_ended_is_told_at_its_end() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    conn.batch_execute(SNAPSHOT_ISOLATION).await.unwrap();
    let mut bob = Contact::bob();
    let error = transaction(conn, &mut bob, async |conn, bob| {
        stored(1, conn).await?;
        bob.save_checked(conn).await?;
        rename(&scratch);
        let ann = diesel::update(contacts::table.find(1)).set(contacts::phone.eq("9"));
        ann.execute(conn).await.unwrap_err();
        Ok::<_, Error>(())
    })
    .await
    .unwrap_err();
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    assert_eq!(bob, Contact::bob());
    let conn = &mut connect(&scratch).await;
    assert_eq!(stored(2, conn).await.unwrap(), bob);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_interrupted_is_no_class_of_its_own() {
    let scratch = Scratch::new();
    let mut conn = connect(&scratch).await;
    let id = id_of(&mut conn).await;
    let _holder = hold(&scratch);
    let writer = save_blocked(conn).await;
    let interrupt = format!("KILL QUERY {id}");
    diesel::connection::SimpleConnection::batch_execute(&mut scratch.connect(), &interrupt)
        .unwrap();
    let (error, mut conn) = writer.await.unwrap();
    is_other(&error, "Query execution was interrupted");

    conn.batch_execute("SET max_statement_time = 0.05")
        .await
        .unwrap();
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_other(
        &error,
        "Query execution was interrupted (max_statement_time exceeded)",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_killed_while_a_statement_runs() {
    let scratch = Scratch::new();
    let mut conn = connect(&scratch).await;
    let id = id_of(&mut conn).await;
    let _holder = hold(&scratch);
    let writer = save_blocked(conn).await;
    kill(id);
    let (error, mut conn) = writer.await.unwrap();
    is_unknown(&error, LOST);
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_unknown(&error, CLOSED);
    let error = Contact::ann().load_current(&mut conn).await.unwrap_err();
    is_lost(&error, CLOSED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_while_it_is_idle() {
    for (setting, is_killed) in [("DO 1", true), ("SET wait_timeout = 1", false)] {
        let scratch = Scratch::new();
        let conn = &mut connect(&scratch).await;
        conn.batch_execute(setting).await.unwrap();
        let id = id_of(conn).await;
        if is_killed {
            kill(id);
        }
        wait_until_gone(id);
        let error = Contact::ann().save_checked(conn).await.unwrap_err();
        is_unknown(&error, LOST);
        let error = Contact::ann().save_checked(conn).await.unwrap_err();
        is_unknown(&error, CLOSED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_statement_of_a_message() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let sent = conn.batch_execute("DO 1; UPDATE nowhere SET name = 'Anna'");
    is_other(&sent.await.unwrap_err().into(), "doesn't exist");
    let sent = conn.batch_execute("UPDATE nowhere SET name = 'Anna'; DELETE FROM contacts");
    is_other(&sent.await.unwrap_err().into(), "doesn't exist");
    assert_eq!(stored(1, conn).await.unwrap(), Contact::ann());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_killed_in_a_transaction() {
    for writes in [true, false] {
        let scratch = Scratch::new();
        let conn = &mut connect(&scratch).await;
        let id = id_of(conn).await;
        let mut ann = Contact::ann();
        let error = transaction(conn, &mut ann, async |conn, ann| {
            ann.save_checked(conn).await?;
            kill(id);
            wait_until_gone(id);
            if writes {
                ann.touch_checked(conn).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap_err();
        // By the RELEASE before the COMMIT, if not by a write.
        is_lost(&error, LOST);
        assert_eq!(ann, Contact::ann());
        let conn = &mut connect(&scratch).await;
        assert_eq!(stored(1, conn).await.unwrap(), ann);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_kills_itself() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    conn.batch_execute(
        "CREATE TRIGGER hangs_up BEFORE UPDATE ON contacts FOR EACH ROW KILL CONNECTION_ID()",
    )
    .await
    .unwrap();
    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    is_unknown(&error, "Connection was killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_cut() {
    let scratch = Scratch::new();
    let (proxy, mut conn) = through_proxy(&scratch).await;
    proxy.lose();
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_unknown(&error, LOST);
    let error = Contact::ann().save_checked(&mut conn).await.unwrap_err();
    is_unknown(&error, CLOSED);

    let (proxy, conn) = through_proxy(&scratch).await;
    let _holder = hold(&scratch);
    let writer = save_blocked(conn).await;
    proxy.lose();
    let (error, _) = writer.await.unwrap();
    is_unknown(
        &error,
        "Input/output error: Input/output error: connection closed",
    );
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
    is_a_commit_that_may_have_landed(&error, LOST);
    assert_eq!(ann, Contact::ann());
    let conn = &mut connect(&scratch).await;
    assert_eq!(stored(1, conn).await.unwrap().version, 2);
}

/// The future of a statement of the user's own, of which optlock knows nothing, is dropped while it waits for a lock.
async fn drop_blocked(statement: &str, conn: &mut AsyncConn, scratch: &Scratch) {
    let id = id_of(conn).await;
    let holder = hold(scratch);
    let blocked = tokio::task::spawn_blocking(move || wait_until_blocked(id));
    tokio::select! {
        ended = conn.batch_execute(statement) => panic!("{ended:?}"),
        blocked = blocked => blocked.unwrap(),
    }
    drop(holder);
}

/// The answer to a dropped statement is taken for that of the next one, which cannot read it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_statement_is_a_lost_connection() {
    for statement in [
        "UPDATE contacts SET name = 'Anna' WHERE id = 1",
        "SELECT * FROM contacts FOR UPDATE",
    ] {
        let scratch = Scratch::new();
        let conn = &mut connect(&scratch).await;
        drop_blocked(statement, conn, &scratch).await;
        let error = Contact::bob().save_checked(conn).await.unwrap_err();
        is_unknown(&error, LOST);
        let error = Contact::bob().load_current(conn).await.unwrap_err();
        is_lost(&error, CLOSED);
    }
}

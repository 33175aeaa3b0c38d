//! The user's code panics while a statement is sent: where a value becomes a bind, and in the instrumentation, which
//! runs in the thread of the statement. Either leaves a lock poisoned in diesel-async's connection to SQLite, which then
//! panics itself when it is asked for its state.

use super::aftermath::assert_refused;
use super::panics::catch;
use super::witness::{Scene, Witness, row};
use super::{Scratch, Waiting};
use diesel::connection::InstrumentationEvent;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_async::AsyncConnection as _;
use optlock::Versioned;
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::sync::Mutex;

/// A name that panics when it is to become a bind.
#[derive(Debug, Clone, PartialEq, AsExpression)]
#[diesel(sql_type = Text)]
struct Unwritable;

impl ToSql<Text, Sqlite> for Unwritable {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        panic!("the name panics")
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Unnamed {
    id: i32,
    name: Unwritable,
    version: i64,
}

const UNNAMED: Unnamed = Unnamed {
    id: 1,
    name: Unwritable,
    version: 1,
};

async fn connect() -> (Scratch, Witness, Waiting) {
    let scratch = Scratch::new();
    let mut witness = Witness::new(&scratch);
    witness.set(Scene::Unchanged);
    let conn = scratch.connect_waiting().await;
    (scratch, witness, conn)
}

/// Nothing was written, nothing is locked, and nothing is sent any more.
async fn assert_given_up(mut conn: Waiting, mut witness: Witness) {
    assert_refused(&mut conn, &mut witness).await;
    drop(conn);
    assert_eq!(witness.row(1), Some(row(1)));
    witness.assert_unlocked();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_value_in_a_save() {
    let (_scratch, witness, mut conn) = connect().await;
    let mut unnamed = UNNAMED;
    catch("the name panics", unnamed.save_checked(&mut conn)).await;
    assert_eq!(unnamed, UNNAMED);
    assert_given_up(conn, witness).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_value_in_a_transaction() {
    let (_scratch, witness, mut conn) = connect().await;
    let (mut ann, mut unnamed) = (row(1), UNNAMED);
    let values = (&mut ann, &mut unnamed);
    let saves = transaction(&mut conn, values, async |conn, (ann, unnamed)| {
        ann.save_checked(conn).await?;
        unnamed.save_checked(conn).await
    });
    catch("the name panics", saves).await;
    assert_eq!((ann, unnamed), (row(1), UNNAMED));
    assert_given_up(conn, witness).await;
}

/// A log that panics at the first `UPDATE`, and from then on at each event, because its lock is poisoned.
fn log_badly(conn: &mut Waiting) {
    let log = Mutex::new(Vec::new());
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let mut log = log.lock().unwrap();
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            assert!(!query.starts_with("UPDATE"), "the log panics");
            log.push(query);
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_instrumentation_in_a_save() {
    let (_scratch, witness, mut conn) = connect().await;
    log_badly(&mut conn);
    let mut ann = row(1);
    let error = ann.save_checked(&mut conn).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error:?}");
    assert_eq!(ann, row(1));
    assert_given_up(conn, witness).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_instrumentation_in_a_transaction() {
    let (_scratch, witness, mut conn) = connect().await;
    log_badly(&mut conn);
    let mut both = [row(1), row(2)];
    let saves = async |conn: &mut Waiting, both: &mut [Contact]| {
        both[1].name.push('!');
        both[0].save_checked(conn).await
    };
    transaction(&mut conn, &mut both[..], saves)
        .await
        .unwrap_err();
    assert_eq!(both, [row(1), row(2)]);
    assert_given_up(conn, witness).await;
}

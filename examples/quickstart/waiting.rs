//! The story on a connection of diesel-async.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::{Error, Outcome};
use std::time::Duration;

#[cfg(not(any(feature = "postgres", feature = "mysql")))]
type Connection =
    diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>;
#[cfg(feature = "postgres")]
type Connection = diesel_async::AsyncPgConnection;
#[cfg(all(feature = "mysql", not(feature = "postgres")))]
type Connection = diesel_async::AsyncMysqlConnection;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        email -> Nullable<Text>,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct Contact {
    id: i32,
    name: String,
    email: Option<String>,
    #[diesel(skip_update)] // only optlock writes it
    version: i64, // found by its name
}

#[tokio::main]
pub(crate) async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| ":memory:".to_owned());
    let conn = &mut Connection::establish(&url).await?;
    conn.batch_execute(
        "CREATE TEMPORARY TABLE contacts (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100), version BIGINT NOT NULL DEFAULT 1)",
    )
    .await?;
    conn.batch_execute(
        "INSERT INTO contacts (id, name, email) VALUES (7, 'Library', 'library@example.com')",
    )
    .await?;

    println!("\nAnn and Bob open the same contact.");
    let mut ann = open(conn).await?;
    let mut bob = open(conn).await?;
    println!("Both see {ann:?}.");

    println!("\nAnn corrects the email and saves.");
    ann.email = Some("library@example.org".to_owned());
    ann.save_checked(conn).await?;
    println!("Saved: the row has version {} now.", ann.version);

    println!("\nBob, who still sees the old row, corrects the name and saves.");
    bob.name = "Town library".to_owned();
    match bob.save_checked(conn).await {
        Err(error @ Error::ConcurrentModification(_)) => println!("Refused: {error}."),
        other => return Err(format!("expected a conflict, got {other:?}").into()),
    }

    println!("\nBob saves again, and gets the row that is in his way: he takes Ann's email over.");
    let Outcome::Changed(theirs) = bob.save_or_load(conn).await? else {
        return Err("expected Ann's row".into());
    };
    bob.email = theirs.email;
    bob.version = theirs.version;
    bob.save_checked(conn).await?;
    println!("Saved: {bob:?}.");

    println!("\nA transaction fails after its save: Bob's value is put back, as the row is.");
    let before = bob.clone();
    let failed: Result<(), Error> = transaction(conn, &mut bob, async |conn, bob| {
        bob.name = "City library".to_owned();
        bob.save_checked(conn).await?;
        Err(diesel::result::Error::RollbackTransaction.into())
    })
    .await;
    match failed {
        Err(error) => println!("{error}. Unchanged: {}.", bob == before),
        Ok(()) => return Err("expected the error of the body".into()),
    }

    println!(
        "\nAnn deletes what she has not seen change. She is told, and deletes the row as it is now."
    );
    match ann.delete_checked(conn).await {
        Err(error) if error.is_conflict() => println!("Refused: {error}."),
        other => return Err(format!("expected a conflict, got {other:?}").into()),
    }
    let current = ann.load_current(conn).await?.ok_or("the row is there")?;
    current.delete_checked(conn).await?;

    println!("\nBob's last save has a second to end. The row is gone, and he is told that too.");
    let saved = tokio::time::timeout(Duration::from_secs(1), bob.save_checked(conn));
    match saved.await? {
        Err(error) if error.is_missing() => println!("Refused: {error}."),
        other => return Err(format!("expected no row, got {other:?}").into()),
    }
    Ok(())
}

async fn open(conn: &mut Connection) -> QueryResult<Contact> {
    let row = contacts::table.find(7).select(Contact::as_select());
    row.first(conn).await
}

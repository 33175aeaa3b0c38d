//! The story on a connection of Diesel's.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::{Error, Outcome, Refreshed};
use optlock_examples::AnyConnection;

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

pub(crate) fn run() -> Result<(), Box<dyn std::error::Error>> {
    let conn = &mut AnyConnection::from_env()?;
    conn.batch_execute(
        "CREATE TEMPORARY TABLE contacts (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100), version BIGINT NOT NULL DEFAULT 1)",
    )?;
    conn.batch_execute(
        "INSERT INTO contacts (id, name, email) VALUES (7, 'Library', 'library@example.com')",
    )?;
    // Outside a transaction, an enum of connections reads twice why a write matched no row, if the first read
    // shows no row: near the end, two `SELECT version` are printed, on SQLite too.
    conn.print_statements();

    println!("\nAnn and Bob open the same contact.");
    let mut ann = open(conn)?;
    let mut bob = open(conn)?;
    println!("Both see {ann:?}.");

    println!("\nAnn corrects the email and saves.");
    ann.email = Some("library@example.org".to_owned());
    ann.save_checked(conn)?;
    println!(
        "Saved: the row had the version she expected, and has version {} now.",
        ann.version
    );

    println!("\nBob, who still sees the old row, corrects the name and saves.");
    bob.name = "Town library".to_owned();
    match bob.save_checked(conn) {
        Err(error @ Error::ConcurrentModification(_)) => println!("Refused: {error}."),
        other => return Err(format!("expected a conflict, got {other:?}").into()),
    }
    println!(
        "The second statement only read why. Ann's change is not lost, and Bob's value is unchanged: {bob:?}."
    );

    println!("\nBob loads the row as it is now, keeps Ann's email, sets his name, and saves.");
    let mut current = bob.load_current(conn)?.ok_or("the row is there")?;
    current.name = bob.name;
    bob = current;
    bob.save_checked(conn)?;
    println!("Saved: {bob:?}.");

    println!(
        "\nAnn refreshes what is on her screen: the row has changed, and she gets it as it is now."
    );
    match ann.refresh(conn)? {
        Refreshed::Updated(before) => println!(
            "Refreshed from version {} to {}: she sees the name that Bob has set.",
            before.version, ann.version
        ),
        other => return Err(format!("expected an update, got {other:?}").into()),
    }

    println!(
        "\nMeanwhile Bob changes the email again. Ann, who is asked whether to overwrite it, insists."
    );
    bob.email = Some("town-library@example.org".to_owned());
    bob.save_checked(conn)?;
    ann.force_save(conn)?;
    println!(
        "Saved by force: the row has version {}, which no client held. Bob's next save is refused:",
        ann.version
    );
    match bob.save_checked(conn) {
        Err(error @ Error::ConcurrentModification(_)) => println!("{error}."),
        other => return Err(format!("expected a conflict, got {other:?}").into()),
    }

    println!("\nAnn deletes the contact.");
    ann.delete_checked(conn)?;

    println!("\nBob saves once more, and asks for the row in case of a conflict.");
    bob.email = None;
    match bob.save_or_load(conn)? {
        Outcome::Missing => {
            println!("Refused: the row is gone. The save does not insert it again.")
        }
        other => return Err(format!("expected a missing row, got {other:?}").into()),
    }

    println!("\nBob deletes it too.");
    match bob.delete_checked(conn) {
        Err(error) if error.is_missing() => {
            println!("Refused: {error}. That is what he wanted, so his program continues.")
        }
        other => return Err(format!("expected a missing row, got {other:?}").into()),
    }
    Ok(())
}

fn open(conn: &mut AnyConnection) -> QueryResult<Contact> {
    contacts::table
        .find(7)
        .select(Contact::as_select())
        .first(conn)
}

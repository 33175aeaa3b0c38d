//! Two people edit one contact, refresh it, overwrite each other on purpose; and a third deletes it under
//! them.
//!
//! `cargo run --example quickstart` runs on SQLite in memory. On another database:
//! `DATABASE_URL=postgres://localhost/test cargo run --example quickstart --features postgres`, or
//! `mysql://..` and `--features mysql`. The table is a temporary one, so nothing stays behind.
#![allow(clippy::print_stdout)]

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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let conn = &mut AnyConnection::from_env()?;
    conn.batch_execute(
        "CREATE TEMPORARY TABLE contacts (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100), version BIGINT NOT NULL DEFAULT 1)",
    )?;
    conn.batch_execute(
        "INSERT INTO contacts (id, name, email) VALUES (7, 'Grace Hopper', 'grace@navy.example')",
    )?;
    // Outside a transaction, an enum of connections asks twice why a row was missed if the first answer is
    // "no row": near the end, two `SELECT version` are printed, on SQLite too.
    conn.print_statements();

    println!("\nAda and Bob open the same contact.");
    let mut ada = open(conn)?;
    let mut bob = open(conn)?;
    println!("Both see {ada:?}.");

    println!("\nAda corrects the email and saves.");
    ada.email = Some("grace@example.org".to_owned());
    ada.save_checked(conn)?;
    println!(
        "Saved: one row had the version she expected, and has version {} now.",
        ada.version
    );

    println!("\nBob, who still sees the old row, corrects the name and saves.");
    bob.name = "Grace Brewster Hopper".to_owned();
    match bob.save_checked(conn) {
        Err(error @ Error::ConcurrentModification(_)) => println!("Refused: {error}."),
        other => return Err(format!("expected a conflict, got {other:?}").into()),
    }
    println!(
        "The second statement only asked why. Ada's change is not lost, and Bob's value is what it was: {bob:?}."
    );

    println!("\nBob loads the row as it stands, keeps Ada's email, puts his name in, and saves.");
    let mut current = bob.load_current(conn)?.ok_or("the row is there")?;
    current.name = bob.name;
    bob = current;
    bob.save_checked(conn)?;
    println!("Saved: {bob:?}.");

    println!(
        "\nAda asks whether what is on her screen is still right: it is not, and she takes the row as it stands."
    );
    match ada.refresh(conn)? {
        Refreshed::Updated(before) => println!(
            "Refreshed from version {} to {}: she sees Bob's name now.",
            before.version, ada.version
        ),
        other => return Err(format!("expected an update, got {other:?}").into()),
    }

    println!(
        "\nMeanwhile Bob changes the email again. Ada, who is asked whether to overwrite it, insists."
    );
    bob.email = Some("hopper@example.org".to_owned());
    bob.save_checked(conn)?;
    ada.force_save(conn)?;
    println!(
        "Saved by force: one row of version {}, which is one that nobody holds. Bob is told when he saves next:",
        ada.version
    );
    match bob.save_checked(conn) {
        Err(error @ Error::ConcurrentModification(_)) => println!("{error}."),
        other => return Err(format!("expected a conflict, got {other:?}").into()),
    }

    println!("\nCleo, who has just opened the contact, deletes it.");
    let cleo = open(conn)?;
    cleo.delete_checked(conn)?;

    println!("\nBob saves once more, and asks for the row at once if there is a conflict.");
    bob.email = None;
    match bob.save_or_load(conn)? {
        Outcome::Missing => println!("Refused: the row is gone. It is not inserted again."),
        other => return Err(format!("expected a missing row, got {other:?}").into()),
    }

    println!("\nAda deletes it too.");
    match ada.delete_checked(conn) {
        Err(error) if error.is_missing() => {
            println!("Refused: {error}. That is what she wanted, so her program goes on.")
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

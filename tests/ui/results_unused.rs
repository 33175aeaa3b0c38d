//! A conflict that is a value is not dropped by accident, nor a merge that nobody saves.
#![deny(unused_must_use)]

use diesel::prelude::*;
use optlock::TransactionOptions;
use optlock::prelude::*;
use optlock::retry::Policy;

diesel::table! {
    contacts {
        id -> Integer,
        name -> Text,
        version -> BigInt,
    }
}

#[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff)]
struct Contact {
    id: i32,
    name: String,
    version: i64,
}

fn outcome(contact: &mut Contact, conn: &mut SqliteConnection) -> Result<(), optlock::Error> {
    contact.save_or_load(conn)?;
    Ok(())
}

fn outcome_of_tracked(
    contact: &mut Tracked<Contact>,
    conn: &mut SqliteConnection,
) -> Result<(), optlock::Error> {
    contact.save_or_load(conn)?;
    Ok(())
}

fn merged(base: &Contact, mine: &Contact, theirs: &Contact) {
    Contact::merge(base, mine, theirs);
}

fn each(contacts: &mut [Contact], conn: &mut SqliteConnection) {
    contacts.save_each_checked(conn);
}

fn options() {
    TransactionOptions::new().serializable();
}

fn policy() {
    Policy::new().attempts(3);
}

fn main() {}

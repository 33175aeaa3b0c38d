//! A conflict on its way through other people's error types.

use crate::helpers::expect::{self, ANN, BOB};
use crate::helpers::people::{rename, stored};
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

const MESSAGE: &str = "contacts 1 was changed: expected version 1, found 2";

/// Ann as she was before somebody else renamed her.
fn stale_ann(conn: &mut Conn) -> Contact {
    let ann = stored(1, conn);
    rename(1, "Anna", conn);
    ann
}

fn save_as_query(contact: &mut Contact, conn: &mut Conn) -> QueryResult<()> {
    contact.save_checked(conn)?;
    Ok(())
}

#[test]
fn through_a_function_of_diesel_and_back() {
    fn there_and_back(contact: &mut Contact, conn: &mut Conn) -> Result<(), Error> {
        save_as_query(contact, conn)?;
        Ok(())
    }
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stale_ann(conn);
    assert_eq!(
        save_as_query(&mut ann, conn).unwrap_err().to_string(),
        MESSAGE
    );
    expect::modified(there_and_back(&mut ann, conn), ANN, 1, 2);
}

#[test]
fn through_diesels_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stale_ann(conn);
    let bob = stored(2, conn);
    let result = conn.transaction(|conn| -> QueryResult<()> {
        bob.delete_checked(conn)?;
        ann.save_checked(conn)?;
        Ok(())
    });
    expect::modified(result.map_err(Error::from), ANN, 1, 2);
    assert_eq!(stored(2, conn), bob);
    expect::modified(conn.transaction(|conn| ann.save_checked(conn)), ANN, 1, 2);
}

#[test]
fn errors_of_diesel_stay_what_they_are() {
    fn load_nobody(conn: &mut Conn) -> Result<Contact, Error> {
        Ok(contacts::table
            .find(9)
            .select(Contact::as_select())
            .first(conn)?)
    }
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let error = load_nobody(conn).unwrap_err();
    assert!(
        matches!(error, Error::Database(diesel::result::Error::NotFound)),
        "{error:?}"
    );
    assert!(!error.is_conflict() && !error.is_missing());
    assert_eq!(
        diesel::result::Error::from(error),
        diesel::result::Error::NotFound
    );
}

#[test]
fn through_a_boxed_error() {
    fn save(
        contact: &mut Contact,
        conn: &mut Conn,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        contact.save_checked(conn)?;
        Ok(())
    }
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let error = save(&mut stale_ann(conn), conn).unwrap_err();
    assert_eq!(error.to_string(), MESSAGE);
    expect::modified(Err::<(), _>(*error.downcast::<Error>().unwrap()), ANN, 1, 2);
}

#[test]
fn through_anyhow_as_the_error_of_a_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut contacts = (stale_ann(conn), stored(2, conn));
    let result = transaction(conn, &mut contacts, |conn, (ann, bob)| {
        bob.save_checked(conn)?;
        ann.save_checked(conn)?;
        anyhow::Ok(())
    });
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), MESSAGE);
    expect::modified(Err::<(), _>(error.downcast::<Error>().unwrap()), ANN, 1, 2);
    assert_eq!(contacts, (Contact::ann(), Contact::bob()));
    expect::older(
        Contact {
            version: 5,
            ..contacts.1
        }
        .save_checked(conn),
        BOB,
        5,
        1,
    );
}

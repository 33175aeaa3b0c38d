//! What is left of a transaction after conflicts that hit no row: all of it, on every database.

use super::{Conn, Scratch};
use crate::prelude::*;
use optlock::{Error, Found};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// Somebody else has changed Ann and deleted Bob.
fn conflicts() -> Scratch {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    Contact::ann().save_checked(conn).unwrap();
    Contact::bob().delete_checked(conn).unwrap();
    scratch
}

fn cid() -> Contact {
    Contact {
        id: 3,
        name: "Cid".into(),
        phone: None,
        version: 1,
    }
}

fn insert(contact: Contact, conn: &mut Conn) -> QueryResult<usize> {
    diesel::insert_into(contacts::table)
        .values(contact)
        .execute(conn)
}

fn stored(id: i32, scratch: &Scratch) -> Contact {
    contacts::table
        .find(id)
        .select(Contact::as_select())
        .first(&mut scratch.connect())
        .unwrap()
}

fn found(result: Result<(), Error>) -> Found {
    match result {
        Err(Error::ConcurrentModification(conflict)) => conflict.found().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_transaction_goes_on_after_two_conflicts() {
    let scratch = conflicts();
    let (mut ann, mut bob) = (Contact::ann(), Contact::bob());
    let changed = Found::Modified { version: 2.into() };
    scratch
        .connect()
        .transaction(|conn| {
            assert_eq!(found(ann.save_checked(conn)), changed);
            assert_eq!(found(bob.save_checked(conn)), Found::Missing);
            insert(cid(), conn)
        })
        .unwrap();
    assert_eq!((ann, bob), (Contact::ann(), Contact::bob()));
    assert_eq!(stored(3, &scratch), cid());
}

#[test]
fn a_conflict_rolls_back_its_savepoint_and_nothing_around_it() {
    let scratch = conflicts();
    let (mut ann, mut cid) = (Contact::ann(), cid());
    scratch
        .connect()
        .transaction(|conn| {
            insert(cid.clone(), conn)?;
            let inner = transaction(conn, (&mut ann, &mut cid), |conn, (ann, cid)| {
                cid.name = "rolled back".into();
                cid.save_checked(conn)?;
                ann.save_checked(conn)
            });
            assert!(inner.unwrap_err().is_conflict());
            let inner = conn.transaction(|conn| ann.save_checked(conn));
            assert!(inner.unwrap_err().is_conflict());

            assert_eq!(cid.version, 1);
            cid.name = "Cid C.".into();
            cid.save_checked(conn)
        })
        .unwrap();
    assert_eq!(ann, Contact::ann());
    assert_eq!((cid.name.as_str(), cid.version), ("Cid C.", 2));
    assert_eq!(stored(3, &scratch), cid);
}

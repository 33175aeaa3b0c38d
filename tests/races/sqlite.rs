//! What happens on SQLite only.

use crate::races::{assert_transient, stored};
use crate::{Conn, Scratch};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::Error;
use optlock::prelude::*;
use optlock_tests::cause;
use optlock_tests::models::Contact;

#[test]
fn in_a_rollback_journal_who_has_read_keeps_others_from_committing() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    // The wait would be for us.
    theirs.batch_execute("PRAGMA busy_timeout = 0").unwrap();
    let (mut their_ann, mut our_ann) = (Contact::ann(), Contact::ann());
    ours.transaction(|ours| {
        stored(ours);
        assert_transient(&their_ann.save_checked(&mut theirs).unwrap_err());
        our_ann.save_checked(ours)
    })
    .unwrap();
    assert_eq!(their_ann, Contact::ann());
    assert_eq!(stored(&mut theirs), Some(our_ann));
}

/// SQLITE_BUSY_SNAPSHOT
#[test]
fn an_old_snapshot_refuses_each_retry_inside_its_transaction() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| scratch.connect());
    theirs.batch_execute("PRAGMA journal_mode = WAL").unwrap();
    let mut ann = Contact::ann();
    let given_up = ours.transaction(|ours| {
        stored(ours);
        Contact::ann().save_checked(&mut theirs)?;
        assert_transient(&ann.save_checked(ours).unwrap_err());
        ann.save_checked(ours)
    });
    assert_transient(&given_up.unwrap_err());
    assert_eq!(ann, Contact::ann());
    assert!(ann.save_checked(&mut ours).unwrap_err().is_conflict());
}

/// SQLITE_LOCKED: in a shared cache nobody waits, and even a read is refused.
#[test]
fn a_shared_cache_refuses_at_once() {
    let scratch = Scratch::new();
    let [mut theirs, mut ours] = [(); 2].map(|()| {
        let shared = format!("file:{}?cache=shared", scratch.url());
        Conn::establish(&shared).unwrap()
    });
    let mut ann = Contact::ann();
    theirs
        .transaction(|theirs| {
            Contact::ann().save_checked(theirs)?;
            for error in [
                ann.save_checked(&mut ours).unwrap_err(),
                ann.load_current(&mut ours).unwrap_err(),
            ] {
                assert_transient(&error);
                assert!(cause(&error).contains("table is locked"), "{error:?}");
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(ann, Contact::ann());
    assert!(ann.save_checked(&mut ours).unwrap_err().is_conflict());
}

//! After a panic in an async transaction nobody waits for a ROLLBACK: memory is as before, and the connection is
//! refused.

use crate::helpers::expect;
use crate::helpers::people::stored;
use crate::helpers::stale::policy;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::Error;
use optlock_tests::models::Contact;
use std::sync::Mutex;

/// Nothing is stored, and nothing is sent through the connection any more.
#[track_caller]
fn expect_given_up(ann: &Contact, scratch: &Scratch, conn: &mut Conn) {
    assert_eq!(*ann, Contact::ann());
    let refused = Contact::ann().save_checked(conn).unwrap_err();
    assert!(
        !refused.is_conflict() && !refused.is_transient(),
        "{refused:?}"
    );
    let result = transaction(conn, (), |_, ()| -> Result<(), Error> {
        panic!("this must not run")
    });
    result.unwrap_err();
    assert_eq!(stored(1, &mut scratch.connect()), *ann);
}

#[test]
fn after_a_panic_in_the_body() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    expect::panic("in the inner body", || {
        transaction(conn, &mut ann, |conn, ann| {
            ann.save_checked(conn)?;
            transaction(conn, &mut *ann, |conn, ann| -> Result<(), Error> {
                ann.save_checked(conn)?;
                panic!("in the inner body")
            })
        })
    });
    expect_given_up(&ann, &scratch, conn);
}

#[test]
fn a_retry_makes_no_other_attempt() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    let count = Mutex::new(0);
    expect::panic("in the body", || {
        policy().run(conn, &mut ann, |conn, ann| -> Result<(), Error> {
            *count.lock().unwrap() += 1;
            ann.save_checked(conn)?;
            panic!("in the body")
        })
    });
    assert_eq!(*count.lock().unwrap(), 1);
    expect_given_up(&ann, &scratch, conn);
}

#[test]
fn all_values_are_put_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut log, mut ann) = (vec!["before"], stored(1, conn));
    expect::panic("in the body", || {
        let values = (&mut log, &mut ann);
        transaction(conn, values, |conn, (log, ann)| -> Result<(), Error> {
            log.push("in the body");
            ann.save_checked(conn)?;
            panic!("in the body")
        })
    });
    assert_eq!(log, ["before"]);
    expect_given_up(&ann, &scratch, conn);
}

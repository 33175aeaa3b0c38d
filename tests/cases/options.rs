//! Transactions that ask for something, as far as all databases agree.

use crate::Scratch;
use crate::helpers::expect;
use crate::helpers::people::{changed_my_mind, rename, stored};
use crate::prelude::*;
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;

const STRICT: TransactionOptions = TransactionOptions::new().serializable().immediate();

#[test]
fn what_is_committed_stays_and_what_is_rolled_back_is_put_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for options in [
        TransactionOptions::new(),
        TransactionOptions::new()
            .read_committed()
            .read_write()
            .not_deferrable(),
        TransactionOptions::new().repeatable_read(),
        STRICT,
    ] {
        let mut ann = stored(1, conn);
        let before = ann.clone();
        let result = options.run(conn, &mut ann, |conn, ann| -> Result<(), Error> {
            ann.save_checked(conn)?;
            Err(changed_my_mind())
        });
        expect::changed_mind(result);
        assert_eq!(ann, before);
        let result = options.run(conn, &mut ann, |conn, ann| ann.save_checked(conn));
        result.unwrap();
        assert_eq!(ann.version, before.version + 1);
        assert_eq!(stored(1, &mut scratch.connect()), ann);
    }
}

#[test]
fn inside_an_open_transaction_options_are_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.transaction(|conn| {
        let result = STRICT.run(conn, (), |_, ()| -> Result<(), Error> {
            panic!("this must not run")
        });
        let error = result.unwrap_err();
        assert!(
            matches!(error, Error::AlreadyInTransaction { .. }),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            "a transaction with options must be the outermost transaction, and one is open already"
        );
        // Without options it is a savepoint.
        TransactionOptions::new().run(conn, (), |conn, ()| {
            rename(1, "Anna", conn);
            Ok::<_, Error>(())
        })
    })
    .unwrap();
    assert_eq!(stored(1, conn).name, "Anna");
}

#[test]
fn in_a_test_transaction_it_runs_on_a_savepoint() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.begin_test_transaction().unwrap();
    let mut ann = stored(1, conn);
    STRICT
        .run(conn, &mut ann, |conn, ann| ann.save_checked(conn))
        .unwrap();
    assert_eq!(stored(1, conn).version, 2);
    assert_eq!(stored(1, &mut scratch.connect()), Contact::ann());
}

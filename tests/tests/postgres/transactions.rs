//! Options of transactions, and what ends one.

use crate::helpers::people::stored;
use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::retry::Policy;
use optlock::{Error, TransactionOptions};
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;

fn setting(name: &str, conn: &mut Conn) -> String {
    use diesel::dsl::sql;
    use diesel::sql_types::Text;

    diesel::select(sql::<Text>(&format!("current_setting('{name}')")))
        .get_result(conn)
        .unwrap()
}

#[test]
fn each_option_is_set_for_its_own_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let seen = |options: TransactionOptions, conn: &mut Conn| -> [String; 3] {
        let names = ["isolation", "read_only", "deferrable"];
        options
            .run(conn, (), |conn, ()| {
                Ok::<_, Error>(names.map(|name| setting(&format!("transaction_{name}"), conn)))
            })
            .unwrap()
    };
    let new = TransactionOptions::new;
    for (options, expected) in [
        (new(), ["read committed", "off", "off"]),
        (new().serializable(), ["serializable", "off", "off"]),
        (
            new().repeatable_read().read_only(),
            ["repeatable read", "on", "off"],
        ),
        (new().deferrable(), ["read committed", "off", "on"]),
        (
            new().serializable().read_only().deferrable(),
            ["serializable", "on", "on"],
        ),
        (new().immediate(), ["read committed", "off", "off"]),
    ] {
        assert_eq!(seen(options, conn), expected, "{options:?}");
    }

    conn.batch_execute(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE",
    )
    .unwrap();
    let lenient = new().read_committed().read_write().not_deferrable();
    assert_eq!(seen(new(), conn), ["serializable", "on", "on"]);
    assert_eq!(seen(lenient, conn), ["read committed", "off", "off"]);
}

#[test]
fn a_retry_asks_for_nothing_that_its_policy_does_not_ask_for() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    retry(Policy::new(), conn, |conn| {
        Contact::ann().save_checked(conn)
    })
    .unwrap();
    let mut sent = watch.take_sent();
    let save = sent.remove(1);
    assert!(save.starts_with("UPDATE"), "{save}");
    assert_eq!(sent, ["BEGIN", "SAVEPOINT optlock; COMMIT"]);
}

/// Its words are the user's, and may be any.
#[test]
fn a_commit_that_a_trigger_refuses_is_no_transaction_that_was_lost() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'no row in optlock_leases has a SAVEPOINT'; END $$;
         CREATE CONSTRAINT TRIGGER refuses AFTER UPDATE ON contacts DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION refuses()",
    )
    .unwrap();
    let mut ann = Contact::ann();
    let result = transaction(conn, &mut ann, |conn, ann| ann.save_checked(conn));
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(!error.outcome_unknown(), "{error:?}");
    assert_eq!((ann, stored(1, conn)), (Contact::ann(), Contact::ann()));
}

/// The nested body swallows an error, which PostgreSQL answers as if it had been asked for a rollback.
fn swallow_nested(ann: &mut Contact, conn: &mut Conn) {
    let nested = transaction(conn, ann, |conn, ann| {
        ann.save_checked(conn)?;
        conn.batch_execute("SELECT 1 / 0").unwrap_err();
        Ok::<_, Error>(())
    });
    let error = nested.unwrap_err();
    assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
    assert!(!error.outcome_unknown(), "{error:?}");
}

#[test]
fn an_error_that_a_nested_body_swallows_is_told_and_the_outer_transaction_goes_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        bob.save_checked(conn)?;
        swallow_nested(ann, conn);
        assert_eq!(*ann, Contact::ann());
        transaction(conn, &mut *ann, |conn, ann| {
            ann.save_checked(conn)?;
            swallow_nested(ann, conn);
            Ok::<_, Error>(())
        })
    })
    .unwrap();
    assert_eq!((ann.version, bob.version), (2, 2));
    let conn = &mut scratch.connect();
    assert_eq!((stored(1, conn), stored(2, conn)), (ann, bob));
}

#[test]
fn it_is_told_in_a_test_transaction_which_goes_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.begin_test_transaction().unwrap();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    bob.save_checked(conn).unwrap();
    swallow_nested(&mut ann, conn);
    assert_eq!((stored(1, conn), stored(2, conn)), (ann, bob));
}

//! Options of transactions, and what is sent.

use crate::prelude::*;
use crate::{Conn, Scratch};
use optlock::retry::Policy;
use optlock::{Error, TransactionOptions};
use optlock_tests::any::AnyConnection;
use optlock_tests::prepared::Watch;

#[test]
fn only_an_enum_has_to_ask_which_database_it_is() {
    let scratch = Scratch::new();
    let conn = &mut AnyConnection::from(scratch.connect());
    let watch = Watch::on(conn);
    retry(Policy::new(), conn, |_| Ok::<_, Error>(())).unwrap();
    let sent = watch.take_sent();
    assert!(sent[0].starts_with("SELECT 1 "), "{sent:?}");
    assert_eq!(
        sent[1..],
        [
            "BEGIN",
            "COMMIT; BEGIN IMMEDIATE",
            "SAVEPOINT optlock",
            "RELEASE SAVEPOINT optlock",
            "COMMIT"
        ]
    );

    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    retry(Policy::new(), conn, |_| Ok::<_, Error>(())).unwrap();
    assert_eq!(
        watch.take_sent(),
        ["BEGIN", "COMMIT; BEGIN IMMEDIATE", "COMMIT"]
    );
}

#[test]
fn what_there_is_not_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let options = TransactionOptions::new();
    for (options, text) in [
        (options.read_only(), "SQLite has no read-only transactions"),
        (
            options.deferrable(),
            "SQLite has no deferrable transactions",
        ),
    ] {
        let run = |_: &mut Conn, ()| -> Result<(), Error> { panic!("this must not run") };
        let error = options.run(conn, (), run).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
        assert_eq!(error.to_string(), text);
        let policy = Policy::new().transaction(options);
        let error = policy.run(conn, (), run).unwrap_err();
        assert_eq!(
            (error.attempts(), error.last().to_string().as_str()),
            (0, text)
        );
    }
}

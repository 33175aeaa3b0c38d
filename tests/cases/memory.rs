//! Nothing is lost: after a save that did not succeed, every field is what it was before.

use crate::helpers::expect::{self, Row};
use crate::helpers::people::changed_my_mind;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use chrono::{DateTime, NaiveDateTime};
use diesel::result::DatabaseErrorKind::{self, UniqueViolation};
use diesel::result::Error::DatabaseError;
use optlock::Error;
use optlock_tests::capabilities::require;
use optlock_tests::models::Account;
use optlock_tests::schema::accounts;

const ACCOUNT: Row = ("accounts", "1");

fn long_ago() -> NaiveDateTime {
    DateTime::from_timestamp(1_000_000_000, 0)
        .unwrap()
        .naive_utc()
}

fn account(id: i32, email: &str) -> Account {
    Account {
        id,
        email: email.into(),
        version: 1,
        updated_on: long_ago(),
    }
}

/// Two accounts, of which the first is returned.
fn insert(conn: &mut Conn) -> Account {
    let (ann, bob) = (account(1, "ann@example.org"), account(2, "bob@example.org"));
    diesel::insert_into(accounts::table)
        .values([ann.clone(), bob])
        .execute(conn)
        .unwrap();
    ann
}

fn stored(conn: &mut Conn) -> Account {
    accounts::table
        .find(1)
        .select(Account::as_select())
        .first(conn)
        .unwrap()
}

/// Saves the account with an email address that a constraint forbids.
fn violate(email: &str, conn: &mut Conn) -> DatabaseErrorKind {
    let before = insert(conn);
    let mut mine = Account {
        email: email.into(),
        ..before.clone()
    };
    let error = mine.save_checked(conn).unwrap_err();
    assert!(!error.is_conflict() && !error.is_missing());
    assert!(!error.is_transient() && !error.outcome_unknown());
    assert_eq!(
        mine,
        Account {
            email: email.into(),
            ..before.clone()
        }
    );
    assert_eq!(stored(conn), before);

    // As the version is what it was, the corrected value can be saved.
    mine.email = "ann@example.com".into();
    mine.save_checked(conn).unwrap();
    assert_eq!(stored(conn), mine);

    match error {
        Error::Database(DatabaseError(kind, _)) => kind,
        other => panic!("not an error of the database: {other:?}"),
    }
}

#[test]
fn after_a_violated_check() {
    let scratch = Scratch::new();
    assert_eq!(
        violate("", &mut scratch.connect()),
        CAPABILITIES.check_violation
    );
}

#[test]
fn after_a_violated_unique_constraint() {
    let scratch = Scratch::new();
    assert_eq!(
        violate("bob@example.org", &mut scratch.connect()),
        UniqueViolation
    );
}

#[test]
fn after_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = insert(conn);
    let (mut mine, mut theirs) = (before.clone(), before.clone());
    theirs.save_checked(conn).unwrap();
    expect::modified(mine.save_checked(conn), ACCOUNT, 1, 2);
    assert_eq!(mine, before);
    theirs.delete_checked(conn).unwrap();
    expect::missing(mine.save_checked(conn), ACCOUNT, 1);
    assert_eq!(mine, before);
}

#[test]
fn after_a_transaction_whose_body_fails() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = insert(conn);
    let mut mine = before.clone();
    let result = transaction(conn, &mut mine, |conn, mine| {
        mine.email = "ann@example.com".into();
        mine.save_checked(conn)?;
        assert_eq!(mine.version, 2);
        assert!(mine.updated_on > before.updated_on);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(mine, before);
    assert_eq!(stored(conn), before);
}

#[test]
fn after_a_nested_transaction_that_is_rolled_back_to_its_savepoint() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = insert(conn);
    transaction(conn, &mut mine, |conn, mine| {
        mine.email = "outer@example.org".into();
        mine.save_checked(conn)?;
        let before: Account = mine.clone();
        let inner = transaction(conn, &mut *mine, |conn, mine| {
            mine.email = "inner@example.org".into();
            mine.save_checked(conn)?;
            Err::<(), _>(changed_my_mind())
        });
        expect::changed_mind(inner);
        assert_eq!(*mine, before);
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(
        (mine.email.as_str(), mine.version),
        ("outer@example.org", 2)
    );
    assert_eq!(stored(conn), mine);
}

#[test]
fn after_a_panic_in_a_transaction() {
    let Some(()) = require(CAPABILITIES.rolls_back_panics) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let before = insert(conn);
    let mut mine = before.clone();
    expect::panic("after the save", || {
        transaction(conn, &mut mine, |conn, mine| -> Result<(), Error> {
            mine.email = "ann@example.com".into();
            mine.save_checked(conn)?;
            panic!("after the save")
        })
    });
    assert_eq!(mine, before);
    assert_eq!(stored(conn), before);
}

/// A panic while the statement is built and bound.
mod in_the_statement {
    use super::*;
    use crate::helpers::people;
    use diesel::backend::Backend;
    use diesel::expression::AsExpression;
    use diesel::query_builder::AsChangeset;
    use diesel::serialize::{Output, ToSql};
    use diesel::sql_types::Text;
    use optlock::VersionedChangeset;
    use optlock::statement::ByText;
    use optlock_tests::models::Contact;
    use optlock_tests::schema::contacts;

    #[test]
    fn after_a_panic_in_a_value() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut mine = Unsendable {
            id: 1,
            name: Unspeakable,
            version: 1,
        };
        expect::panic("no such text", || mine.save_checked(conn));
        assert_eq!(
            mine,
            Unsendable {
                id: 1,
                name: Unspeakable,
                version: 1
            }
        );
        assert_eq!(people::stored(1, conn), Contact::ann());
    }

    #[test]
    fn after_a_panic_in_a_changeset() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let mut mine = Unfinished { id: 1, version: 1 };
        expect::panic("no changeset yet", || mine.save_checked(conn));
        assert_eq!(mine, Unfinished { id: 1, version: 1 });
        assert_eq!(people::stored(1, conn), Contact::ann());
    }

    #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
    #[diesel(table_name = contacts)]
    struct Unsendable {
        id: i32,
        name: Unspeakable,
        version: i64,
    }

    #[derive(Debug, Clone, PartialEq, AsExpression)]
    #[diesel(sql_type = Text)]
    struct Unspeakable;

    impl<DB: Backend> ToSql<Text, DB> for Unspeakable {
        fn to_sql<'b>(&'b self, _out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
            panic!("no such text")
        }
    }

    #[derive(Debug, PartialEq, Identifiable, AsChangeset)]
    #[diesel(table_name = contacts)]
    struct Unfinished {
        id: i32,
        version: i64,
    }

    impl Versioned for Unfinished {
        type Table = contacts::table;
        type Key = i32;
        type VersionColumn = contacts::version;
        type Version = i64;
        type Scope = ();
        type Text = ByText;
        const TABLE_NAME: &'static str = "contacts";

        fn key(&self) -> i32 {
            self.id
        }

        fn version(&self) -> &i64 {
            &self.version
        }

        fn set_version(&mut self, version: i64) {
            self.version = version;
        }

        fn scope(&self) {}
    }

    impl<'a> VersionedChangeset<'a> for Unfinished {
        type Changeset = <&'a Self as AsChangeset>::Changeset;
        type StampChangeset = ();

        fn changeset(&'a self) -> Self::Changeset {
            panic!("no changeset yet")
        }

        fn stamp_changeset(&'a self) {}
    }
}

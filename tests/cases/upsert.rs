//! `upsert_checked`: a value that was never stored is inserted, and any other is saved.

use crate::helpers::expect::{self, ANN, CID, exists};
use crate::helpers::people::{changed_my_mind, delete, find, rename, stored};
use crate::prelude::*;
use crate::{AnyConnection, CAPABILITIES, CONTACTS_KEY, Conn, Scratch};
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use optlock::{Error, Upserted, bump_version};
use optlock_tests::capabilities::require;
use optlock_tests::models::{Account, Contact};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{accounts, contacts};

#[test]
fn a_value_that_was_never_stored_is_inserted() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let mut cid = Contact::unstored(3);
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(watch.take_sent().len(), 1);
    assert_eq!(cid, Contact::inserted(3));
    assert_eq!(stored(3, conn), cid);
}

#[test]
fn a_value_that_was_stored_is_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    let mut cid = Contact::unstored(3);
    cid.upsert_checked(conn).unwrap();
    watch.take_sent();
    cid.phone = Some("333".into());
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Saved);
    assert_eq!(watch.take_sent().len(), 1);
    assert_eq!(cid.version, 2);
    assert_eq!(stored(3, conn), cid);
}

#[test]
fn a_row_that_is_there_is_not_overwritten_by_a_new_value() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    rename(1, "Anna", conn);
    let mut mine = Contact::unstored(1);
    exists(mine.upsert_checked(conn), ANN, 2);
    assert_eq!(mine, Contact::unstored(1));
    assert_eq!(
        (stored(1, conn).name.as_str(), stored(1, conn).version),
        ("Anna", 2)
    );
}

/// In a table whose versions begin at the one of a new value, a row that has it may be unseen by the author of the
/// value.
#[test]
fn a_row_with_the_version_of_a_new_value_is_not_overwritten() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    diesel::update(contacts::table.find(1))
        .set(contacts::version.eq(0))
        .execute(conn)
        .unwrap();
    exists(Contact::unstored(1).upsert_checked(conn), ANN, 0);
    assert_eq!(stored(1, conn).name, "Ann");
}

#[test]
fn a_stale_value_is_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    rename(1, "Anna", conn);
    expect::modified(mine.upsert_checked(conn), ANN, 1, 2);
    assert_eq!(mine, Contact::ann());
    assert_eq!(stored(1, conn).name, "Anna");
}

#[test]
fn a_row_that_was_deleted_is_not_inserted_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut mine = stored(1, conn);
    delete(1, conn);
    for _ in 0..2 {
        expect::missing(mine.upsert_checked(conn), ANN, 1);
        assert_eq!(mine, Contact::ann());
        assert_eq!(find(1, conn), None);
    }
    // Whoever knows that the row is gone makes a new value of it.
    mine.version = 0;
    assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
}

/// Nor is one that the value itself has inserted.
#[test]
fn a_value_that_was_inserted_and_deleted_is_not_inserted_again() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut cid = Contact::unstored(3);
    cid.upsert_checked(conn).unwrap();
    delete(3, conn);
    expect::missing(cid.upsert_checked(conn), CID, 1);
    assert_eq!(find(3, conn), None);
}

#[test]
fn a_transaction_goes_on_after_a_conflict() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut mine, mut cid) = (Contact::unstored(1), Contact::unstored(3));
    transaction(conn, (&mut mine, &mut cid), |conn, (mine, cid)| {
        exists(mine.upsert_checked(conn), ANN, 1);
        cid.upsert_checked(conn)
    })
    .unwrap();
    assert_eq!((mine, stored(3, conn)), (Contact::unstored(1), cid));
}

#[test]
fn a_value_that_was_inserted_in_a_transaction_is_new_after_its_rollback() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut cid = Contact::unstored(3);
    let rolled_back = transaction(conn, &mut cid, |conn, cid| {
        assert_eq!(cid.upsert_checked(conn)?, Upserted::Inserted);
        cid.name = "Cid C.".into();
        assert_eq!(cid.upsert_checked(conn)?, Upserted::Saved);
        assert_eq!(cid.version, 2);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(rolled_back);
    assert_eq!((cid.version, find(3, conn)), (0, None));
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert_eq!(stored(3, conn), cid);
}

fn account(id: i32, version: i64) -> Account {
    Account {
        id,
        email: "ann@example.org".into(),
        version,
        updated_on: chrono::DateTime::UNIX_EPOCH.naive_utc(),
    }
}

#[track_caller]
fn another_unique_value(result: Result<Upserted, Error>) {
    let error = result.unwrap_err();
    assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
    assert!(
        matches!(error, Error::Database(DatabaseError(UniqueViolation, _))),
        "{error:?}"
    );
}

#[test]
fn another_unique_value_that_is_taken_is_an_error_of_the_database() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    account(1, 0).upsert_checked(conn).unwrap();
    let mut other = account(2, 0);
    another_unique_value(other.upsert_checked(conn));
    assert_eq!(other, account(2, 0));
    let result = transaction(conn, &mut other, |conn, other| other.upsert_checked(conn));
    another_unique_value(result);
    assert_eq!(other, account(2, 0));
    assert_eq!(accounts::table.count().get_result(conn), Ok(1));

    other.email = "bob@example.org".into();
    assert_eq!(other.upsert_checked(conn).unwrap(), Upserted::Inserted);
}

/// Both are taken, by two rows.
#[test]
fn a_key_that_is_taken_comes_before_another_unique_value() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    account(1, 0).upsert_checked(conn).unwrap();
    let mut bob = Account {
        email: "bob@example.org".into(),
        ..account(2, 0)
    };
    bob.upsert_checked(conn).unwrap();
    exists(account(2, 0).upsert_checked(conn), ("accounts", "2"), 1);
}

#[test]
fn a_violated_check_leaves_a_new_value_new() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut nobody = Contact {
        name: String::new(),
        ..Contact::unstored(3)
    };
    let before = nobody.clone();
    let error = nobody.upsert_checked(conn).unwrap_err();
    let Error::Database(DatabaseError(kind, _)) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        format!("{kind:?}"),
        format!("{:?}", CAPABILITIES.check_violation)
    );
    assert_eq!(nobody, before);
}

#[test]
fn the_value_that_was_inserted_is_the_base_of_a_tracked_one() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut cid = Tracked::new(Contact::unstored(3));
    cid.phone = Some("333".into());
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Inserted);
    assert!(cid.changed_fields().is_empty());
    assert_eq!(*cid.base(), stored(3, conn));

    cid.phone = None;
    let watch = Watch::on(conn);
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Saved);
    // Nothing has changed, so that nothing is sent.
    assert_eq!(cid.upsert_checked(conn).unwrap(), Upserted::Saved);
    assert_eq!(watch.take_sent().len(), 1);
    assert_eq!(*cid.base(), stored(3, conn));

    let mut taken = Tracked::new(Contact::unstored(1));
    exists(taken.upsert_checked(conn), ANN, 1);
    assert_eq!(taken, Tracked::new(Contact::unstored(1)));
}

/// Each kind of result, twice, on a connection that keeps its statements.
fn story<C>(conn: &mut C)
where
    C: TransactionConnection,
    Contact: methods::Upsert<C> + methods::Delete<C>,
{
    for id in [3, 4] {
        let (mut mine, mut theirs) = (Contact::unstored(id), Contact::unstored(id));
        assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
        let key = ["3", "4"][usize::from(id == 4)];
        exists(theirs.upsert_checked(conn), ("contacts", key), 1);
        assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Saved);
        exists(theirs.upsert_checked(conn), ("contacts", key), 2);
        mine.delete_checked(conn).unwrap();
        expect::missing(mine.upsert_checked(conn), ("contacts", key), 2);
        assert_eq!(theirs.upsert_checked(conn).unwrap(), Upserted::Inserted);
    }
}

#[test]
fn an_enum_of_connections_upserts() {
    let Some(()) = require(CAPABILITIES.multi_connection) else {
        return;
    };
    let scratch = Scratch::new();
    story(&mut AnyConnection::from(scratch.connect()));
    assert_eq!(stored(4, &mut scratch.connect()), Contact::inserted(4));
}

#[test]
fn each_statement_is_prepared_once() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    story(conn);
    let cached = watch.take_cached();
    let inserts = cached.iter().filter(|sql| sql.starts_with("INSERT"));
    assert_eq!(inserts.count(), 1, "{cached:#?}");
    delete(3, &mut scratch.connect());
    delete(4, &mut scratch.connect());
    story(conn);
    assert_eq!(watch.take_cached(), [""; 0]);
}

/// An upsert of Diesel's, which overwrites a row unseen, is noticed by others if it moves the version on.
#[test]
fn an_upsert_moves_the_version_of_an_existing_row_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut ann = stored(1, conn);
    diesel::insert_into(contacts::table)
        .values((contacts::id.eq(1), contacts::name.eq("Anna")))
        .on_conflict(CONTACTS_KEY)
        .do_update()
        .set((contacts::name.eq("Anna"), bump_version::<Contact>()))
        .execute(conn)
        .unwrap();
    expect::modified(ann.save_checked(conn), ANN, 1, 2);
    assert_eq!(stored(1, conn).name, "Anna");
}

/// The insert of a value under another name, so that a statement that is found by its type is not taken for another.
#[test]
fn a_partial_struct_is_inserted_with_its_own_columns() {
    #[derive(Insertable, Identifiable, AsChangeset, Versioned)]
    #[diesel(table_name = contacts, treat_none_as_default_value = false)]
    struct Name {
        id: i32,
        name: String,
        #[diesel(skip_update)]
        version: i64,
    }
    let scratch = Scratch::new();
    let conn: &mut Conn = &mut scratch.connect();
    Contact::unstored(3).upsert_checked(conn).unwrap();
    let mut name = Name {
        id: 4,
        name: "Name".into(),
        version: 0,
    };
    assert_eq!(name.upsert_checked(conn).unwrap(), Upserted::Inserted);
    name.name = "Names".into();
    assert_eq!(name.upsert_checked(conn).unwrap(), Upserted::Saved);
    let row = stored(4, conn);
    assert_eq!(
        (row.name.as_str(), row.phone, row.version),
        ("Names", None, 2)
    );
}

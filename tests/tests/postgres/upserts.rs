//! Inserts that PostgreSQL skips or refuses.

use crate::helpers::expect::{CID, exists};
use crate::helpers::people::find;
use crate::prelude::*;
use crate::{Conn, Scratch};
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;
use optlock::{Error, Upserted};
use optlock_tests::cause;
use optlock_tests::models::Contact;
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;

/// Two contacts of one name, which is unique.
fn with_unique_names(constraint: &str) -> Scratch {
    let scratch = Scratch::new();
    let sql = format!("ALTER TABLE contacts ADD CONSTRAINT names UNIQUE (name) {constraint}");
    scratch.connect().batch_execute(&sql).unwrap();
    scratch
}

/// One statement, whose error is the result.
#[test]
fn another_unique_value_is_refused_at_once() {
    let scratch = with_unique_names("");
    let conn = &mut scratch.connect();
    Contact::unstored(3).upsert_checked(conn).unwrap();
    let watch = Watch::on(conn);
    let error = Contact::unstored(4).upsert_checked(conn).unwrap_err();
    assert_eq!(watch.take_sent().len(), 1);
    let Error::Database(DatabaseError(UniqueViolation, information)) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(information.constraint_name(), Some("names"));
}

/// `ON CONFLICT` without the key would look at such a constraint too, and fail.
#[test]
fn a_constraint_that_is_checked_at_commit_is_in_nobodys_way() {
    let scratch = with_unique_names("DEFERRABLE INITIALLY DEFERRED");
    let conn = &mut scratch.connect();
    assert_eq!(
        Contact::unstored(3).upsert_checked(conn).unwrap(),
        Upserted::Inserted
    );
    exists(Contact::unstored(3).upsert_checked(conn), CID, 1);
    let mut other = Contact::unstored(4);
    let refused = transaction(conn, &mut other, |conn, other| {
        assert_eq!(other.upsert_checked(conn)?, Upserted::Inserted);
        Ok::<_, Error>(())
    });
    assert!(
        matches!(
            refused,
            Err(Error::Database(DatabaseError(UniqueViolation, _)))
        ),
        "{refused:?}"
    );
    assert_eq!((other, find(4, conn)), (Contact::unstored(4), None));
}

/// A second row of one key is never inserted: the database refuses the statement.
#[test]
fn a_key_that_is_not_unique_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("ALTER TABLE contacts DROP CONSTRAINT contacts_pkey")
        .unwrap();
    let error = Contact::unstored(1).upsert_checked(conn).unwrap_err();
    assert_eq!(
        cause(&error),
        "there is no unique or exclusion constraint matching the ON CONFLICT specification"
    );
    assert_eq!(contacts::table.count().get_result(conn), Ok(2));
}

#[test]
fn a_row_of_a_partitioned_table_is_inserted_or_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "DROP TABLE contacts;
         CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT, version BIGINT NOT NULL) PARTITION BY RANGE (id);
         CREATE TABLE few PARTITION OF contacts FOR VALUES FROM (0) TO (4);
         CREATE TABLE many PARTITION OF contacts DEFAULT;",
    )
    .unwrap();
    for (id, key) in [(3, "3"), (4, "4")] {
        let mut mine = Contact::unstored(id);
        assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Inserted);
        exists(
            Contact::unstored(id).upsert_checked(conn),
            ("contacts", key),
            1,
        );
        assert_eq!(mine.upsert_checked(conn).unwrap(), Upserted::Saved);
        assert_eq!(find(id, conn), Some(mine));
    }
}

#[test]
fn a_row_that_a_trigger_leaves_out_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TRIGGER leave_out BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION leave_out()",
    )
    .unwrap();
    let mut cid = Contact::unstored(3);
    let refused = |error: Error| match error {
        Error::Refused {
            table,
            key,
            version,
            ..
        } => {
            assert_eq!((table, key.as_str(), version), ("contacts", "3", None));
        }
        other => panic!("{other:?}"),
    };
    refused(cid.upsert_checked(conn).unwrap_err());
    let result = transaction(conn, &mut cid, |conn: &mut Conn, cid| {
        cid.upsert_checked(conn)
    });
    refused(result.unwrap_err());
    assert_eq!((cid, find(3, conn)), (Contact::unstored(3), None));
}

/// A role that may insert and read, and nothing else.
#[test]
fn an_insert_needs_no_right_to_update() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let schema = scratch.schema();
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO pg_monitor;
         GRANT SELECT, INSERT ON contacts TO pg_monitor;
         SET ROLE pg_monitor"
    );
    conn.batch_execute(&grants).unwrap();
    assert_eq!(
        Contact::unstored(3).upsert_checked(conn).unwrap(),
        Upserted::Inserted
    );
    exists(Contact::unstored(3).upsert_checked(conn), CID, 1);
}

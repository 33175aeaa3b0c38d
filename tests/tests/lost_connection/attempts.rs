//! What became of a write whose connection was lost.

use super::loss::*;
use super::writes::{edited, prepare, saved, touched, writes};
use super::{CAPABILITIES, Conn, Scratch, connection_id, wait_until_blocked};
use crate::prelude::*;
use optlock::{Error, Resolved, Saved, UuidText, VersionToken as _};
use optlock_tests::models::Contact;
use optlock_tests::proxy::Proxy;
use optlock_tests::schema::contacts;
use std::cell::RefCell;

diesel::table! {
    letters {
        id -> Integer,
        text -> Text,
        version -> Text,
    }
}

diesel::table! {
    desks {
        id -> Integer,
        tenant -> Integer,
        text -> Text,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
struct Desk {
    id: i32,
    #[diesel(skip_update)]
    #[optlock(scope)]
    tenant: i32,
    text: String,
    version: i64,
}

/// A row whose token nobody else draws.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Insertable,
    Identifiable,
    AsChangeset,
    Versioned,
    Diff,
)]
struct Letter {
    id: i32,
    text: String,
    version: UuidText,
}

fn letter(id: i32) -> Letter {
    Letter {
        id,
        text: "old".into(),
        version: UuidText::first(),
    }
}

/// Two letters, as they are in the table.
fn letters(scratch: &Scratch) -> [Letter; 2] {
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, version CHAR(36) NOT NULL)",
    )
    .unwrap();
    let letters = [letter(1), letter(2)];
    diesel::insert_into(letters::table)
        .values(&letters)
        .execute(conn)
        .unwrap();
    letters
}

fn stored_letter(scratch: &Scratch) -> Letter {
    letters::table
        .find(1)
        .select(Letter::as_select())
        .first(&mut scratch.connect())
        .unwrap()
}

fn save_lost(letter: &mut Letter, conn: &mut Conn) -> Error {
    letter.text = "mine".into();
    let error = letter.save_checked(conn).unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
    error
}

#[test]
fn a_save_whose_answer_is_lost_is_found_in_the_row() {
    let scratch = Scratch::new();
    let [mut mine, mut other] = letters(&scratch);
    let (proxy, mut conn, _) = connect(&scratch);
    other.save_checked(&mut conn).unwrap();
    proxy.lose_answer("");
    let error = save_lost(&mut mine, &mut conn);
    let before = mine.clone();
    let mut attempt = mine.attempt_of(&error).unwrap();
    assert_eq!(attempt.expected(), &before.version);
    let resolved = attempt.resolve(&mut scratch.connect()).unwrap();
    let row = stored_letter(&scratch);
    assert_eq!(
        (row.text.as_str(), &row.version),
        ("mine", attempt.next_version())
    );
    assert_eq!(resolved, Resolved::Landed(row));
    assert_eq!(mine, before);
    // It is of that row alone.
    assert!(other.attempt_of(&error).is_none());
}

#[test]
fn a_save_that_never_arrives_is_not() {
    let scratch = Scratch::new();
    let [mut mine, mut other] = letters(&scratch);
    let (proxy, mut conn, id) = connect(&scratch);
    other.save_checked(&mut conn).unwrap();
    proxy.lose_request("");
    let error = save_lost(&mut mine, &mut conn);
    wait_until_gone(id);
    let conn = &mut scratch.connect();
    let mut lost = mine.attempt_of(&error).unwrap();
    assert_eq!(lost.resolve(conn).unwrap(), Resolved::NotLanded);
    mine.save_checked(conn).unwrap();
    assert_eq!(stored_letter(&scratch), mine);
}

/// Both requests have one token, so that it makes no difference which of them is written.
#[test]
fn an_attempt_that_was_lost_can_be_sent_again() {
    for (lose, landed) in [
        (Proxy::lose_answer as fn(&Proxy, &str), true),
        (Proxy::lose_request, false),
    ] {
        let scratch = Scratch::new();
        let [mut mine, mut other] = letters(&scratch);
        let (proxy, mut conn, id) = connect(&scratch);
        other.save_checked(&mut conn).unwrap();
        mine.text = "mine".into();
        let mut attempt = mine.attempt().unwrap();
        let (before, token) = (attempt.expected().clone(), attempt.next_version().clone());
        lose(&proxy, "");
        assert_unknown(&attempt.save_checked(&mut conn).unwrap_err());
        wait_until_gone(id);
        let conn = &mut scratch.connect();
        let again = attempt.save_checked(conn);
        let resolved = attempt.resolve(conn).unwrap();
        if landed {
            let message =
                format!("letters 1 was changed: expected version {before}, found {token}");
            assert_eq!(again.unwrap_err().to_string(), message);
            assert_eq!(mine.version, before);
        } else {
            assert_eq!(again.unwrap(), Saved::Written);
            assert_eq!(mine.version, token);
        }
        let row = stored_letter(&scratch);
        assert_eq!((row.text.as_str(), &row.version), ("mine", &token));
        assert_eq!(resolved, Resolved::Landed(row));
    }
}

/// Compared with the row, a value that was loaded from it would be compared with itself.
#[test]
fn a_value_that_was_loaded_since_is_not_what_was_sent() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    let mut ann = edited();
    proxy.lose_request("UPDATE");
    let error = ann.save_checked(&mut conn).unwrap_err();
    wait_until_gone(id);
    let conn = &mut scratch.connect();
    let mut theirs = Contact {
        name: "theirs".into(),
        ..Contact::ann()
    };
    theirs.save_checked(conn).unwrap();
    let mut before = ann.clone();
    let resolved = before.attempt_of(&error).unwrap().resolve(conn).unwrap();
    assert_eq!(resolved, Resolved::Changed(theirs));
    let _ = ann.refresh(conn).unwrap();
    assert!(ann.attempt_of(&error).is_none(), "{error:?}");
}

#[test]
fn the_answer_waits_for_a_save_that_waits_for_a_lock() {
    for is_kept in [false, true] {
        let scratch = Scratch::new();
        let [mut mine, _] = letters(&scratch);
        let (proxy, mut conn, id) = connect(&scratch);
        let mut holder = scratch.connect();
        holder.begin_test_transaction().unwrap();
        let rewritten = diesel::update(letters::table.find(1)).set((
            letters::text.eq("theirs"),
            letters::version.eq(UuidText::first()),
        ));
        rewritten.execute(&mut holder).unwrap();
        let mut reader = scratch.connect();
        let reader_id = connection_id(&mut reader);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let error = save_lost(&mut mine, &mut conn);
                let resolved = mine.attempt_of(&error).unwrap().resolve(&mut reader);
                resolved.unwrap()
            });
            wait_until_blocked(id);
            proxy.lose();
            wait_until_blocked(reader_id);
            if is_kept {
                holder.batch_execute("COMMIT").unwrap();
            } else {
                holder.batch_execute("ROLLBACK").unwrap();
            }
            let row = |resolved| match resolved {
                Resolved::Landed(row) if !is_kept => row,
                Resolved::Changed(row) if is_kept => row,
                resolved => panic!("{resolved:?}"),
            };
            let row = row(writer.join().unwrap());
            assert_eq!(row.text, if is_kept { "theirs" } else { "mine" });
            assert_eq!(stored_letter(&scratch), row);
        });
    }
}

/// A row of another tenant is another row, whose version says nothing.
#[test]
fn an_error_is_of_the_row_of_one_tenant() {
    let scratch = Scratch::new();
    scratch
        .connect()
        .batch_execute(
            "CREATE TABLE desks (id INTEGER NOT NULL, tenant INTEGER NOT NULL, text VARCHAR(100) NOT NULL, \
             version BIGINT NOT NULL, PRIMARY KEY (id, tenant)); \
             INSERT INTO desks VALUES (1, 1, 'old', 1), (1, 2, 'old', 1)",
        )
        .unwrap();
    let desk = |tenant| Desk {
        id: 1,
        tenant,
        text: "mine".into(),
        version: 1,
    };
    let (mut mine, mut theirs) = (desk(1), desk(2));
    let (proxy, mut conn, id) = connect(&scratch);
    proxy.lose_request("UPDATE");
    let error = mine.save_checked(&mut conn).unwrap_err();
    wait_until_gone(id);
    assert!(theirs.attempt_of(&error).is_none(), "{error:?}");
    let mut attempt = mine.attempt_of(&error).unwrap();
    let resolved = attempt.resolve(&mut scratch.connect()).unwrap();
    assert_eq!(resolved, Resolved::NotLanded);
    assert!(!format!("{error:?}").contains("tenant"), "{error:?}");
}

/// By a number, whatever the operation, but of a delete, which gives the row none.
#[test]
fn each_write_that_is_lost_names_the_version_that_it_gave_the_row() {
    for write in writes() {
        for (lose, landed) in [
            (Proxy::lose_answer as fn(&Proxy, &str), true),
            (Proxy::lose_request, false),
        ] {
            let scratch = Scratch::new();
            let (proxy, mut conn, id) = connect(&scratch);
            prepare(&write, &mut conn);
            // A touch writes no edit.
            let mut ann = if write.name == "touch_checked" {
                Contact::ann()
            } else {
                edited()
            };
            lose(&proxy, "");
            let error = (write.run)(&mut ann, &mut conn).unwrap_err();
            wait_until_gone(id);
            let Some(mut attempt) = ann.attempt_of(&error) else {
                assert!(write.leaves.is_none(), "{error:?}");
                continue;
            };
            assert_eq!((attempt.expected(), attempt.next_version()), (&1, &2));
            let resolved = attempt.resolve(&mut scratch.connect()).unwrap();
            let row = if write.name == "touch_checked" {
                touched()
            } else {
                saved()
            };
            let expected = if landed {
                Resolved::ProbablyLanded(row)
            } else {
                Resolved::NotLanded
            };
            assert_eq!(resolved, expected);
        }
    }
}

/// Its versions are those of the row, and not of the value.
#[test]
fn a_forced_save_can_be_resolved() {
    let scratch = Scratch::new();
    let (proxy, mut conn, id) = connect(&scratch);
    diesel::update(contacts::table.find(1))
        .set(contacts::version.eq(5))
        .execute(&mut scratch.connect())
        .unwrap();
    let mut ann = edited();
    proxy.lose_request("UPDATE");
    let error = ann.force_save(&mut conn).unwrap_err();
    wait_until_gone(id);
    let mut attempt = ann.attempt_of(&error).unwrap();
    assert_eq!((attempt.expected(), attempt.next_version()), (&5, &6));
    let conn = &mut scratch.connect();
    assert_eq!(attempt.resolve(conn).unwrap(), Resolved::NotLanded);
    assert_eq!(ann, edited());
}

/// A batch with a transaction of its own may be lost with the COMMIT alone.
#[test]
fn each_row_of_a_lost_batch_can_be_resolved() {
    for (lose, landed) in [
        (Proxy::lose_answer as fn(&Proxy, &str), true),
        (Proxy::lose_request, false),
    ] {
        let scratch = Scratch::new();
        let mut all = letters(&scratch);
        let (proxy, mut conn, id) = connect(&scratch);
        all.save_all_checked(&mut conn).unwrap();
        let before = all.clone();
        let request = if CAPABILITIES.batch_is_one_statement {
            ""
        } else {
            "COMMIT"
        };
        lose(&proxy, request);
        let error = all.save_all_checked(&mut conn).unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
        assert_eq!(all, before);
        wait_until_gone(id);
        for letter in &mut all {
            let mut attempt = letter.attempt_of(&error).unwrap();
            let resolved = attempt.resolve(&mut scratch.connect()).unwrap();
            let is_as_lost = match &resolved {
                Resolved::Landed(row) => landed && row.version == *attempt.next_version(),
                Resolved::NotLanded => !landed,
                _ => false,
            };
            assert!(is_as_lost, "{resolved:?}");
        }
    }
}

/// An attempt that was made beforehand needs no error.
#[test]
fn a_transaction_whose_commit_is_lost_is_found_in_the_row() {
    for (lose, landed) in [
        (Proxy::lose_answer as fn(&Proxy, &str), true),
        (Proxy::lose_request, false),
    ] {
        let scratch = Scratch::new();
        let [mut mine, _] = letters(&scratch);
        let before = mine.clone();
        let (proxy, mut conn, id) = connect(&scratch);
        let sent = RefCell::new(None);
        lose(&proxy, "COMMIT");
        let error = transaction(&mut conn, &mut mine, |conn, mine| {
            mine.text = "mine".into();
            let mut attempt = mine.attempt()?;
            attempt.save_checked(conn)?;
            *sent.borrow_mut() = Some(attempt.into_owned());
            Ok::<_, Error>(())
        })
        .unwrap_err();
        assert_unknown(&error);
        assert_eq!(mine, before);
        wait_until_gone(id);
        let mut attempt = sent.into_inner().unwrap();
        let resolved = attempt.resolve(&mut scratch.connect()).unwrap();
        let expected = if landed {
            Resolved::Landed(stored_letter(&scratch))
        } else {
            Resolved::NotLanded
        };
        assert_eq!(resolved, expected);
    }
}

#[test]
fn a_question_whose_connection_is_lost_can_be_asked_again() {
    let scratch = Scratch::new();
    let [mut mine, _] = letters(&scratch);
    let (proxy, mut conn, id) = connect(&scratch);
    let mut attempt = mine.attempt().unwrap();
    proxy.lose_request("SELECT");
    let error = attempt.resolve(&mut conn).unwrap_err();
    assert_nothing_landed(&error);
    wait_until_gone(id);
    let resolved = attempt.resolve(&mut scratch.connect()).unwrap();
    assert_eq!(resolved, Resolved::NotLanded);
}

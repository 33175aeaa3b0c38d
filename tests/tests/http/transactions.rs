//! What a write with an `If-Match` holds to the commit, and what the database gives up.

use super::prelude::*;
use super::{CAPABILITIES, Conn, SQL, Scratch};
use crate::requests::{FAILED, any, given_up, naming};
use http::StatusCode;
use optlock::http::{ETag, Failure, IfMatch};
use optlock::{Error, Found};
use optlock_tests::capabilities::require;
use optlock_tests::models::{Contact, Patch};
use optlock_tests::schema::{contacts, wide};
use std::cell::RefCell;
use std::sync::Barrier;
use std::thread;

/// The tag of a version of the wide row.
fn tag(version: i64) -> ETag {
    ETag::of_version::<Patch>(&1, &(), &version)
}

/// A wide row at version 5.
fn insert(conn: &mut Conn) {
    diesel::insert_into(wide::table)
        .values((wide::id.eq(1), wide::version.eq(5)))
        .execute(conn)
        .unwrap();
}

/// A PATCH without fields, of a client whose value has any version.
fn nothing() -> Patch {
    Patch {
        id: 1,
        version: 77,
        ..Patch::default()
    }
}

/// Another client saves the wide row.
fn save(conn: &mut Conn) -> Result<(), Error> {
    let mut theirs: Patch = wide::table.select(Patch::as_select()).first(conn)?;
    theirs.b = Some("theirs".into());
    theirs.save_checked(conn)
}

/// A transaction checks the row, and then changes what belongs to it.
#[test]
fn a_patch_that_changes_nothing_locks_the_row_until_the_commit() {
    for header in [naming([tag(5)]), naming([tag(4), tag(5)]), any()] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let other = &RefCell::new(scratch.connect());
        other.borrow_mut().batch_execute(SQL.impatient).unwrap();
        insert(conn);
        let mut mine = nothing();
        transaction(conn, &mut mine, |conn, mine| {
            mine.save_if_match(&header, conn)?;
            let error = save(&mut other.borrow_mut()).unwrap_err();
            assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
            Ok::<_, Failure>(())
        })
        .unwrap();
        assert_eq!(mine.version, 5);
    }
}

/// What the transaction has read before is no news of the row.
#[test]
fn a_patch_that_changes_nothing_is_checked_against_the_newest_row() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let other = &RefCell::new(scratch.connect());
    insert(conn);
    let patch = |header: &IfMatch, conn: &mut Conn| {
        let mut mine = nothing();
        let result = transaction(conn, &mut mine, |conn, mine| {
            let _: i64 = wide::table.select(wide::version).first(conn)?;
            save(&mut other.borrow_mut())?;
            mine.save_if_match(header, conn)
        });
        result.map(|()| mine.version)
    };
    let failure = patch(&naming([tag(5)]), conn).unwrap_err();
    let Error::ConcurrentModification(conflict) = failure.error() else {
        panic!("no conflict: {failure:?}");
    };
    assert_eq!(*conflict.found(), Found::Modified { version: 6.into() });
    assert_eq!(failure.status(), FAILED);
    assert_eq!(patch(&naming([tag(7)]), conn).unwrap(), 7);
    assert_eq!(patch(&naming([tag(5), tag(8)]), conn).unwrap(), 8);
    assert_eq!(patch(&any(), conn).unwrap(), 9);
}

/// Diesel does not know of it, so that the row is not locked first, and a plain read may return an old one.
#[test]
fn in_a_raw_transaction_the_tag_of_the_newest_row_counts() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(conn);
    conn.batch_execute("BEGIN").unwrap();
    let before: i64 = wide::table.select(wide::version).first(conn).unwrap();
    save(&mut scratch.connect()).unwrap();
    let mut mine = Patch {
        a: Some("mine".into()),
        ..nothing()
    };
    mine.save_if_match(&naming([tag(6), tag(7)]), conn).unwrap();
    conn.batch_execute("COMMIT").unwrap();
    assert_eq!((before, mine.version), (5, 7));
}

/// The version in memory may be any, and no error is to name it.
#[test]
fn a_transaction_that_is_given_up_is_a_503_and_names_the_version_of_the_header() {
    let Some(setting) = require(CAPABILITIES.aborts_on_newer) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(setting).unwrap();
    let other = &RefCell::new(scratch.connect());
    fn tag(version: i64) -> ETag {
        ETag::of_version::<Contact>(&1, &(), &version)
    }
    let headers: [fn(i64) -> IfMatch; 3] = [
        |known| naming([tag(known)]),
        |known| naming([tag(known), tag(0)]),
        |_| any(),
    ];
    type Write = fn(&mut Contact, &IfMatch, &mut Conn) -> Result<(), Failure>;
    let writes: [Write; 3] = [
        |mine, header, conn| mine.save_if_match(header, conn),
        |mine, header, conn| mine.touch_if_match(header, conn),
        |mine, header, conn| mine.delete_if_match(header, conn),
    ];
    for write in writes {
        for header in headers {
            let row = contacts::table.find(1).select(contacts::version);
            let known = row.first(conn).unwrap();
            let header = header(known);
            let expected = (header.tags().len() == 1).then_some(known);
            let before = Contact {
                name: "mine".into(),
                version: 77,
                ..Contact::ann()
            };
            let mut mine = before.clone();
            let result = transaction(conn, &mut mine, |conn, mine| {
                let _: i64 = contacts::table
                    .find(1)
                    .select(contacts::version)
                    .first(conn)?;
                diesel::update(contacts::table.find(1))
                    .set(contacts::version.eq(contacts::version + 1))
                    .execute(&mut *other.borrow_mut())?;
                write(mine, &header, conn)
            });
            given_up(result, expected);
            assert_eq!(mine, before);
        }
    }
    insert(conn);
    let mut mine = nothing();
    let result = transaction(conn, &mut mine, |conn, mine| {
        let _: i64 = wide::table.select(wide::version).first(conn)?;
        save(&mut other.borrow_mut())?;
        mine.save_if_match(&naming([self::tag(5)]), conn)
    });
    let failure: Failure = result.unwrap_err();
    let Error::ConcurrentModification(conflict) = failure.error() else {
        panic!("no conflict: {failure:?}");
    };
    assert_eq!(conflict.expected(), Some(&5.into()));
    assert_eq!(*conflict.found(), Found::TransactionAborted);
    assert_eq!(failure.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(mine, nothing());
}

/// Both rows are as each client knows them, and the same request succeeds.
#[test]
fn a_deadlock_is_a_503_whoever_is_given_up() {
    let Some(()) = require(CAPABILITIES.locks_rows) else {
        return;
    };
    let scratch = Scratch::new();
    let both_locked = &Barrier::new(2);
    let client = |first: Contact, second: Contact, mut conn: Conn| {
        move || {
            let header = naming([second.etag()]);
            let mut mine = Contact {
                name: "mine".into(),
                version: 0,
                ..second
            };
            let result: Result<(), Failure> = transaction(&mut conn, &mut mine, |conn, mine| {
                first.lock_checked(conn)?;
                both_locked.wait();
                mine.save_if_match(&header, conn)
            });
            (result, mine, header, conn)
        }
    };
    let (ann, bob) = (Contact::ann(), Contact::bob());
    let one = client(ann.clone(), bob.clone(), scratch.connect());
    let other = client(bob, ann, scratch.connect());
    let results = thread::scope(|scope| {
        let [one, other] = [scope.spawn(one), scope.spawn(other)];
        [one.join().unwrap(), other.join().unwrap()]
    });
    let mut given_up = 0;
    for (result, mut mine, header, mut conn) in results {
        let Err(failure) = result else { continue };
        given_up += 1;
        assert_eq!(
            failure.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{failure:?}"
        );
        assert_eq!(mine.version, 0);
        mine.save_if_match(&header, &mut conn).unwrap();
    }
    assert_eq!(given_up, 1);
}

/// A conflict that the body of a retry has met keeps its precondition through `?`.
#[test]
fn a_retry_that_gives_up_keeps_the_precondition() {
    fn put(conn: &mut Conn) -> Result<(), Failure> {
        let stale = naming([ETag::of_version::<Contact>(&1, &(), &7)]);
        let transient = |failure: &Failure| failure.error().is_transient();
        let policy = optlock::retry::Policy::new().when(transient);
        retry(policy, conn, |conn| {
            Contact::ann().save_if_match(&stale, conn)
        })?;
        Ok(())
    }
    let scratch = Scratch::new();
    let failure = put(&mut scratch.connect()).unwrap_err();
    assert!(failure.error().is_behind(), "{failure:?}");
    assert_eq!(failure.status(), FAILED);
}

//! A UUID in a column of text has several spellings, and is one token in all of them.

use crate::helpers::expect::Row;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::{Error, Found, Outcome, UuidText, VersionToken as _};
use optlock_tests::capabilities::require;

diesel::table! {
    memos {
        id -> Integer,
        text -> Text,
        version -> Text,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
struct Memo {
    id: i32,
    text: String,
    version: UuidText,
}

const MEMO: Row = ("memos", "1");
const MINE: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";
const STORED: [&str; 2] = [
    "67E5504410B1426F9247BB680E5FE0C8",
    "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
];

/// Two memos with one token, which the row has in another spelling than memory.
fn memos(conn: &mut Conn, stored: &str) -> [Memo; 2] {
    conn.batch_execute(&format!(
        "DROP TABLE IF EXISTS memos;
         CREATE TABLE memos (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, version VARCHAR(45) NOT NULL);
         INSERT INTO memos VALUES (1, 'old', '{stored}'), (2, 'old', '{MINE}')",
    ))
    .unwrap();
    [1, 2].map(|id| Memo {
        id,
        text: "new".into(),
        version: MINE.parse().unwrap(),
    })
}

fn stored(conn: &mut Conn) -> Vec<Memo> {
    let all = memos::table.select(Memo::as_select()).order(memos::id);
    all.load(conn).unwrap()
}

fn on_each_spelling(mut tell: impl FnMut([Memo; 2], &mut Conn)) {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for spelling in STORED {
        let memos = memos(conn, spelling);
        tell(memos, conn);
    }
}

/// One write, by `write`, hits the row.
#[track_caller]
fn hits(mut memo: Memo, write: impl FnOnce(&mut Memo, &mut Conn), conn: &mut Conn) {
    write(&mut memo, conn);
    assert_eq!(stored(conn)[0], memo);
    assert_eq!(stored(conn)[0].version.as_str(), memo.version.as_str());
    assert_ne!(memo.version.as_str(), MINE);
}

#[test]
fn a_save_hits_its_row() {
    on_each_spelling(|[memo, _], conn| {
        hits(memo, |memo, conn| memo.save_checked(conn).unwrap(), conn);
    });
    on_each_spelling(|[memo, _], conn| {
        let save = |memo: &mut Memo, conn: &mut Conn| {
            assert_eq!(memo.save_or_load(conn).unwrap(), Outcome::Saved);
        };
        hits(memo, save, conn);
    });
    on_each_spelling(|[memo, _], conn| {
        let save = |memo: &mut Memo, conn: &mut Conn| {
            let base = Memo {
                text: "old".into(),
                ..memo.clone()
            };
            assert_eq!(memo.save_merged(&base, conn).unwrap(), []);
        };
        hits(memo, save, conn);
    });
    on_each_spelling(|[memo, _], conn| {
        let save = |memo: &mut Memo, conn: &mut Conn| {
            let mut tracked = Tracked::new(memo.clone());
            tracked.text = "newer".into();
            tracked.save_changed(conn).unwrap();
            *memo = tracked.into_inner();
        };
        hits(memo, save, conn);
    });
    on_each_spelling(|[memo, _], conn| {
        hits(memo, |memo, conn| memo.force_save(conn).unwrap(), conn);
    });
}

#[test]
fn a_touch_hits_its_row() {
    on_each_spelling(|[mut memo, _], conn| {
        memo.touch_checked(conn).unwrap();
        assert_eq!(stored(conn)[0].version.as_str(), memo.version.as_str());
        assert_eq!(stored(conn)[0].text, "old");
    });
}

#[test]
fn a_delete_hits_its_row() {
    on_each_spelling(|[memo, _], conn| {
        memo.delete_checked(conn).unwrap();
        assert_eq!(stored(conn).len(), 1);
    });
}

#[test]
fn a_check_finds_the_version_it_knows() {
    on_each_spelling(|[memo, _], conn| {
        memo.check_current(conn).unwrap();
        transaction(conn, (), |conn, ()| memo.lock_checked(conn)).unwrap();
    });
}

#[test]
fn a_batch_hits_its_rows() {
    on_each_spelling(|mut memos, conn| {
        memos.save_all_checked(conn).unwrap();
        assert_eq!(stored(conn), memos);
    });
    on_each_spelling(|mut memos, conn| {
        let saved = memos.save_each_checked(conn);
        assert!(saved.iter().all(Result::is_ok), "{saved:?}");
        assert_eq!(stored(conn), memos);
    });
    on_each_spelling(|mut memos, conn| {
        transaction(conn, &mut memos[..], |conn, memos| {
            memos.save_all_checked(conn)
        })
        .unwrap();
        assert_eq!(stored(conn), memos);
    });
    on_each_spelling(|memos, conn| {
        memos.delete_all_checked(conn).unwrap();
        assert_eq!(stored(conn), []);
    });
}

#[test]
fn only_the_conflicts_of_a_batch_are_listed() {
    on_each_spelling(|mut memos, conn| {
        let theirs = UuidText::first();
        diesel::update(memos::table.find(2))
            .set(memos::version.eq(&theirs))
            .execute(conn)
            .unwrap();
        let (before, rows) = (memos.clone(), stored(conn));
        for error in [
            memos.save_all_checked(conn).unwrap_err(),
            memos.delete_all_checked(conn).unwrap_err(),
        ] {
            let Error::BatchConflict(conflict) = &error else {
                panic!("not a conflict of a batch: {error:?}")
            };
            let [(1, conflict)] = conflict.conflicts() else {
                panic!("{conflict:?}")
            };
            let version = theirs.as_str().into();
            assert_eq!(*conflict.found(), Found::Modified { version });
        }
        assert_eq!(memos, before);
        assert_eq!(memos[0].version.as_str(), MINE);
        assert_eq!(stored(conn), rows);
    });
}

/// Another UUID is a conflict as ever, whatever its spelling.
#[test]
fn another_token_is_a_conflict() {
    on_each_spelling(|[mut memo, _], conn| {
        let theirs = "AAE5504410B1426F9247BB680E5FE0C8";
        diesel::update(memos::table.find(1))
            .set(memos::version.eq(theirs))
            .execute(conn)
            .unwrap();
        crate::helpers::expect::modified(memo.save_checked(conn), MEMO, MINE, theirs);
        crate::helpers::expect::modified(memo.delete_checked(conn), MEMO, MINE, theirs);
        assert_eq!(memo.version.as_str(), MINE);
    });
}

/// By the spelling that the row has, the write is tried once more, and then no more.
#[test]
fn a_write_that_is_refused_by_each_spelling_is_refused() {
    let Some(triggers) = require(CAPABILITIES.refuses_silently) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut memos = memos(conn, STORED[0]);
    let (before, rows) = (memos.clone(), stored(conn));
    // The first row is refused, and the second is not.
    conn.batch_execute(&triggers.replace("contacts", "memos"))
        .unwrap();
    for error in [
        memos[0].save_checked(conn).unwrap_err(),
        memos[0].delete_checked(conn).unwrap_err(),
        memos.save_all_checked(conn).unwrap_err(),
        memos.delete_all_checked(conn).unwrap_err(),
    ] {
        let Error::Refused { table, key, .. } = &error else {
            panic!("not refused: {error:?}")
        };
        assert_eq!((*table, key.as_str()), MEMO);
    }
    assert_eq!(memos, before);
    assert_eq!(memos[0].version.as_str(), MINE);
    assert_eq!(stored(conn), rows);
}

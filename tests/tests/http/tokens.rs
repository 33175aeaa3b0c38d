//! Versions that the database makes, and versions that have several spellings.

use super::prelude::*;
use super::{CAPABILITIES, Conn, Scratch};
use crate::requests::{any, if_match, modified, naming};
use crate::revision::Revision;
use optlock::UuidText;
use optlock::http::ETag;
use optlock_tests::schema::contacts;

/// A contact whose versions a trigger makes.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Made {
    id: i32,
    name: String,
    #[diesel(skip_update)]
    #[optlock(version, generated)]
    version: i64,
}

/// Each version is 7 more than the one before.
fn trigger() -> &'static str {
    match CAPABILITIES.name {
        "sqlite" => {
            "CREATE TRIGGER makes AFTER UPDATE ON contacts WHEN NEW.version = OLD.version
             BEGIN UPDATE contacts SET version = OLD.version + 7 WHERE id = NEW.id; END"
        }
        "postgres" => {
            "CREATE FUNCTION makes() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.version := OLD.version + 7; RETURN NEW; END $$;
             CREATE TRIGGER makes BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION makes()"
        }
        _ => {
            "CREATE TRIGGER makes BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.version = OLD.version + 7"
        }
    }
}

#[test]
fn after_a_write_the_tag_is_of_the_version_that_the_database_has_made() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(trigger()).unwrap();
    let tag = |version: i64| ETag::of_version::<Made>(&1, &(), &version);
    let mut mine = Made {
        id: 1,
        name: "mine".into(),
        version: 0,
    };
    mine.save_if_match(&naming([tag(1)]), conn).unwrap();
    assert_eq!(mine.etag(), tag(8));
    modified(mine.save_if_match(&naming([tag(1)]), conn), 1, 8);
    assert_eq!(mine.version, 8);
    mine.save_if_match(&naming([tag(1), tag(8)]), conn).unwrap();
    mine.touch_if_match(&naming([tag(15)]), conn).unwrap();
    mine.save_if_match(&any(), conn).unwrap();
    mine.touch_if_match(&any(), conn).unwrap();
    assert_eq!(mine.etag(), tag(36));
    let row = contacts::table.find(1).select(Made::as_select());
    assert_eq!(row.first(conn), Ok(mine));
}

diesel::table! {
    memos {
        id -> Integer,
        text -> Text,
        version -> Text,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
struct Memo {
    id: i32,
    text: String,
    version: UuidText,
}

const LOWER: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";
const UPPER: &str = "67E55044-10B1-426F-9247-BB680E5FE0C8";
const OTHER: &str = "00000000-10b1-426f-9247-bb680e5fe0c8";

/// A memo whose row has the version in that spelling.
fn memo(stored: &str, conn: &mut Conn) -> Memo {
    conn.batch_execute(&format!(
        "DROP TABLE IF EXISTS memos;
         CREATE TABLE memos (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, version VARCHAR(45) NOT NULL);
         INSERT INTO memos VALUES (1, 'old', '{stored}')",
    ))
    .unwrap();
    Memo {
        id: 1,
        text: "mine".into(),
        version: OTHER.parse().unwrap(),
    }
}

fn tag(version: &str) -> ETag {
    ETag::of_version::<Memo>(&1, &(), &version.parse().unwrap())
}

/// A client has the tag in one spelling, and the row has its version in another.
#[test]
fn a_tag_in_another_spelling_is_of_the_same_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    for (held, stored) in [(LOWER, UPPER), (UPPER, LOWER), (LOWER, LOWER)] {
        for header in [
            naming([tag(held)]),
            naming([tag(OTHER), tag(held)]),
            naming([tag(LOWER), tag(UPPER)]),
        ] {
            let mut mine = memo(stored, conn);
            mine.save_if_match(&header, conn).unwrap();
            let row: Memo = memos::table.select(Memo::as_select()).first(conn).unwrap();
            assert_eq!(row, mine);
            assert_eq!(row.text, "mine");
            assert_ne!(row.version, LOWER.parse().unwrap());

            let mine = memo(stored, conn);
            mine.delete_if_match(&header, conn).unwrap();
            assert_eq!(memos::table.count().get_result(conn), Ok(0));
        }
        let mut mine = memo(stored, conn);
        let failure = mine.save_if_match(&naming([tag(OTHER)]), conn).unwrap_err();
        assert!(failure.error().is_conflict(), "{failure:?}");
        assert_eq!(mine.version.as_str(), OTHER);
    }
}

diesel::table! {
    papers {
        id -> Integer,
        text -> Text,
        version -> Text,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
struct Paper {
    id: i32,
    text: String,
    version: Revision,
}

/// A version that ends as a suffix of a compression layer does, and one to which a layer has added it.
#[test]
fn a_weakened_tag_admits_each_version_that_it_may_mean() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let create = "CREATE TABLE papers (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, \
                  version VARCHAR(100) NOT NULL)";
    conn.batch_execute(create).unwrap();
    let paper = |version: &str| Paper {
        id: 1,
        text: "mine".into(),
        version: Revision(version.into()),
    };
    for (sent, stored, is_meant) in [
        ("r1", "r1", true),
        ("r1-gzip", "r1", true),
        ("r1--gzip", "r1", true),
        ("r1--br", "r1-", true),
        ("r1-gzip", "r1-gzip", true),
        ("r1-gzip-br", "r1", false),
        ("r1-gzip", "r2", false),
    ] {
        conn.batch_execute(&format!(
            "DELETE FROM papers; INSERT INTO papers VALUES (1, 'old', '{stored}')"
        ))
        .unwrap();
        let header = if_match(paper(sent).etag().as_str()).accept_weakened();
        assert_eq!(header.matches(&paper(stored).etag()), is_meant, "{sent}");
        let deleted = paper("r9").delete_if_match(&header, conn);
        assert_eq!(deleted.is_ok(), is_meant, "{sent}: {deleted:?}");
    }
}

//! `#[optlock(version, generated)]` with tokens that are not the usual ones: NULL, in another spelling, and one that panics.

use crate::helpers::expect;
use crate::helpers::fragile::{Fragile, with_fuse};
use crate::helpers::made::{self, Made, scratch};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::backend::Database;
use optlock::{Error, Outcome, VersionToken, VersionValue};
use optlock_tests::schema::contacts;
use std::slice;

/// NULL is a version, and the one before the first.
mod nullable {
    use super::*;

    diesel::table! {
        notes {
            id -> Integer,
            title -> Text,
            version -> Nullable<BigInt>,
        }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = notes, treat_none_as_null = true)]
    struct Note {
        id: i32,
        title: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: Option<i64>,
    }

    fn scratch(trigger: Option<[&str; 3]>) -> (Scratch, Conn) {
        let scratch = Scratch::new();
        let mut conn = scratch.connect();
        conn.batch_execute(
            "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL, version BIGINT);
             INSERT INTO notes (id, title) VALUES (1, 'first'), (2, 'second')",
        )
        .unwrap();
        if let Some(trigger) = trigger {
            made::on_update("notes", trigger, &mut conn);
        }
        (scratch, conn)
    }

    type Write = fn(&mut Note, &mut Conn) -> Result<(), Error>;
    const WRITES: [Write; 5] = [
        |note, conn| note.save_checked(conn),
        |note, conn| note.touch_checked(conn),
        |note, conn| note.save_or_load(conn).map(drop),
        |note, conn| slice::from_mut(note).save_all_checked(conn),
        |note, conn| note.force_save(conn),
    ];

    #[test]
    fn null_moves_on() {
        for write in WRITES {
            let (_scratch, mut conn) = scratch(Some([
                "UPDATE notes SET version = COALESCE(OLD.version, 0) + 7 WHERE id = NEW.id",
                "NEW.version := COALESCE(OLD.version, 0) + 7",
                "SET NEW.version = COALESCE(OLD.version, 0) + 7",
            ]));
            let conn = &mut conn;
            let mut mine: Note = notes::table.find(1).first(conn).unwrap();
            let mut stale = mine.clone();
            write(&mut mine, conn).unwrap();
            assert_eq!(mine.version, Some(7));
            write(&mut mine, conn).unwrap();
            assert_eq!(notes::table.find(1).first(conn), Ok(mine));
            expect::modified(stale.save_checked(conn), ("notes", "1"), "NULL", 14);
        }
    }

    #[test]
    fn null_that_stays_is_not_generated() {
        for write in WRITES {
            let (_scratch, mut conn) = scratch(None);
            let conn = &mut conn;
            let mut mine: Note = notes::table.find(1).first(conn).unwrap();
            mine.title = "mine".into();
            let before = mine.clone();
            let error = write(&mut mine, conn).unwrap_err();
            assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
            assert_eq!(mine, before);
            let title = notes::table
                .find(1)
                .select(notes::title)
                .first::<String>(conn);
            assert_eq!(title.as_deref(), Ok("first"));
        }
    }

    #[test]
    fn a_version_can_become_null() {
        for write in WRITES {
            let (_scratch, mut conn) = scratch(None);
            let conn = &mut conn;
            conn.batch_execute("UPDATE notes SET version = 3").unwrap();
            made::on_update(
                "notes",
                [
                    "UPDATE notes SET version = NULL WHERE id = NEW.id",
                    "NEW.version := NULL",
                    "SET NEW.version = NULL",
                ],
                conn,
            );
            let mut mine: Note = notes::table.find(1).first(conn).unwrap();
            write(&mut mine, conn).unwrap();
            assert_eq!(mine.version, None);
            let error = write(&mut mine, conn).unwrap_err();
            assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
        }
    }
}

/// UUIDs and times that the database makes, in its own spelling.
mod spelled {
    use super::*;
    use chrono::NaiveDateTime;
    use optlock::UuidText;

    diesel::table! {
        notes { id -> Integer, title -> Text, version -> Text, }
    }
    diesel::table! {
        timed { id -> Integer, title -> Text, version -> Timestamp, }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = notes)]
    struct Note {
        id: i32,
        title: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: UuidText,
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = timed)]
    struct Timed {
        id: i32,
        title: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: NaiveDateTime,
    }

    #[test]
    fn uuids_in_capitals() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let uuid = "ABCDEFAB-CDEF-4ABC-8DEF-ABCDEFABCDEF";
        conn.batch_execute(&format!(
            "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL, version VARCHAR(36) NOT NULL);
             INSERT INTO notes VALUES (1, 'first', '{uuid}'), (2, 'second', '{uuid}')"
        ))
        .unwrap();
        made::on_update(
            "notes",
            [
                "UPDATE notes SET version = substr(hex(randomblob(4)),1,8) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)),2) || '-8' || substr(hex(randomblob(2)),2) || '-' || hex(randomblob(6)) WHERE id = NEW.id",
                "NEW.version := upper(gen_random_uuid()::text)",
                "SET NEW.version = UPPER(UUID())",
            ],
            conn,
        );
        let mut both: Vec<Note> = notes::table.order(notes::id).load(conn).unwrap();
        for _ in 0..2 {
            both[0].save_checked(conn).unwrap();
            both[0].touch_checked(conn).unwrap();
            let base = both[0].clone();
            both[0].title.push('!');
            both[0].save_merged(&base, conn).unwrap();
            assert_eq!(both[0].save_or_load(conn).unwrap(), Outcome::Saved);
            both.save_all_checked(conn).unwrap();
            assert_eq!(notes::table.order(notes::id).load(conn), Ok(both.clone()));
        }
        let mut stale = both[0].clone();
        both[0].save_checked(conn).unwrap();
        assert!(stale.save_checked(conn).unwrap_err().is_conflict());
    }

    #[test]
    fn times() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let ty = if CAPABILITIES.database == Database::Mysql {
            "DATETIME(6)"
        } else {
            "TIMESTAMP"
        };
        conn.batch_execute(&format!(
            "CREATE TABLE timed (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL, version {ty} NOT NULL);
             INSERT INTO timed VALUES (1, 'first', '2020-01-01 00:00:00'), (2, 'second', '2020-01-01 00:00:00')"
        ))
        .unwrap();
        made::on_update(
            "timed",
            [
                "UPDATE timed SET version = replace(strftime('%Y-%m-%d %H:%M:%f', 'now'), '.000', '') WHERE id = NEW.id",
                "NEW.version := clock_timestamp()",
                "SET NEW.version = SYSDATE(6)",
            ],
            conn,
        );
        let mut both: Vec<Timed> = timed::table.order(timed::id).load(conn).unwrap();
        let wait = || std::thread::sleep(std::time::Duration::from_millis(3));
        for _ in 0..2 {
            wait();
            both[0].save_checked(conn).unwrap();
            wait();
            both[0].touch_checked(conn).unwrap();
            wait();
            both[0].force_save(conn).unwrap();
            wait();
            both.save_all_checked(conn).unwrap();
            assert_eq!(timed::table.order(timed::id).load(conn), Ok(both.clone()));
        }
    }
}

/// Each `Clone` and `PartialEq` of a token panics once.
mod fragile {
    use super::*;

    impl VersionToken for Fragile<i64> {
        fn first() -> Self {
            Self(1)
        }
        fn next(&self) -> Option<Self> {
            Some(Self(self.0 + 1))
        }
        fn encode(&self) -> String {
            self.0.to_string()
        }
        fn decode(text: &str) -> Option<Self> {
            text.parse().ok().map(Self)
        }
        fn describe(&self) -> VersionValue {
            self.0.into()
        }
    }

    #[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff)]
    #[diesel(table_name = contacts)]
    struct Ann {
        id: i32,
        name: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: Fragile<i64>,
    }

    type Write = fn(&mut Tracked<Ann>, &mut Conn) -> Result<(), Error>;
    const WRITES: [Write; 7] = [
        |ann, conn| ann.save_checked(conn).map(drop),
        |ann, conn| ann.save_changed(conn).map(drop),
        |ann, conn| ann.touch_checked(conn),
        |ann, conn| ann.save_merged(conn).map(drop),
        |ann, conn| ann.save_or_load(conn).map(drop),
        |ann, conn| slice::from_mut(&mut **ann).save_all_checked(conn),
        |ann, conn| ann.force_save(conn),
    ];

    #[test]
    fn memory_is_the_row_whenever_a_token_panics() {
        for (index, write) in WRITES.into_iter().enumerate() {
            for fuse in 0.. {
                let (scratch, mut conn) = scratch();
                let conn = &mut conn;
                let ann = contacts::table.find(1).select(Ann::as_select());
                let mut ann = Tracked::new(ann.first(conn).unwrap());
                ann.name = "mine".into();
                let (result, _) = with_fuse(fuse, || write(&mut ann, conn));
                let row = Made::stored(1, &mut scratch.connect());
                assert_eq!(ann.version.0, row.version, "write {index}, fuse {fuse}");
                if let Ok(result) = result {
                    result.unwrap();
                    break;
                }
            }
        }
    }
}

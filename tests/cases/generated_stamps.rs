//! `#[optlock(version, generated)]` beside an audit stamp, which follows the write.

use crate::helpers::made::{self, STEP};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use chrono::NaiveDateTime;
use optlock::Error;
use optlock::backend::Database;
use optlock_tests::capabilities::require;
use std::slice;

const AFTER: i64 = 1 + STEP;

diesel::table! {
    notes {
        id -> Integer,
        title -> Nullable<Text>,
        updated_on -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
)]
#[diesel(table_name = notes, treat_none_as_null = false)]
struct Note {
    id: i32,
    title: Option<String>,
    #[optlock(updated_on)]
    updated_on: Option<NaiveDateTime>,
    #[diesel(skip_update)]
    #[optlock(version, generated)]
    version: i64,
}

fn scratch(has_trigger: bool) -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    let timestamp = if CAPABILITIES.database == Database::Mysql {
        "DATETIME(6)"
    } else {
        "TIMESTAMP"
    };
    conn.batch_execute(&format!(
        "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20), updated_on {timestamp}, \
         version BIGINT NOT NULL DEFAULT 1);
         INSERT INTO notes (id, title) VALUES (1, 'first'), (2, 'second')"
    ))
    .unwrap();
    if has_trigger {
        made::count("notes", "version", &mut conn);
    }
    (scratch, conn)
}

type Write = fn(&mut Tracked<Note>, &mut Conn) -> Result<(), Error>;
const WRITES: [Write; 7] = [
    |note, conn| note.save_checked(conn).map(drop),
    |note, conn| note.save_changed(conn).map(drop),
    |note, conn| note.touch_checked(conn),
    |note, conn| note.save_merged(conn).map(drop),
    |note, conn| note.save_or_load(conn).map(drop),
    |note, conn| slice::from_mut(&mut **note).save_all_checked(conn),
    |note, conn| note.force_save(conn),
];

fn note(id: i32, conn: &mut Conn) -> Tracked<Note> {
    Tracked::new(notes::table.find(id).first(conn).unwrap())
}

#[test]
fn the_stamp_is_that_of_the_row_or_what_it_was() {
    for (index, write) in WRITES.into_iter().enumerate() {
        let (_scratch, mut conn) = scratch(true);
        let conn = &mut conn;
        let mut mine = note(1, conn);
        mine.title = Some("mine".into());
        write(&mut mine, conn).unwrap();
        assert!(mine.updated_on.is_some());
        assert_eq!(mine.version, AFTER);
        let row: Note = notes::table.find(1).first(conn).unwrap();
        assert_eq!(
            (row.updated_on, row.version),
            (mine.updated_on, mine.version)
        );
        if index != 5 && index != 2 {
            assert_eq!(
                (mine.base().updated_on, mine.base().version),
                (mine.updated_on, mine.version)
            );
        }

        let (_scratch, mut conn) = scratch(false);
        let conn = &mut conn;
        let mut mine = note(1, conn);
        mine.title = Some("mine".into());
        let before = mine.clone();
        let error = write(&mut mine, conn).unwrap_err();
        assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
        assert_eq!(mine, before);
        assert_eq!(note(1, conn).title.as_deref(), Some("first"));
    }
}

#[test]
fn a_none_that_is_left_alone_is_no_change() {
    for write in WRITES {
        let (_scratch, mut conn) = scratch(true);
        let conn = &mut conn;
        let mut mine = note(1, conn);
        mine.title = None;
        let result = write(&mut mine, conn);
        let row: Note = notes::table.find(1).first(conn).unwrap();
        assert_eq!(
            (mine.version, mine.updated_on),
            (row.version, row.updated_on),
            "{result:?}"
        );
    }
}

/// The COMMIT of a write with a transaction of its own fails.
#[test]
fn a_commit_that_fails_puts_version_and_stamp_back() {
    let Some(()) = require(CAPABILITIES.deferred_constraints) else {
        return;
    };
    for write in WRITES {
        let (_scratch, mut conn) = scratch(true);
        let conn = &mut conn;
        conn.batch_execute(
            "CREATE TABLE children (note_id INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
        conn.batch_execute(match CAPABILITIES.database {
            Database::Sqlite => "PRAGMA foreign_keys = ON; CREATE TRIGGER orphan AFTER UPDATE ON notes BEGIN INSERT INTO children VALUES (9); END",
            _ => "CREATE FUNCTION orphan() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO children VALUES (9); RETURN NULL; END $$; CREATE TRIGGER orphan AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION orphan()",
        })
        .unwrap();
        let mut mine = note(1, conn);
        mine.title = Some("mine".into());
        let before = mine.clone();
        let error = write(&mut mine, conn).unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error:?}");
        assert_eq!(mine, before, "{error:?}");
        assert_eq!(note(1, conn).title.as_deref(), Some("first"));
        assert_eq!(note(1, conn).version, 1);
        conn.transaction(|_| Ok::<_, Error>(())).unwrap();
    }
}

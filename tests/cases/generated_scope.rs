//! `#[optlock(version, generated)]`: the version is read where the row is behind its write.

use crate::helpers::expect;
use crate::helpers::made::{self, STEP};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::Error;
use optlock::backend::Database;
use std::slice;

const AFTER: i64 = 1 + STEP;

/// Setting the column is the soft delete, and the row is out of scope behind it.
mod soft_delete {
    use super::*;

    diesel::table! {
        notes {
            id -> Integer,
            title -> Text,
            deleted_at -> Nullable<BigInt>,
            version -> BigInt,
        }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = notes, treat_none_as_null = true)]
    struct Note {
        id: i32,
        title: String,
        #[optlock(scope = none)]
        deleted_at: Option<i64>,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: i64,
    }

    /// Without a trigger the row stays as it is.
    fn is_deleted_by(save: impl Fn(&mut Note, &mut Conn) -> Result<(), Error>) {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(
            "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL, \
             deleted_at BIGINT, version BIGINT NOT NULL DEFAULT 1);
             INSERT INTO notes (id, title) VALUES (1, 'first')",
        )
        .unwrap();
        let mut mine: Note = notes::table.first(conn).unwrap();
        let stored = mine.clone();
        mine.deleted_at = Some(5);
        let before = mine.clone();
        let error = save(&mut mine, conn).unwrap_err();
        assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
        assert_eq!(mine, before);
        assert_eq!(notes::table.first(conn), Ok(stored));

        made::count("notes", "version", conn);
        save(&mut mine, conn).unwrap();
        assert_eq!((mine.deleted_at, mine.version), (Some(5), AFTER));
        assert_eq!(notes::table.first(conn), Ok(mine.clone()));
        expect::missing(mine.save_checked(conn), ("notes", "1"), AFTER);
    }

    #[test]
    fn the_version_is_read_behind_it() {
        is_deleted_by(|note, conn| note.save_checked(conn));
        is_deleted_by(|note, conn| note.force_save(conn));
        is_deleted_by(|note, conn| slice::from_mut(note).save_all_checked(conn));
        is_deleted_by(|note, conn| {
            let base = Note {
                deleted_at: None,
                ..note.clone()
            };
            note.save_merged(&base, conn).map(drop)
        });
        is_deleted_by(|note, conn| note.save_or_load(conn).map(drop));
    }
}

/// A trigger moves what the row is found by, or makes a version that is none.
mod moved {
    use super::*;

    diesel::table! {
        notes {
            id -> Integer,
            tenant -> Integer,
            title -> Text,
            version -> BigInt,
        }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = notes)]
    struct Note {
        id: i32,
        #[diesel(skip_update)]
        #[optlock(scope)]
        tenant: i32,
        title: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: i64,
    }

    const NOTE: expect::Row = ("notes", "1");

    fn scratch(trigger: [&str; 3]) -> (Scratch, Conn) {
        let scratch = Scratch::new();
        let mut conn = scratch.connect();
        conn.batch_execute(
            "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, tenant INTEGER NOT NULL, \
             title VARCHAR(20) NOT NULL, version BIGINT DEFAULT 1);
             INSERT INTO notes (id, tenant, title) VALUES (1, 1, 'first')",
        )
        .unwrap();
        made::on_update("notes", trigger, &mut conn);
        (scratch, conn)
    }

    /// Saves in vain. PostgreSQL's `RETURNING` does not ask where the row is.
    fn is_refused(trigger: [&str; 3], made: bool) {
        let (_scratch, mut conn) = scratch(trigger);
        let conn = &mut conn;
        let mut mine: Note = notes::table.first(conn).unwrap();
        mine.title = "mine".into();
        let before = mine.clone();
        let result = mine.save_checked(conn);
        if CAPABILITIES.database == Database::Postgres && made {
            result.unwrap();
            assert_eq!(mine.version, AFTER);
            expect::missing(mine.save_checked(conn), NOTE, AFTER);
            return;
        }
        let error = result.unwrap_err();
        match CAPABILITIES.database {
            Database::Postgres => assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}"),
            _ => assert!(matches!(error, Error::Refused { .. }), "{error:?}"),
        }
        assert_eq!(mine, before);
        let title = notes::table.select(notes::title).first::<String>(conn);
        assert_eq!(title.as_deref(), Ok("first"));
    }

    #[test]
    fn a_row_that_a_trigger_moves_away_is_refused() {
        let moves = [
            "UPDATE notes SET tenant = 2, version = OLD.version + 7 WHERE id = NEW.id",
            "NEW.tenant := 2; NEW.version := OLD.version + 7",
            "SET NEW.tenant = 2; SET NEW.version = OLD.version + 7",
        ];
        is_refused(moves, true);
        is_refused(
            moves
                .map(|sql| sql.replace("tenant", "id"))
                .each_ref()
                .map(|sql| &**sql),
            true,
        );
        let moves_alone = [
            "UPDATE notes SET tenant = 2 WHERE id = NEW.id",
            "NEW.tenant := 2",
            "SET NEW.tenant = 2",
        ];
        is_refused(moves_alone, false);
    }

    #[test]
    fn a_version_that_cannot_be_read_is_not_written() {
        let (_scratch, mut conn) = scratch([
            "UPDATE notes SET version = NULL WHERE id = NEW.id",
            "NEW.version := NULL",
            "SET NEW.version = NULL",
        ]);
        let conn = &mut conn;
        let mut mine: Note = notes::table.first(conn).unwrap();
        mine.title = "mine".into();
        let before = mine.clone();
        let error = mine.save_checked(conn).unwrap_err();
        assert_eq!(mine, before);
        let title = notes::table.select(notes::title).first::<String>(conn);
        assert_eq!(title.as_deref(), Ok("first"), "{error:?}");
    }
}

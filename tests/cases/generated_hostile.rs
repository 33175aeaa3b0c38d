//! `#[optlock(version, generated)]` with tokens, names, triggers and impls that are not the usual ones.

use crate::helpers::expect::{self, ANN};
use crate::helpers::made::{self, Made, STEP, scratch};
use crate::helpers::people;
use crate::helpers::triggers::{self, database};
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use optlock::backend::Database;
use optlock::{Error, Outcome, VersionToken, VersionValue};
use optlock_tests::capabilities::require;
use optlock_tests::schema::contacts;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

const AFTER: i64 = 1 + STEP;

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

/// An audit stamp beside it follows the write.
mod stamped {
    use super::*;
    use chrono::NaiveDateTime;

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
        let timestamp = if database() == Database::Mysql {
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
            conn.batch_execute(match database() {
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
}

/// Two rows have the key.
#[test]
fn two_rows_of_one_key_leave_memory_as_it_was() {
    diesel::table! {
        twins { id -> Integer, name -> Text, version -> BigInt, }
    }
    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
    )]
    #[diesel(table_name = twins)]
    struct Twin {
        id: i32,
        name: String,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: i64,
    }
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "DROP TABLE IF EXISTS twins; CREATE TABLE twins (id INTEGER NOT NULL, name VARCHAR(20) NOT NULL, version BIGINT NOT NULL);
         INSERT INTO twins VALUES (1, 'a', 1), (1, 'b', 1)",
    )
    .unwrap();
    made::count("twins", "version", conn);
    let mut mine = Twin {
        id: 1,
        name: "mine".into(),
        version: 1,
    };
    let before = mine.clone();
    let error = mine.save_checked(conn).unwrap_err();
    assert!(
        matches!(error, Error::KeyNotUnique { rows: 2, .. }),
        "{error:?}"
    );
    assert_eq!(mine, before);
}

/// Each `Clone` and `PartialEq` of a token panics once.
mod fragile {
    use super::*;

    thread_local! {
        static FUSE: Cell<Option<u32>> = const { Cell::new(None) };
    }

    fn burn() {
        if let Some(left) = FUSE.get() {
            match left.checked_sub(1) {
                Some(left) => FUSE.set(Some(left)),
                None => panic!("the fuse has burnt"),
            }
        }
    }

    #[derive(Debug, AsExpression, FromSqlRow)]
    #[diesel(sql_type = BigInt)]
    struct Fragile(i64);

    impl Clone for Fragile {
        fn clone(&self) -> Self {
            burn();
            Self(self.0)
        }
    }

    impl PartialEq for Fragile {
        fn eq(&self, other: &Self) -> bool {
            burn();
            self.0 == other.0
        }
    }

    impl<DB: Backend> FromSql<BigInt, DB> for Fragile
    where
        i64: FromSql<BigInt, DB>,
    {
        fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
            i64::from_sql(bytes).map(Self)
        }
    }

    impl<DB: Backend> ToSql<BigInt, DB> for Fragile
    where
        i64: ToSql<BigInt, DB>,
    {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
            self.0.to_sql(out)
        }
    }

    impl VersionToken for Fragile {
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
        version: Fragile,
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
                FUSE.set(Some(fuse));
                let result = catch_unwind(AssertUnwindSafe(|| write(&mut ann, conn)));
                FUSE.set(None);
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

/// Names that have to be quoted.
#[test]
fn the_names_of_table_and_version_are_quoted() {
    diesel::table! {
        #[sql_name = "or\"der`s"]
        orders (id) {
            id -> Integer,
            title -> Text,
            #[sql_name = "ver\"si`on"]
            select -> BigInt,
        }
    }
    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff,
    )]
    #[diesel(table_name = orders)]
    struct Order {
        id: i32,
        title: String,
        #[diesel(skip_update, column_name = select)]
        #[optlock(version, generated)]
        token: i64,
    }
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (table, version) = (triggers::quote("or\"der`s"), triggers::quote("ver\"si`on"));
    conn.batch_execute(&format!(
        "CREATE TABLE {table} (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL, {version} BIGINT NOT NULL DEFAULT 1);
         INSERT INTO {table} (id, title) VALUES (1, 'first')"
    ))
    .unwrap();
    let mut mine: Order = orders::table.first(conn).unwrap();
    let error = mine.save_checked(conn).unwrap_err();
    assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
    made::count(&table, &version, conn);
    for _ in 0..2 {
        mine.save_checked(conn).unwrap();
        mine.touch_checked(conn).unwrap();
        let mut tracked = Tracked::new(mine.clone());
        tracked.title.push('!');
        tracked.save_changed(conn).unwrap();
        mine = tracked.into_inner();
        assert_eq!(orders::table.first(conn), Ok(mine.clone()));
    }
}

/// Other structs of the table write the version.
#[test]
fn a_plain_struct_beside_it_meets_the_same_versions() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Made>(conn);
    let mut made = Made::stored(1, conn);
    let mut plain = people::stored(1, conn);
    plain.save_checked(conn).unwrap();
    assert_eq!(plain.version, 2);
    expect::modified(made.save_checked(conn), ANN, 1, 2);
    made = Made::stored(1, conn);
    made.save_checked(conn).unwrap();
    assert_eq!(made.version, 3);
    expect::modified(plain.save_checked(conn), ANN, 2, 3);
    diesel::update(contacts::table.find(1))
        .set(optlock::bump_version::<Made>())
        .execute(conn)
        .unwrap();
    expect::modified(made.touch_checked(conn), ANN, 3, 4);
    assert_eq!(Made::stored(1, conn).version, 4);
}

/// By hand, with a changeset that writes the version.
#[test]
fn a_changeset_that_writes_the_version_of_memory_changes_nothing() {
    use optlock::statement::ByText;
    #[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset)]
    #[diesel(table_name = contacts)]
    struct Hand {
        id: i32,
        name: String,
        version: i64,
    }
    impl optlock::Versioned for Hand {
        type Table = contacts::table;
        type Key = i32;
        type VersionColumn = contacts::version;
        type Version = i64;
        type Scope = ();
        type Text = ByText;
        const TABLE_NAME: &'static str = "contacts";
        const GENERATED: bool = true;
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
    impl<'a> optlock::VersionedChangeset<'a> for Hand {
        type Changeset = <&'a Self as AsChangeset>::Changeset;
        type StampChangeset = ();
        fn changeset(&'a self) -> Self::Changeset {
            self.as_changeset()
        }
        fn stamp_changeset(&'a self) {}
    }
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let mut mine: Hand = contacts::table
        .find(1)
        .select(Hand::as_select())
        .first(conn)
        .unwrap();
    let mut stale = mine.clone();
    mine.save_checked(conn).unwrap();
    mine.touch_checked(conn).unwrap();
    mine.force_save(conn).unwrap();
    assert_eq!(Made::stored(1, conn).version, mine.version);
    expect::modified(stale.save_checked(conn), ANN, 1, mine.version);
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let error = stale.save_checked(conn).unwrap_err();
    assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
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
        let ty = if database() == Database::Mysql {
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

/// What an embedded struct writes is known when it is sent.
#[test]
fn an_embedded_struct_that_writes_the_version_is_refused() {
    #[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset)]
    #[diesel(table_name = contacts)]
    struct Part {
        #[diesel(column_name = version)]
        value: i64,
    }
    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
    )]
    #[diesel(table_name = contacts)]
    struct Whole {
        id: i32,
        name: String,
        #[diesel(embed)]
        part: Part,
        #[diesel(skip_update)]
        #[optlock(version, generated)]
        version: i64,
    }
    let (_scratch, mut conn) = scratch();
    let conn = &mut conn;
    let whole = contacts::table.find(1).select(Whole::as_select());
    let mut mine: Whole = whole.first(conn).unwrap();
    let before = mine.clone();
    let error = mine.save_checked(conn).unwrap_err();
    assert!(matches!(error, Error::EmbeddedColumn { .. }), "{error:?}");
    assert_eq!(mine, before);
    assert_eq!(whole.first(conn), Ok(before));
    mine.touch_checked(conn).unwrap();
    assert_eq!(mine.version, AFTER);
}

/// One of a batch is refused.
#[test]
fn one_of_many_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    made::on_update(
        "contacts",
        [
            "UPDATE contacts SET version = OLD.version + 7 WHERE id = NEW.id AND id = 2",
            "IF NEW.id = 2 THEN NEW.version := OLD.version + 7; END IF",
            "IF NEW.id = 2 THEN SET NEW.version = OLD.version + 7; END IF",
        ],
        conn,
    );
    let mut both = [Made::stored(2, conn), Made::stored(1, conn)];
    let before = both.clone();
    let error = both.save_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
    assert_eq!(both, before);
    conn.transaction(|conn| {
        let error = both.save_all_checked(conn).unwrap_err();
        assert!(matches!(error, Error::NotGenerated { .. }), "{error:?}");
        assert_eq!(both, before);
        let each = both.save_each_checked(conn);
        assert!(each[0].is_ok(), "{each:?}");
        assert!(
            matches!(each[1], Err(Error::NotGenerated { .. })),
            "{each:?}"
        );
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!((both[0].version, both[1].version), (AFTER, 1));
    assert_eq!(Made::stored(2, conn), both[0]);
    assert_eq!(Made::stored(1, conn), both[1]);
}

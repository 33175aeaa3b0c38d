//! `#[optlock(version, generated)]` with structs, names and impls that are not the usual ones.

use crate::Scratch;
use crate::helpers::expect::{self, ANN};
use crate::helpers::made::{self, Made, STEP, scratch};
use crate::helpers::people;
use crate::helpers::triggers;
use crate::prelude::*;
use optlock::Error;
use optlock_tests::schema::contacts;

const AFTER: i64 = 1 + STEP;

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

//! What only MariaDB and MySQL have.

use crate::cases::expect::{self, ANN, BOB};
use crate::cases::limits::expect_last_version;
use crate::cases::people::{delete, rename, stored};
use crate::{ABORTING_ISOLATION, Scratch};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::retry::Policy;
use optlock::{Error, Outcome, TransactionOptions, Versioned, bump_version};
use optlock_tests::any::AnyConnection;
use optlock_tests::models::Contact;

/// At REPEATABLE READ a plain read shows the rows as they were at the transaction's first one. An
/// enum of connections knows only at run time that it is one where this matters.
#[test]
fn an_enum_of_connections_looks_past_an_old_snapshot() {
    let scratch = Scratch::new();
    let other = &mut scratch.connect();
    let conn = &mut AnyConnection::from(scratch.connect());
    conn.transaction::<_, Error, _>(|conn| {
        let mut ann = Contact::ann().load_current(conn)?.unwrap();
        let mut bob = Contact::bob().load_current(conn)?.unwrap();
        rename(1, "Anna", other);
        delete(2, other);
        // The snapshot is old indeed:
        assert_eq!(ann.load_current(conn)?, Some(Contact::ann()));
        assert_eq!(bob.load_current(conn)?, Some(Contact::bob()));

        expect::modified(ann.save_checked(conn), ANN, 1, 2);
        expect::modified(ann.delete_checked(conn), ANN, 1, 2);
        expect::missing(bob.save_checked(conn), BOB, 1);
        expect::missing(bob.delete_checked(conn), BOB, 1);
        let theirs = Contact {
            name: "Anna".into(),
            version: 2,
            ..Contact::ann()
        };
        assert_eq!(ann.save_or_load(conn)?, Outcome::Changed(theirs));
        assert_eq!(bob.save_or_load(conn)?, Outcome::Missing);
        Ok(())
    })
    .unwrap();
}

diesel::table! {
    unsigned_widths {
        id -> Integer,
        name -> Text,
        small -> Unsigned<SmallInt>,
        medium -> Unsigned<Integer>,
        large -> Unsigned<BigInt>,
    }
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Small {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    small: u16,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Medium {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    medium: u32,
}

#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = unsigned_widths)]
struct Large {
    id: i32,
    name: &'static str,
    #[optlock(version)]
    large: u64,
}

#[test]
fn an_unsigned_version_is_used_up_to_its_maximum_and_never_wraps() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (small, medium, large) = (u16::MAX - 1, u32::MAX - 1, u64::MAX - 1);
    conn.batch_execute(&format!(
        "CREATE TABLE unsigned_widths (
             id     INTEGER NOT NULL PRIMARY KEY,
             name   VARCHAR(100) NOT NULL,
             small  SMALLINT UNSIGNED NOT NULL,
             medium INTEGER UNSIGNED NOT NULL,
             large  BIGINT UNSIGNED NOT NULL
         );
         INSERT INTO unsigned_widths VALUES (1, 'none', {small}, {medium}, {large})"
    ))
    .unwrap();
    let row = ("unsigned_widths", "1");
    expect_last_version(
        Small {
            id: 1,
            name: "small",
            small,
        },
        row,
        u16::MAX,
        conn,
    );
    expect_last_version(
        Medium {
            id: 1,
            name: "medium",
            medium,
        },
        row,
        u32::MAX,
        conn,
    );
    expect_last_version(
        Large {
            id: 1,
            name: "large",
            large,
        },
        row,
        u64::MAX,
        conn,
    );
    assert_eq!(
        unsigned_widths::table.first(conn),
        Ok((1, "large".to_owned(), u16::MAX, u32::MAX, u64::MAX))
    );
}

/// With `sql_mode = ''` a column clips what is out of range, and turns NULL into 0: the maximum
/// would be written again and again, or the first version.
#[test]
fn at_the_maximum_a_bulk_update_fails_under_each_sql_mode() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (small, medium, large) = (u16::MAX, u32::MAX, u64::MAX);
    conn.batch_execute(&format!(
        "CREATE TABLE unsigned_widths (
             id     INTEGER NOT NULL PRIMARY KEY,
             name   VARCHAR(100) NOT NULL,
             small  SMALLINT UNSIGNED NOT NULL,
             medium INTEGER UNSIGNED NOT NULL,
             large  BIGINT UNSIGNED NOT NULL
         );
         INSERT INTO unsigned_widths VALUES (1, 'last', {small}, {medium}, {large}), (2, 'first', 1, 1, 1)"
    ))
    .unwrap();
    for mode in ["DEFAULT", "''"] {
        conn.batch_execute(&format!("SET sql_mode = {mode}"))
            .unwrap();
        let all = unsigned_widths::table;
        for result in [
            diesel::update(all)
                .set(bump_version::<Small>())
                .execute(conn),
            diesel::update(all)
                .set(bump_version::<Medium>())
                .execute(conn),
            diesel::update(all)
                .set(bump_version::<Large>())
                .execute(conn),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains("out of range"), "{message}");
        }
        assert_eq!(
            unsigned_widths::table.find(1).first(conn),
            Ok((1, "last".to_owned(), small, medium, large))
        );
    }
    let second = unsigned_widths::table.find(2);
    let rows = diesel::update(second)
        .set((bump_version::<Small>(), bump_version::<Large>()))
        .execute(conn);
    assert_eq!(rows, Ok(1));
    assert_eq!(
        second.first(conn),
        Ok((2, "first".to_owned(), 2_u16, 1_u32, 2_u64))
    );
}

mod nullable_and_unsigned {
    use super::*;

    diesel::table! {
        old {
            id -> Integer,
            small -> Nullable<Unsigned<SmallInt>>,
            medium -> Nullable<Unsigned<Integer>>,
            large -> Nullable<Unsigned<BigInt>>,
        }
    }

    macro_rules! width {
        ($name:ident, $column:ident: $integer:ty) => {
            #[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
            #[diesel(table_name = old)]
            struct $name {
                id: i32,
                #[optlock(version)]
                $column: Option<$integer>,
            }
        };
    }

    width!(Small, small: u16);
    width!(Medium, medium: u32);
    width!(Large, large: u64);

    /// From NULL to 1, up to the maximum, and not further.
    #[test]
    fn null_comes_before_the_first_unsigned_version_and_after_no_other() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(
            "CREATE TABLE old (id INTEGER NOT NULL PRIMARY KEY, small SMALLINT UNSIGNED, \
             medium INTEGER UNSIGNED, large BIGINT UNSIGNED);
             INSERT INTO old (id) VALUES (1)",
        )
        .unwrap();
        let row = ("old", "1");
        let bump = diesel::update(old::table)
            .set((bump_version::<Small>(), bump_version::<Medium>()))
            .execute(conn);
        assert_eq!(bump, Ok(1));
        let mut null = Large { id: 1, large: None };
        null.clone().save_checked(conn).unwrap();
        expect::modified(null.save_checked(conn), row, "NULL", 1);
        let stored = old::table.select((old::small, old::medium, old::large));
        assert_eq!(
            stored.first(conn),
            Ok((Some(1_u16), Some(1_u32), Some(1_u64)))
        );

        let (small, medium, large) = (u16::MAX - 1, u32::MAX - 1, u64::MAX - 1);
        conn.batch_execute(&format!(
            "UPDATE old SET small = {small}, medium = {medium}, large = {large}"
        ))
        .unwrap();
        let (small, medium, large) = (Some(small), Some(medium), Some(large));
        expect_last_version(Small { id: 1, small }, row, Some(u16::MAX), conn);
        expect_last_version(Medium { id: 1, medium }, row, Some(u32::MAX), conn);
        expect_last_version(Large { id: 1, large }, row, Some(u64::MAX), conn);
        let bump = diesel::update(old::table)
            .set(bump_version::<Large>())
            .execute(conn);
        let message = bump.unwrap_err().to_string();
        assert!(message.contains("out of range"), "{message}");
    }
}

/// What `lock_checked` says of MySQL and MariaDB, where PostgreSQL lets the child in.
#[test]
fn a_locked_row_makes_a_new_row_that_refers_to_it_wait() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute(
        "CREATE TABLE notes (contact_id INTEGER NOT NULL REFERENCES contacts (id)) ENGINE = InnoDB",
    )
    .unwrap();
    other
        .batch_execute("SET innodb_lock_wait_timeout = 0")
        .unwrap();
    optlock::transaction(conn, (), |conn, ()| {
        Contact::ann().lock_checked(conn)?;
        let insert = diesel::sql_query("INSERT INTO notes VALUES (1)").execute(other);
        let error = Error::from(insert.unwrap_err());
        assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
        diesel::sql_query("INSERT INTO notes VALUES (2)").execute(other)?;
        Ok::<_, Error>(())
    })
    .unwrap();
}

mod the_end_of_time {
    use super::*;
    use crate::Conn;
    use crate::cases::limits::expect_exhausted;
    use chrono::{DateTime, NaiveDateTime, TimeDelta};
    use optlock_tests::prepared::Watch;

    diesel::table! {
        dated {
            id -> Integer,
            stamp -> Timestamp,
            maybe -> Nullable<Timestamp>,
            time -> Datetime,
            version -> BigInt,
        }
    }

    const ROW: expect::Row = ("dated", "1");

    macro_rules! model {
        ($name:ident, #[$mark:meta] $column:ident: $type:ty $(, $version:ident: i64)?) => {
            #[derive(
                Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
            )]
            #[diesel(table_name = dated, treat_none_as_null = true)]
            struct $name {
                id: i32,
                #[$mark]
                $column: $type,
                $($version: i64,)?
            }

            impl $name {
                fn load(conn: &mut Conn) -> Self {
                    let row = dated::table.find(1).select(Self::as_select());
                    row.first(conn).unwrap()
                }
            }
        };
    }

    model!(Stamp, #[optlock(version)] stamp: NaiveDateTime);
    model!(Time, #[optlock(version)] time: NaiveDateTime);
    model!(Audited, #[optlock(updated_on)] stamp: NaiveDateTime, version: i64);
    model!(MaybeAudited, #[optlock(updated_on)] maybe: Option<NaiveDateTime>, version: i64);

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn last_timestamp() -> NaiveDateTime {
        at("2038-01-19T03:14:07.999999")
    }

    fn last_time() -> NaiveDateTime {
        at("9999-12-31T23:59:59.999999")
    }

    /// Each column one microsecond before the end of its type.
    fn scratch() -> Scratch {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(
            "CREATE TABLE dated (id INTEGER NOT NULL PRIMARY KEY, stamp TIMESTAMP(6) NOT NULL, \
             maybe TIMESTAMP(6) NULL, time DATETIME(6) NOT NULL, version BIGINT NOT NULL)",
        )
        .unwrap();
        let unit = TimeDelta::microseconds(1);
        diesel::insert_into(dated::table)
            .values((
                dated::id.eq(1),
                dated::stamp.eq(last_timestamp() - unit),
                dated::maybe.eq(last_timestamp() - unit),
                dated::time.eq(last_time() - unit),
                dated::version.eq(1),
            ))
            .execute(conn)
            .unwrap();
        scratch
    }

    /// MariaDB would store the present time, or NULL, and say that all is well.
    #[test]
    fn a_timestamp_as_the_version_is_used_up_to_its_end() {
        let scratch = scratch();
        let conn = &mut scratch.connect();
        let mut mine = Stamp::load(conn);
        mine.save_checked(conn).unwrap();
        assert_eq!(mine.stamp, last_timestamp());
        assert_eq!(Stamp::load(conn), mine);

        let before = mine.clone();
        let watch = Watch::on(conn);
        expect_exhausted(mine.save_checked(conn), ROW, last_timestamp());
        expect_exhausted(mine.touch_checked(conn), ROW, last_timestamp());
        assert_eq!(watch.take_sent(), [""; 0]);
        expect_exhausted(mine.force_save(conn), ROW, last_timestamp());
        assert_eq!(mine, before);

        let conn = &mut AnyConnection::from(scratch.connect());
        expect_exhausted(mine.save_checked(conn), ROW, last_timestamp());
        assert_eq!(mine, before);
        // It can still be deleted.
        mine.delete_checked(conn).unwrap();
    }

    #[test]
    fn a_datetime_goes_on_to_the_year_9999() {
        let scratch = scratch();
        let conn = &mut scratch.connect();
        diesel::update(dated::table)
            .set(dated::time.eq(at("2100-01-01T00:00:00")))
            .execute(conn)
            .unwrap();
        let mut mine = Time::load(conn);
        mine.save_checked(conn).unwrap();
        assert_eq!(mine.time, at("2100-01-01T00:00:00.000001"));
        assert_eq!(Time::load(conn), mine);
        mine.save_checked(conn).unwrap();

        diesel::update(dated::table)
            .set(dated::time.eq(last_time()))
            .execute(conn)
            .unwrap();
        let mut mine = Time::load(conn);
        let before = mine.clone();
        expect_exhausted(mine.save_checked(conn), ROW, last_time());
        assert_eq!(mine, before);
    }

    #[test]
    fn an_audit_stamp_stays_at_its_end() {
        let scratch = scratch();
        let conn = &mut scratch.connect();
        let mut mine = Audited::load(conn);
        for version in 2..5 {
            mine.save_checked(conn).unwrap();
            assert_eq!((mine.stamp, mine.version), (last_timestamp(), version));
            assert_eq!(Audited::load(conn), mine);
        }
        let mut mine = MaybeAudited::load(conn);
        for version in 5..8 {
            mine.touch_checked(conn).unwrap();
            assert_eq!(
                (mine.maybe, mine.version),
                (Some(last_timestamp()), version)
            );
            assert_eq!(MaybeAudited::load(conn), mine);
        }
    }

    /// What makes all this necessary: no error, and another value.
    #[test]
    fn mariadb_stores_something_else_beyond_the_end() {
        let scratch = scratch();
        let conn = &mut scratch.connect();
        let beyond = DateTime::from_timestamp(1 << 31, 0).unwrap().naive_utc();
        let rows = diesel::update(dated::table)
            .set((dated::stamp.eq(beyond), dated::maybe.eq(beyond)))
            .execute(conn);
        assert_eq!(rows, Ok(1));
        let stored = dated::table.select((dated::stamp, dated::maybe));
        let (stamp, maybe): (NaiveDateTime, Option<NaiveDateTime>) = stored.first(conn).unwrap();
        assert!(
            stamp < last_timestamp() - TimeDelta::microseconds(1),
            "{stamp}"
        );
        assert_eq!(maybe, None);
    }
}

#[test]
fn in_a_serializable_transaction_each_read_locks() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    let mut lock = || {
        diesel::sql_query("SELECT 1 FROM contacts WHERE id = 1 FOR UPDATE NOWAIT").execute(other)
    };
    let options = TransactionOptions::new();
    for (options, is_locked) in [(options.serializable(), true), (options.immediate(), false)] {
        let locked = options.run(conn, (), |conn, ()| {
            stored(1, conn);
            Ok::<_, Error>(lock())
        });
        assert_eq!(locked.unwrap().is_err(), is_locked, "{options:?}");
    }
}

/// The conflict has ended the test transaction too. What another attempt writes would be committed.
#[test]
fn a_retry_ends_with_its_test_transaction() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), &mut scratch.connect());
    conn.batch_execute(ABORTING_ISOLATION).unwrap();
    conn.begin_test_transaction().unwrap();
    stored(1, conn);
    rename(1, "Anna", other);
    let error = optlock::retry(Policy::new(), conn, |conn| {
        rename(2, "Bobby", conn);
        Contact::ann().save_checked(conn)
    })
    .unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(
        error.last().is_conflict() && error.last().is_transient(),
        "{error:?}"
    );
    assert_eq!(stored(2, other), Contact::bob());
}

#[test]
fn what_there_is_not_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut AnyConnection::from(scratch.connect());
    let options = TransactionOptions::new().deferrable();
    let error = options
        .run(conn, (), |_, ()| -> Result<(), Error> {
            panic!("this must not run")
        })
        .unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "MySQL or MariaDB has no deferrable transactions"
    );
}

//! What only SQLite has.

use crate::cases::batch_cascade::{self, left, plant};
use crate::cases::expect;
use crate::cases::people::{changed_my_mind, rename, stored};
use crate::cases::unversioned::legacy;
use crate::{Conn, SQL, Scratch};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use optlock::backend::Dialect;
use optlock::prelude::*;
use optlock::retry::Policy;
use optlock::{Error, Found, Saved, TransactionOptions, methods};
use optlock_tests::any::AnyConnection;
use optlock_tests::cause;
use optlock_tests::models::{Contact, Counter, Membership};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{counters, memberships, wide};

/// A timestamp is a text, and is found again in Diesel's form only.
mod texts {
    use super::*;
    use crate::cases::expect;
    use chrono::NaiveDateTime;

    diesel::table! {
        articles {
            id -> Integer,
            updated_on -> Timestamp,
        }
    }

    #[derive(
        Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned,
    )]
    struct Article {
        id: i32,
        #[optlock(version)]
        updated_on: NaiveDateTime,
    }

    /// An article that another program has written with that timestamp.
    fn written(updated_on: &str, conn: &mut Conn) -> Article {
        conn.batch_execute(&format!(
            "DROP TABLE IF EXISTS articles;
             CREATE TABLE articles (id INTEGER PRIMARY KEY, updated_on TIMESTAMP NOT NULL);
             INSERT INTO articles VALUES (1, {updated_on})"
        ))
        .unwrap();
        let row = articles::table.select(Article::as_select());
        row.first(conn).unwrap()
    }

    #[test]
    fn in_diesels_form_the_row_is_saved() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        for text in [
            "CURRENT_TIMESTAMP",
            "strftime('%Y-%m-%d %H:%M:%f', 'now')",
            "'2024-03-05 06:07:08'",
            "'2024-03-05 06:07:08.120'",
            "'2024-03-05 06:07:08.123456'",
            "'2024-03-05 06:07:08.123456789'",
        ] {
            let mut mine = written(text, conn);
            mine.save_checked(conn).unwrap();
            mine.save_checked(conn).unwrap();
            let row = articles::table.select(Article::as_select());
            assert_eq!(row.first(conn), Ok(mine), "{text}");
        }
    }

    /// The second exception from "no false conflict"; and it does not say that somebody else won.
    #[test]
    fn in_another_form_the_row_is_refused_and_left_alone() {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        for text in [
            "'2024-03-05T06:07:08.123'",
            "'2024-03-05 06:07:08.1'",
            "'2024-03-05 06:07:08.1234567'",
            "'2024-03-05 06:07:08.123Z'",
        ] {
            let mut mine = written(text, conn);
            let before = mine.clone();
            let error = mine.save_checked(conn).unwrap_err();
            assert!(matches!(error, Error::Refused { .. }), "{text}: {error:?}");
            assert!(!error.is_conflict() && !error.is_transient(), "{error:?}");
            let version = before.updated_on;
            expect::says(
                &error,
                ("articles", "1"),
                &format!(
                    "was not written although it still has version {version}: \
                     a policy or a trigger of the database refused it"
                ),
            );
            assert_eq!(mine, before);
        }
    }
}

/// Before it has read or written anything: nobody can write in between.
fn expect_write_lock_at_the_beginning<C>(conn: &mut C, scratch: &Scratch)
where
    C: Connection<Backend: Dialect>,
    Contact: methods::LoadCurrent<C> + methods::Save<C>,
{
    let is_locked = || {
        let other = &mut scratch.connect();
        other.batch_execute(SQL.impatient).unwrap();
        let result = diesel::sql_query("UPDATE contacts SET version = version").execute(other);
        result.is_err_and(|error| error.to_string() == "database is locked")
    };
    let seen = TransactionOptions::new().run(conn, (), |_, ()| Ok::<_, Error>(is_locked()));
    assert!(!seen.unwrap());
    let immediate = TransactionOptions::new().immediate();
    let seen = immediate.run(conn, (), |_, ()| Ok::<_, Error>(is_locked()));
    assert!(seen.unwrap());

    let name = optlock::retry(Policy::new(), conn, |conn| {
        assert!(is_locked());
        let mut ann = Contact::ann().load_current(conn)?.unwrap();
        ann.name.push('!');
        ann.save_checked(conn)?;
        Ok::<_, Error>(ann.name)
    })
    .unwrap();
    let stored = Contact::ann().load_current(conn).unwrap().unwrap();
    assert_eq!(stored.name, name);
    assert!(!is_locked());
}

#[test]
fn an_immediate_transaction_and_each_retry_takes_the_write_lock_at_its_beginning() {
    let scratch = Scratch::new();
    expect_write_lock_at_the_beginning(&mut scratch.connect(), &scratch);
    expect_write_lock_at_the_beginning(&mut AnyConnection::from(scratch.connect()), &scratch);
    let manager = ConnectionManager::<Conn>::new(scratch.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    expect_write_lock_at_the_beginning(&mut pool.get().unwrap(), &scratch);
}

#[test]
fn an_immediate_transaction_that_does_not_get_the_lock_leaves_none_open() {
    let scratch = Scratch::new();
    let holder = &mut scratch.connect();
    let conn = &mut scratch.connect();
    conn.batch_execute(SQL.impatient).unwrap();
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    let immediate = TransactionOptions::new().immediate();
    let result = immediate.run(conn, (), |_, ()| -> Result<(), Error> {
        panic!("this must not run")
    });
    let error = result.unwrap_err();
    assert_eq!(cause(&error), "database is locked");
    assert!(error.is_transient());
    holder.batch_execute("ROLLBACK").unwrap();
    rename(1, "Anna", conn);
    conn.immediate_transaction(|_| Ok::<_, Error>(())).unwrap();
}

#[test]
fn only_an_enum_has_to_ask_which_database_it_is() {
    let scratch = Scratch::new();
    let retry = |conn: &mut AnyConnection| {
        optlock::retry(Policy::new(), conn, |_| Ok::<_, Error>(())).unwrap();
    };
    let conn = &mut AnyConnection::from(scratch.connect());
    let watch = Watch::on(conn);
    retry(conn);
    let sent = watch.take_sent();
    assert!(sent[0].starts_with("SELECT 1 "), "{sent:?}");
    assert_eq!(
        sent[1..],
        [
            "BEGIN",
            "COMMIT; BEGIN IMMEDIATE",
            "SAVEPOINT optlock",
            "RELEASE SAVEPOINT optlock",
            "COMMIT"
        ]
    );

    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    optlock::retry(Policy::new(), conn, |_| Ok::<_, Error>(())).unwrap();
    assert_eq!(
        watch.take_sent(),
        ["BEGIN", "COMMIT; BEGIN IMMEDIATE", "COMMIT"]
    );
}

#[test]
fn what_there_is_not_is_refused() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let options = TransactionOptions::new();
    for (options, text) in [
        (options.read_only(), "SQLite has no read-only transactions"),
        (
            options.deferrable(),
            "SQLite has no deferrable transactions",
        ),
    ] {
        let run = |_: &mut Conn, ()| -> Result<(), Error> { panic!("this must not run") };
        let error = options.run(conn, (), run).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
        assert_eq!(error.to_string(), text);
        let policy = Policy::new().transaction(options);
        let error = policy.run(conn, (), run).unwrap_err();
        assert_eq!(
            (error.attempts(), error.last().to_string().as_str()),
            (0, text)
        );
    }
}

/// What follows would be committed by the savepoint around it, and nothing would take it back.
#[test]
fn of_saves_one_by_one_nothing_lands_after_the_transaction_was_ended_by_a_trigger() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON contacts WHEN NEW.id = 1 BEGIN
             SELECT RAISE(ROLLBACK, 'no');
         END",
    )
    .unwrap();
    let mut both = [stored(1, conn), stored(2, conn)];
    let before = both.clone();
    let result = optlock::transaction(conn, &mut both[..], |conn, both| {
        let saved = both.save_each_checked(conn);
        assert_eq!(cause(saved[0].as_ref().unwrap_err()), "no");
        let error = saved[1].as_ref().unwrap_err();
        let Error::ConcurrentModification(conflict) = error else {
            panic!("{error:?}")
        };
        assert_eq!(*conflict.found(), Found::TransactionAborted);
        Err::<(), _>(changed_my_mind())
    });
    expect::changed_mind(result);
    assert_eq!(both, before);
    assert_eq!(stored(2, &mut scratch.connect()), before[1]);
}

/// In the search for an order in which rows can be deleted that others take with them. What was deleted in
/// the attempt before would be committed by the savepoint around it.
#[test]
fn of_deletes_nothing_lands_after_the_transaction_was_ended_by_a_trigger() {
    for order in [[0, 1, 2, 3, 4], [3, 4, 0, 1, 2], [3, 0, 1, 2, 4]] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        let all = plant(conn);
        conn.batch_execute(
            "CREATE TRIGGER refuse BEFORE DELETE ON nodes
             WHEN OLD.id = 4 AND NOT EXISTS (SELECT 1 FROM nodes WHERE id = 3) BEGIN
                 SELECT RAISE(ROLLBACK, 'no');
             END",
        )
        .unwrap();
        let all = order.map(|index| all[index].clone());
        let error = all.delete_all_checked(conn).unwrap_err();
        assert_eq!(cause(&error), "no", "{order:?}");
        assert_eq!(left(&mut scratch.connect()), [1, 2, 3, 4, 5], "{order:?}");
    }
}

/// SQLite has its own limits for the length of a condition and the number of binds.
#[test]
fn an_enum_of_connections_saves_any_number_of_rows() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut memberships: Vec<_> = (0..1_500)
        .map(|user_id| Membership {
            user_id,
            group_id: 1,
            role: "guest".into(),
            lock_version: 1,
        })
        .collect();
    let mut counters: Vec<_> = (0..40_000)
        .map(|id| Counter {
            id,
            value: 0,
            version: 1,
        })
        .collect();
    diesel::insert_into(memberships::table)
        .values(&memberships)
        .execute(conn)
        .unwrap();
    diesel::insert_into(counters::table)
        .values(&counters)
        .execute(conn)
        .unwrap();
    let any = &mut AnyConnection::from(scratch.connect());
    memberships.save_all_checked(any).unwrap();
    memberships.delete_all_checked(any).unwrap();
    counters.save_all_checked(any).unwrap();
    counters.delete_all_checked(any).unwrap();
    assert_eq!(counters::table.count().get_result(conn), Ok(0_i64));
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
#[diesel(table_name = wide, treat_none_as_null = false)]
struct Two {
    id: i32,
    a: Option<String>,
    b: Option<String>,
}

#[test]
fn what_a_trigger_clears_is_no_conflict_of_the_next_save() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "INSERT INTO wide (id, a, b) VALUES (1, 'a', 'b');
         CREATE TRIGGER clear AFTER UPDATE OF a ON wide BEGIN
             UPDATE wide SET b = NULL WHERE id = NEW.id;
         END",
    )
    .unwrap();
    let two = wide::table.find(1).select(Two::as_select());
    let mut two = Tracked::new(two.first(conn).unwrap());
    for a in ["A", "again"] {
        two.a = Some(a.into());
        two.save_unchanged(conn).unwrap();
        assert_eq!(two.b, None);
    }
}

#[test]
fn a_row_that_a_trigger_moves_away_was_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE archive AS SELECT id, name FROM contacts WHERE 1 = 0;
         CREATE TRIGGER move AFTER UPDATE ON contacts WHEN NEW.name = 'done' BEGIN
             INSERT INTO archive VALUES (NEW.id, NEW.name);
             DELETE FROM contacts WHERE id = NEW.id;
         END",
    )
    .unwrap();
    let mut ann = legacy(1, conn);
    ann.name = "done".into();
    assert_eq!(ann.save_unchanged(conn).unwrap(), Saved::Written);
    assert_eq!(ann.changed_fields(), []);
    let archived = diesel::sql_query("DELETE FROM archive WHERE id = 1 AND name = 'done'");
    assert_eq!(archived.execute(conn), Ok(1));
}

/// SQLITE_LOCKED: connections that share a cache, of which one changes the schema.
#[test]
fn a_locked_schema_is_transient() {
    let scratch = Scratch::new();
    let url = format!("file:{}?cache=shared", scratch.url());
    let [mut theirs, mut ours] = [(); 2].map(|()| Conn::establish(&url).unwrap());
    theirs
        .batch_execute("BEGIN; CREATE TABLE more (id INTEGER)")
        .unwrap();
    let mut ann = Contact::ann();
    let error = ann.save_checked(&mut ours).unwrap_err();
    assert!(
        cause(&error).starts_with("database schema is locked"),
        "{error:?}"
    );
    assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
    theirs.batch_execute("ROLLBACK").unwrap();
    ann.save_checked(&mut ours).unwrap();
}

/// The row of a child is gone with its parent's; that of another node is refused, and stays so.
#[test]
fn a_delete_that_a_trigger_refuses_is_not_taken_for_a_cascade() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let all = batch_cascade::plant(conn);
    conn.batch_execute(
        "CREATE TRIGGER keep BEFORE DELETE ON nodes WHEN OLD.id = 4 BEGIN SELECT RAISE(IGNORE); END",
    )
    .unwrap();
    let error = all.delete_all_checked(conn).unwrap_err();
    let Error::Refused { table, key, .. } = &error else {
        panic!("not refused: {error:?}")
    };
    assert_eq!((*table, key.as_str()), ("nodes", "4"));
    assert_eq!(batch_cascade::left(conn), [1, 2, 3, 4, 5]);
    all[..3].delete_all_checked(conn).unwrap();
    assert_eq!(batch_cascade::left(conn), [4, 5]);
}

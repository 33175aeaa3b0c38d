//! What only PostgreSQL has.

use crate::cases::expect::{self, ANN};
use crate::cases::people::{rename, stored};
use crate::cases::random::paper;
use crate::cases::refusal::{expect_ann_is_refused, expect_refused};
use crate::cases::unversioned::legacy;
use crate::{Conn, Scratch};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use optlock::prelude::*;
use optlock::retry::Policy;
use optlock::{Error, Found, TransactionOptions};
use optlock_tests::any::AnyConnection;
use optlock_tests::models::Contact;
use optlock_tests::postgres::{connection_id, wait_until_blocked};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::contacts;
use std::cell::{Cell, RefCell};

/// Superusers are above policies and privileges. This role is on every server, and what is granted to it
/// here goes away with the schema.
const BE_ANOTHER_ROLE: &str = "SET ROLE pg_monitor";

/// Grants that role privileges on the contacts.
fn grant(privileges: &str, scratch: &Scratch) {
    let schema = scratch.schema();
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO pg_monitor;
         GRANT {privileges} ON contacts TO pg_monitor"
    );
    scratch.connect().batch_execute(&grants).unwrap();
}

#[test]
fn a_row_level_policy_refuses_a_write() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY only_bob_is_changed ON contacts FOR UPDATE USING (id = 2);
         CREATE POLICY only_bob_is_deleted ON contacts FOR DELETE USING (id = 2)",
    )
    .unwrap();
    grant("SELECT, UPDATE, DELETE", &scratch);
    conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
    expect_ann_is_refused(conn);
}

#[test]
fn a_trigger_of_a_view_refuses_a_write() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION only_bob() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF OLD.id <> 2 THEN RETURN NULL; END IF;
             IF TG_OP = 'DELETE' THEN DELETE FROM people WHERE id = OLD.id; RETURN OLD; END IF;
             UPDATE people SET name = NEW.name, phone = NEW.phone, version = NEW.version
                 WHERE id = OLD.id;
             RETURN NEW;
         END $$;
         ALTER TABLE contacts RENAME TO people;
         CREATE VIEW contacts AS SELECT * FROM people;
         CREATE TRIGGER only_bob INSTEAD OF UPDATE OR DELETE ON contacts FOR EACH ROW
             EXECUTE FUNCTION only_bob()",
    )
    .unwrap();
    expect_ann_is_refused(conn);
}

paper!(in_a_uuid_column: uuid::Uuid, Uuid, "UUID");

/// `FOR UPDATE` would make it wait.
#[test]
fn a_new_row_that_refers_to_a_locked_row_does_not_wait() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("CREATE TABLE notes (contact_id INTEGER NOT NULL REFERENCES contacts (id))")
        .unwrap();
    optlock::transaction(conn, (), |conn, ()| {
        let mut ann = Contact::ann();
        ann.lock_checked(conn)?;
        let other = &mut scratch.connect();
        other.batch_execute("SET lock_timeout = 1")?;
        diesel::sql_query("INSERT INTO notes VALUES (1)").execute(other)?;
        // But who locks the row itself waits.
        let theirs = Contact::ann().save_checked(other).unwrap_err();
        assert!(theirs.is_transient() && !theirs.is_conflict(), "{theirs:?}");
        ann.save_checked(conn)
    })
    .unwrap();
}

fn setting(name: &str, conn: &mut PgConnection) -> String {
    use diesel::dsl::sql;
    use diesel::sql_types::Text;

    diesel::select(sql::<Text>(&format!("current_setting('{name}')")))
        .get_result(conn)
        .unwrap()
}

#[test]
fn each_option_is_set_for_its_own_transaction() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let seen = |options: TransactionOptions, conn: &mut PgConnection| -> [String; 3] {
        let names = ["isolation", "read_only", "deferrable"];
        options
            .run(conn, (), |conn, ()| {
                Ok::<_, Error>(names.map(|name| setting(&format!("transaction_{name}"), conn)))
            })
            .unwrap()
    };
    let new = TransactionOptions::new;
    for (options, expected) in [
        (new(), ["read committed", "off", "off"]),
        (new().serializable(), ["serializable", "off", "off"]),
        (
            new().repeatable_read().read_only(),
            ["repeatable read", "on", "off"],
        ),
        (new().deferrable(), ["read committed", "off", "on"]),
        (
            new().serializable().read_only().deferrable(),
            ["serializable", "on", "on"],
        ),
        (new().immediate(), ["read committed", "off", "off"]),
    ] {
        assert_eq!(seen(options, conn), expected, "{options:?}");
    }

    conn.batch_execute(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE",
    )
    .unwrap();
    let lenient = new().read_committed().read_write().not_deferrable();
    assert_eq!(seen(new(), conn), ["serializable", "on", "on"]);
    assert_eq!(seen(lenient, conn), ["read committed", "off", "off"]);
}

/// Two doctors on call: each goes home while the other one stays.
#[test]
fn a_serialization_failure_at_commit_is_met_by_another_attempt() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let serializable = TransactionOptions::new().serializable();
    let attempts = Cell::new(0);
    let told = Cell::new(0);
    let policy = Policy::new()
        .transaction(serializable)
        .notify(|attempts, error: &Error, _| {
            assert!(
                error.is_conflict() && matches!(error, Error::Database(_)),
                "{error:?}"
            );
            told.set(attempts);
        });
    let home = |stays: i32, goes: i32, conn: &mut PgConnection| {
        let stays = stored(stays, conn);
        let mut goes = stored(goes, conn);
        goes.phone = (stays.phone.as_deref() == Some("home")).then(|| "on call".to_owned());
        goes.phone.get_or_insert_with(|| "home".to_owned());
        goes.save_checked(conn)
    };
    optlock::retry(policy, conn, |conn| {
        attempts.set(attempts.get() + 1);
        home(1, 2, conn)?;
        if attempts.get() == 1 {
            serializable.run(&mut scratch.connect(), (), |conn, ()| home(2, 1, conn))?;
        }
        // All statements have succeeded.
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!((attempts.get(), told.get()), (2, 1));
    let phones = [1, 2].map(|id| stored(id, conn).phone.unwrap());
    assert_eq!(phones, ["home", "on call"]);
}

#[test]
fn a_retry_asks_for_nothing_that_its_policy_does_not_ask_for() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let watch = Watch::on(conn);
    optlock::retry(Policy::new(), conn, |conn| {
        Contact::ann().save_checked(conn)
    })
    .unwrap();
    let sent = watch.take_sent();
    let first_words: Vec<_> = sent
        .iter()
        .map(|sql| sql.split(' ').next().unwrap())
        .collect();
    assert_eq!(first_words, ["BEGIN", "UPDATE", "SELECT", "COMMIT"]);
}

#[test]
fn outside_of_a_transaction_a_batch_is_one_statement() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all = [Contact::ann(), Contact::bob()];
    let watch = Watch::on(conn);
    all.save_all_checked(conn).unwrap();
    all.delete_all_checked(conn).unwrap();
    let sent = watch.take_sent();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.iter().all(|sql| sql.starts_with("WITH")), "{sent:?}");
}

/// Each statement is a transaction of its own, and the database gives that up. The row can be read all
/// the same.
#[test]
fn outside_of_a_transaction_a_serialization_failure_is_a_conflict_like_any_other() {
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&format!(
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}"
        ))
        .unwrap();
        let mut ann = Contact {
            phone: None,
            ..stored(1, conn)
        };
        let before = ann.clone();
        let error = while_another_renames_ann(&scratch, conn, |conn| ann.save_checked(conn));
        expect::modified(error, ANN, 1, 2);
        assert_eq!(ann, before);

        let base = stored(1, conn);
        let mut mine = Contact {
            phone: None,
            ..base.clone()
        };
        let merged =
            while_another_renames_ann(&scratch, conn, |conn| mine.save_merged(&base, conn));
        assert_eq!(merged.unwrap()[0].name(), "name");
        assert_eq!(stored(1, conn), mine);
        assert_eq!((mine.version, &mine.phone), (4, &None));
    }
}

/// What the work waits for is committed then.
fn while_another_renames_ann<R: Send>(
    scratch: &Scratch,
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> R + Send,
) -> R {
    let id = connection_id(conn);
    let other = &mut scratch.connect();
    std::thread::scope(|scope| {
        let waiting = other
            .transaction::<_, Error, _>(|other| {
                let mut ann = stored(1, other);
                ann.name += "a";
                ann.save_checked(other)?;
                let waiting = scope.spawn(|| work(conn));
                wait_until_blocked(id);
                Ok(waiting)
            })
            .unwrap();
        waiting.join().unwrap()
    })
}

/// SQLite's write lock would be an update of the key.
#[test]
fn an_enum_of_connections_updates_no_column_but_those_that_are_saved() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("ALTER TABLE contacts ALTER id ADD GENERATED ALWAYS AS IDENTITY")
        .unwrap();
    grant("SELECT, UPDATE (name, phone)", &scratch);
    let mut ann = legacy(1, conn);
    let any = &mut AnyConnection::from(scratch.connect());
    any.batch_execute(BE_ANOTHER_ROLE).unwrap();
    ann.phone = None;
    ann.save_unchanged(any).unwrap();
    assert_eq!(stored(1, conn).phone, None);
    any.transaction(|any| stored(1, conn).lock_checked(any))
        .unwrap();
}

#[test]
fn a_lock_that_is_not_waited_for_is_met_by_another_attempt() {
    let scratch = Scratch::new();
    let (conn, holder) = (&mut scratch.connect(), &mut scratch.connect());
    holder.begin_test_transaction().unwrap();
    conn.batch_execute("CREATE TABLE notes AS SELECT 1 AS id")
        .unwrap();
    holder
        .batch_execute("LOCK TABLE contacts; SELECT 1 FROM notes FOR UPDATE")
        .unwrap();
    let policy = || Policy::new().attempts(3).sleep(|_| ());
    for lock in [
        "LOCK TABLE contacts NOWAIT",
        "SELECT 1 FROM notes FOR UPDATE NOWAIT",
    ] {
        let error = optlock::retry(policy(), conn, |conn| {
            conn.batch_execute(lock).map_err(Error::from)
        })
        .unwrap_err();
        assert_eq!(error.attempts(), 3, "{:?}", error.last());
        assert!(error.last().is_transient() && !error.last().is_conflict());
    }
}

/// The row that a transaction sees is older than the base, which was loaded elsewhere: a change back to
/// what it shows is a change all the same.
#[test]
fn in_an_old_snapshot_no_merge_forgets_mine() {
    let scratch = Scratch::new();
    let (conn, other) = (&mut scratch.connect(), RefCell::new(scratch.connect()));
    let options = TransactionOptions::new().repeatable_read();
    let result = options.run(conn, (), |conn, ()| {
        assert_eq!(stored(1, conn), Contact::ann()); // begins the snapshot
        let other = &mut *other.borrow_mut();
        rename(1, "Anna", other);
        let base = stored(1, other);
        let mut mine = Contact {
            name: "Ann".into(),
            ..base.clone()
        };
        mine.save_merged(&base, conn)
    });
    let Err(Error::ConcurrentModification(conflict)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(*conflict.found(), Found::TransactionAborted);
    assert_eq!(stored(1, &mut other.into_inner()).name, "Anna");
}

/// Whether or not Diesel knows of the transaction.
#[test]
fn a_batch_that_a_trigger_refuses_is_refused_in_a_raw_transaction_too() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER no BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION no();
         BEGIN",
    )
    .unwrap();
    expect_refused([Contact::ann()].save_all_checked(conn));
}

/// The policy holds for the row as it is saved, and the read of it afterwards is none of its business.
#[test]
fn a_row_may_leave_what_a_policy_lets_be_updated() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY no_final_one ON contacts FOR UPDATE USING (name <> 'final') WITH CHECK (true)",
    )
    .unwrap();
    grant("SELECT, UPDATE", &scratch);
    let any = &mut AnyConnection::from(scratch.connect());
    for id in [1, 2] {
        let mut person = legacy(id, conn);
        person.name = "final".into();
        if id == 1 {
            any.batch_execute(BE_ANOTHER_ROLE).unwrap();
            person.save_unchanged(any).unwrap();
        } else {
            conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
            person.save_unchanged(conn).unwrap();
        }
        assert_eq!(stored(id, conn).name, "final");
        // Now it is refused, and not gone.
        person.name = "more".into();
        let error = person.save_unchanged(any).unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    }
}

/// In a nested transaction too, which PostgreSQL rolls back as if it had been asked to.
#[test]
fn an_error_that_a_nested_body_swallows_is_told_and_the_outer_transaction_goes_on() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let (mut ann, mut bob) = (stored(1, conn), stored(2, conn));
    optlock::transaction(conn, (&mut ann, &mut bob), |conn, (ann, bob)| {
        bob.save_checked(conn)?;
        let inner = optlock::transaction(conn, ann, |conn, ann| {
            ann.save_checked(conn)?;
            conn.batch_execute("SELECT 1 / 0").unwrap_err();
            Ok::<_, Error>(())
        });
        let error = inner.unwrap_err();
        assert!(matches!(error, Error::TransactionLost(_)), "{error:?}");
        assert!(!error.outcome_unknown(), "{error:?}");
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!((ann.version, bob.version), (1, 2));
    assert_eq!((stored(1, conn), stored(2, conn)), (ann, bob));
}

/// Without the privilege to `UPDATE` it fails. Where only a policy keeps it from showing a row, the rows are
/// deleted one by one.
#[test]
fn a_batch_of_deletes_needs_what_a_lock_needs() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY all_may_read ON contacts FOR SELECT USING (true);
         CREATE POLICY all_are_deleted ON contacts FOR DELETE USING (true)",
    )
    .unwrap();
    let both = [Contact::ann(), Contact::bob()];
    grant("SELECT, DELETE", &scratch);
    conn.batch_execute(BE_ANOTHER_ROLE).unwrap();
    let error = both.delete_all_checked(conn).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(stored(1, conn), both[0]);

    grant("SELECT, UPDATE, DELETE", &scratch);
    both.delete_all_checked(conn).unwrap();
    assert_eq!(contacts::table.count().get_result(conn), Ok(0_i64));
}

diesel::table! {
    padded (k) {
        k -> Text,
        version -> BigInt,
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = padded, primary_key(k))]
struct Padded {
    k: String,
    version: i64,
}

/// To a `text` the spaces count with which it is loaded, and those of the column do not.
#[test]
fn a_padded_key_is_not_found_by_the_text_that_was_loaded() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "CREATE TABLE padded (k CHAR(5) PRIMARY KEY, version BIGINT NOT NULL);
         INSERT INTO padded VALUES ('ab', 1)",
    )
    .unwrap();
    let mut row: Padded = padded::table.first(conn).unwrap();
    let found = padded::table.find(&row.k).first::<Padded>(conn).optional();
    assert_eq!(found, Ok(None));
    expect::missing(row.save_checked(conn), ("padded", "\"ab   \""), 1);
    let batch = std::slice::from_mut(&mut row).save_all_checked(conn);
    assert!(matches!(batch, Err(Error::BatchConflict(_))), "{batch:?}");

    row.k = row.k.trim_end().to_owned();
    row.save_checked(conn).unwrap();
    std::slice::from_mut(&mut row)
        .save_all_checked(conn)
        .unwrap();
    assert_eq!(row.version, 3);
}

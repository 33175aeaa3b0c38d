//! The test kit names what is broken: for each rule a model or a table that breaks it, and where that is possible no
//! other one.

use crate::helpers::mistaken::*;
use crate::helpers::people::stored;
use crate::helpers::rows::{insert, wide_row};
use crate::prelude::testing::*;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::connection::TransactionManager as _;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::BigInt;
use optlock::testing::Broken;
use optlock_tests::capabilities::Capability::{Has, Lacks};
use optlock_tests::capabilities::require;
use optlock_tests::models::{Contact, Patch};
use optlock_tests::schema::{contacts, wide};

/// The rules, each of which the report names.
fn names(result: Result<(), Broken>) -> Vec<&'static str> {
    let broken = result.unwrap_err();
    let report = broken.to_string();
    for rule in broken.rules() {
        let (name, means, seen) = (rule.name(), rule.means(), rule.seen());
        let lines = format!("\n- {name}: {means}\n  seen: {seen}");
        assert!(report.contains(&lines), "{report}");
    }
    broken.rules().iter().map(|rule| rule.name()).collect()
}

/// A value with a mistake, whose table is as it should be, and stays as it was.
fn mistake<const MISTAKE: u8>() -> Vec<&'static str> {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let names = names(check_versioned(conn, &Mistaken::<MISTAKE>::ann()));
    assert_eq!(stored(1, conn), Contact::ann());
    assert_eq!(stored(2, conn), Contact::bob());
    names
}

/// A table that is changed by SQL, on SQLite, PostgreSQL and MariaDB.
fn changed([sqlite, postgres, mysql]: [&str; 3]) -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    let sql = match CAPABILITIES.name {
        "sqlite" => sqlite,
        "postgres" => postgres,
        _ => mysql,
    };
    conn.batch_execute(sql).unwrap();
    (scratch, conn)
}

/// A trigger that sets a column of each row that is written.
fn with_trigger(column: &str, value: &str) -> (Scratch, Conn) {
    changed([
        &format!(
            "CREATE TRIGGER t AFTER UPDATE ON contacts BEGIN
                 UPDATE contacts SET {column} = {value} WHERE id = NEW.id; END"
        ),
        &format!(
            "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN NEW.{column} = {value}; RETURN NEW; END';
             CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION t()"
        ),
        &format!(
            "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.{column} = {value}"
        ),
    ])
}

#[test]
fn an_impl_by_hand_without_a_mistake_keeps_the_rules() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    assert_versioned(conn, &Mistaken::<NONE>::ann());
    let (ann, rename, hang_up) = edits::<NONE>();
    assert_merges(conn, &ann, rename, hang_up);
}

#[test]
fn transaction_without_a_connection() {
    type Manager = <Conn as Connection>::TransactionManager;
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    Manager::transaction_manager_status_mut(conn).set_in_error();
    let checked = check_versioned(conn, &Contact::ann());
    assert_eq!(names(checked), ["transaction"]);
}

/// What cannot be played is not said to be broken. On SQLite the next savepoint begins another transaction.
#[test]
fn transaction_that_ends_between_two_rules() {
    let (scratch, conn) = &mut changed([
        "CREATE TRIGGER t BEFORE UPDATE ON contacts WHEN NEW.version = 3 BEGIN
             SELECT RAISE(ROLLBACK, 'no third version'); END",
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
         CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW WHEN (NEW.version = 3)
             EXECUTE FUNCTION t()",
        "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW
             IF NEW.version = 3 THEN KILL CONNECTION_ID(); END IF",
    ]);
    let names = names(check_versioned(conn, &Contact::ann()));
    match CAPABILITIES.name {
        "sqlite" => assert_eq!(names, ["second save"]),
        _ => assert_eq!(names, ["second save", "transaction"]),
    }
    assert_eq!(stored(1, &mut scratch.connect()), Contact::ann());
}

#[test]
fn row_that_is_missing_or_has_another_version() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let gone = Contact {
        id: 3,
        ..Contact::ann()
    };
    let broken = check_versioned(conn, &gone).unwrap_err();
    let [row] = broken.rules() else {
        panic!("{broken}")
    };
    assert_eq!(
        (broken.table(), broken.key(), row.name()),
        ("contacts", "3", "row")
    );
    assert_eq!(
        row.seen(),
        "its beginning: contacts 3 is gone: expected version 1, found no row"
    );
    let stale = Contact {
        version: 8,
        ..Contact::ann()
    };
    assert_eq!(names(check_versioned(conn, &stale)), ["row"]);
    assert_eq!(names(check_merges(conn, &stale, |_| {}, |_| {})), ["row"]);
    assert_eq!(names(check_scoped(conn, &stale, |_| {})), ["row"]);
}

#[test]
#[should_panic(expected = "contacts 3 breaks 1 rule:\n- row: ")]
fn the_assertion_panics_with_the_report() {
    let scratch = Scratch::new();
    let gone = Contact {
        id: 3,
        ..Contact::ann()
    };
    assert_versioned(&mut scratch.connect(), &gone);
}

#[test]
fn clone_that_is_another_value() {
    assert_eq!(mistake::<CLONE>(), ["clone"]);
}

#[test]
fn version_in_memory_that_is_not_set() {
    assert_eq!(mistake::<SET_VERSION>(), ["version in memory"]);
}

/// Nothing tells two copies apart then.
#[test]
fn next_version_that_is_the_same_again() {
    assert_eq!(
        mistake::<SAME_VERSION>(),
        [
            "next version",
            "lost update",
            "stale delete",
            "touch",
            "batch"
        ]
    );
}

/// A contact that is loaded with the next version.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts)]
struct Misread {
    id: i32,
    name: String,
    #[diesel(
        select_expression = sql::<BigInt>("version + 1"),
        select_expression_type = SqlLiteral<BigInt>
    )]
    version: i64,
}

#[test]
fn load_of_another_version_or_row() {
    let scratch = Scratch::new();
    let ann = Misread {
        id: 1,
        name: "Ann".into(),
        version: 1,
    };
    let checked = check_versioned(&mut scratch.connect(), &ann);
    assert_eq!(names(checked), ["load"]);
    assert_eq!(mistake::<KEY>()[0], "load");
}

#[test]
fn something_to_save_in_a_value_that_changes_nothing() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(wide::table, wide_row(1), conn);
    let nothing = Patch {
        id: 1,
        version: 1,
        ..Patch::default()
    };
    let checked = check_versioned(conn, &nothing);
    assert_eq!(names(checked), ["something to save"]);
}

/// The version is that of a sequence, or the table has no transactions.
#[test]
fn rollback_that_does_not_undo_a_save() {
    let Some(()) = require(match CAPABILITIES.name {
        "sqlite" => Lacks("a rollback undoes all"),
        _ => Has(()),
    }) else {
        return;
    };
    let (_scratch, conn) = &mut changed([
        "",
        "ALTER TABLE contacts RENAME TO people;
         CREATE SEQUENCE versions;
         CREATE VIEW contacts AS
             SELECT id, name, phone, (SELECT last_value FROM versions) AS version FROM people;
         CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM setval('versions', NEW.version); RETURN NEW; END $$;
         CREATE TRIGGER t INSTEAD OF UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION t()",
        "ALTER TABLE contacts ENGINE=MyISAM",
    ]);
    let checked = check_versioned(conn, &Contact::ann());
    assert_eq!(names(checked), ["rollback"]);
    // And no other rule has been played.
    assert_eq!(
        contacts::table
            .find(1)
            .select(contacts::version)
            .first(conn),
        Ok(2_i64)
    );
}

#[test]
fn scope_or_key_that_a_save_changes() {
    assert_eq!(mistake::<MOVED>(), ["scope"]);
}

#[test]
fn second_save_at_a_version_that_the_row_has_not() {
    assert_eq!(mistake::<CAPPED>(), ["second save"]);
    let without_version = mistake::<LEFT_OUT>();
    assert_eq!(without_version[..2], ["second save", "lost update"]);
}

#[test]
fn second_save_behind_a_trigger_that_writes_the_version_too() {
    let (_scratch, conn) = &mut with_trigger("version", "NEW.version + 1");
    let broken = check_versioned(conn, &Contact::ann()).unwrap_err();
    let first = &broken.rules()[0];
    assert_eq!(first.name(), "second save", "{broken}");
    let seen = "contacts 1 was changed: expected version 2, found 3";
    assert!(first.seen().ends_with(seen), "{broken}");
    assert_eq!(stored(1, conn), Contact::ann());
}

/// Elsewhere no trigger is fired by a statement that matches no row: what refuses a stale save refuses a stale delete.
fn fires_for_no_row() -> Option<()> {
    require(match CAPABILITIES.name {
        "postgres" => Has(()),
        _ => Lacks("a trigger is fired for rows"),
    })
}

/// A trigger takes it for an error that a statement writes no row: the second copy is refused, but not as a conflict.
#[test]
fn lost_update_that_is_no_conflict() {
    let Some(()) = fires_for_no_row() else {
        return;
    };
    let (_scratch, conn) = &mut changed([
        "",
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NOT EXISTS (SELECT FROM written) THEN RAISE 'nothing is written'; END IF;
             RETURN NULL; END $$;
         CREATE TRIGGER t AFTER UPDATE ON contacts REFERENCING NEW TABLE AS written
             FOR EACH STATEMENT EXECUTE FUNCTION t()",
        "",
    ]);
    let checked = check_versioned(conn, &Contact::ann());
    assert_eq!(names(checked), ["lost update", "touch", "batch"]);
}

#[test]
fn stale_delete_that_is_no_conflict() {
    let Some(()) = fires_for_no_row() else {
        return;
    };
    let (_scratch, conn) = &mut changed([
        "",
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no deletes'; END $$;
         CREATE TRIGGER t BEFORE DELETE ON contacts FOR EACH STATEMENT EXECUTE FUNCTION t()",
        "",
    ]);
    let checked = check_versioned(conn, &Contact::ann());
    assert_eq!(names(checked), ["stale delete"]);
}

#[test]
fn touch_whose_stamp_writes_the_version() {
    assert_eq!(mistake::<STAMP>(), ["touch"]);
}

/// SQLite writes a batch row by row, and by the changeset.
#[test]
fn batch_by_columns_that_are_not_those_of_the_model() {
    if CAPABILITIES.name == "sqlite" {
        let scratch = Scratch::new();
        assert_versioned(&mut scratch.connect(), &Mistaken::<COLUMNS>::ann());
    } else {
        assert_eq!(mistake::<COLUMNS>(), ["batch"]);
    }
}

#[test]
fn same_key_and_out_of_scope() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ann = Contact::ann();
    let (another_key, another_version) = (
        |ann: &mut Contact| ann.id = 2,
        |ann: &mut Contact| ann.version = 2,
    );
    for edit in [another_key, another_version] {
        assert_eq!(names(check_scoped(conn, &ann, edit)), ["same key"]);
    }
    // The phone is no tenant.
    let checked = check_scoped(conn, &ann, |ann| ann.phone = None);
    assert_eq!(names(checked), ["out of scope"]);
    assert_eq!(stored(1, conn), ann);
}

#[test]
fn two_edits_of_one_field_or_of_none() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ann = Contact::ann();
    let rename = |ann: &mut Contact| ann.name = "A.".into();
    for checked in [
        check_merges(conn, &ann, rename, rename),
        check_merges(conn, &ann, rename, |_| {}),
        check_merges(conn, &ann, rename, |ann| ann.id = 2),
    ] {
        assert_eq!(names(checked), ["two edits"]);
    }
}

type Edit<const MISTAKE: u8> = fn(&mut Compared<MISTAKE>);

/// Ann, and two edits of her.
fn edits<const MISTAKE: u8>() -> (Compared<MISTAKE>, Edit<MISTAKE>, Edit<MISTAKE>) {
    let Contact {
        id,
        name,
        phone,
        version,
    } = Contact::ann();
    let ann = Compared {
        id,
        name,
        phone,
        version,
    };
    (ann, |ann| ann.name = "A.".into(), |ann| ann.phone = None)
}

fn merging<const MISTAKE: u8>(conn: &mut Conn) -> Vec<&'static str> {
    let (ann, rename, hang_up) = edits::<MISTAKE>();
    let names = names(check_merges(conn, &ann, rename, hang_up));
    assert_eq!(stored(1, conn), Contact::ann());
    names
}

#[test]
fn two_edits_or_merge_by_a_diff_with_a_mistake() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    assert_eq!(merging::<FORGETS>(conn), ["two edits"]);
    assert_eq!(merging::<TAKES_NOTHING>(conn), ["merge"]);
}

#[test]
fn merge_of_which_a_trigger_takes_a_change_back() {
    let (_scratch, conn) = &mut with_trigger("phone", "OLD.phone");
    assert_eq!(merging::<NONE>(conn), ["merge"]);
}

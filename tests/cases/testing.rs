//! The test kit: each model of the suite keeps the rules, and one that does not is named.

use crate::helpers::documents::{self, document};
use crate::helpers::nodes::plant;
use crate::helpers::people::{Named, stored};
use crate::prelude::testing::*;
use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use diesel::dsl::Eq;
use optlock::columns::{ColumnValue, VersionedColumns};
use optlock::statement::ByText;
use optlock::testing::Broken;
use optlock_tests::capabilities::Capability::{Has, Lacks};
use optlock_tests::capabilities::require;
use optlock_tests::models::*;
use optlock_tests::schema::{accounts, contacts, counters, memberships, stamped, wide};

fn names(result: Result<(), Broken>) -> Vec<&'static str> {
    let broken = result.unwrap_err();
    broken.rules().iter().map(|rule| rule.name()).collect()
}

fn insert<V, T>(table: T, value: V, conn: &mut Conn)
where
    T: diesel::Table,
    V: Insertable<T>,
    diesel::query_builder::InsertStatement<T, V::Values>:
        diesel::query_dsl::methods::ExecuteDsl<Conn>,
{
    let inserted = diesel::insert_into(table).values(value);
    diesel::query_dsl::methods::ExecuteDsl::execute(inserted, conn).unwrap();
}

/// A time that a TIMESTAMP of each database holds.
fn once() -> chrono::NaiveDateTime {
    let day = chrono::NaiveDate::from_ymd_opt(2001, 9, 9).unwrap();
    day.and_hms_opt(1, 46, 40).unwrap()
}

fn wide_row(id: i32) -> Wide {
    Wide {
        id,
        a: Some("a".into()),
        version: 1,
        ..Wide::default()
    }
}

#[test]
fn ten_models_keep_the_rules_and_their_rows_stay_as_they_were() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    assert_versioned(conn, &Contact::ann());
    let bob = Named::stored(2, conn);
    assert_versioned(conn, &bob);
    assert_eq!(stored(1, conn), Contact::ann());
    assert_eq!(stored(2, conn), Contact::bob());

    let member = Membership {
        user_id: 1,
        group_id: 2,
        role: "guest".into(),
        lock_version: 7,
    };
    insert(memberships::table, &member, conn);
    assert_versioned(conn, &member);

    insert(wide::table, wide_row(1), conn);
    assert_versioned(conn, &wide_row(1));
    let patch = Patch {
        id: 1,
        b: Some("b".into()),
        version: 1,
        ..Patch::default()
    };
    assert_versioned(conn, &patch);
    let row: Wide = wide::table.select(Wide::as_select()).first(conn).unwrap();
    assert_eq!(row, wide_row(1));

    let stamp = Stamped {
        id: 1,
        name: "Ann".into(),
        version: 1,
        updated_on: once(),
    };
    insert(stamped::table, &stamp, conn);
    assert_versioned(conn, &stamp);
    let row: Stamped = stamped::table
        .select(Stamped::as_select())
        .first(conn)
        .unwrap();
    assert_eq!(row, stamp);

    let account = Account {
        id: 1,
        email: "ann@example.org".into(),
        version: 1,
        updated_on: once(),
    };
    insert(accounts::table, &account, conn);
    assert_versioned(conn, &account);

    let counter = Counter {
        id: 1,
        value: 3,
        version: 1,
    };
    insert(counters::table, &counter, conn);
    assert_versioned(conn, &counter);

    let nodes = plant(conn);
    assert_versioned(conn, &nodes[0]);
    assert_versioned(conn, &nodes[1]);
}

#[test]
fn a_model_with_a_scope_keeps_the_rules_of_both_forms_of_it() {
    let scratch = documents::scratch();
    let conn = &mut scratch.connect();
    let before = documents::stored(conn);
    for mine in [document(1, 1), document(4, None)] {
        assert_versioned(conn, &mine);
        assert_scoped(conn, &mine, |document| document.tenant = Some(9));
        assert_scoped(conn, &mine, |document| document.deleted_at = Some(5));
    }
    assert_eq!(documents::stored(conn), before);
}

#[test]
fn merges_keep_the_rules() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ann = Contact::ann();
    assert_merges(
        conn,
        &ann,
        |ann| ann.name = "Ann B.".into(),
        |ann| ann.phone = None,
    );
    insert(wide::table, wide_row(1), conn);
    assert_merges(
        conn,
        &wide_row(1),
        |it| it.a = None,
        |it| it.c = Some("c".into()),
    );
    assert_eq!(stored(1, conn), ann);
}

/// Also by a test whose transaction is never committed.
#[test]
fn inside_a_transaction_a_savepoint_is_rolled_back() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.begin_test_transaction().unwrap();
    let eve = Contact {
        id: 3,
        name: "Eve".into(),
        ..Contact::bob()
    };
    insert(contacts::table, &eve, conn);
    assert_versioned(conn, &eve);
    assert_merges(
        conn,
        &eve,
        |it| it.name = "E.".into(),
        |it| it.phone = Some("3".into()),
    );
    assert_eq!(stored(3, conn), eve);
}

#[test]
fn a_value_without_a_row_or_of_another_version_is_said_first() {
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

const CLONE: u8 = 1;
const SET_VERSION: u8 = 2;
const NEXT_VERSION: u8 = 3;
const KEY: u8 = 4;
const MOVED: u8 = 5;
const CHANGESET: u8 = 6;
const COLUMNS: u8 = 7;

/// A contact by hand, with a mistake.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = contacts)]
struct Mistaken<const MISTAKE: u8> {
    id: i32,
    name: String,
    version: i64,
}

impl<const MISTAKE: u8> Mistaken<MISTAKE> {
    fn ann() -> Self {
        Self {
            id: 1,
            name: "Ann".into(),
            version: 1,
        }
    }
}

impl<const MISTAKE: u8> Clone for Mistaken<MISTAKE> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            name: self.name.clone(),
            version: self.version + i64::from(MISTAKE == CLONE),
        }
    }
}

impl<const MISTAKE: u8> Versioned for Mistaken<MISTAKE> {
    type Table = contacts::table;
    type Key = i32;
    type VersionColumn = contacts::version;
    type Version = i64;
    type Scope = ();
    type Text = ByText;
    const TABLE_NAME: &'static str = "contacts";

    fn key(&self) -> i32 {
        self.id + i32::from(MISTAKE == KEY)
    }
    fn version(&self) -> &i64 {
        &self.version
    }
    fn set_version(&mut self, version: i64) {
        if MISTAKE != SET_VERSION {
            self.version = version;
        }
    }
    fn scope(&self) {}
    fn next_version(&self) -> Option<i64> {
        Some(self.version + i64::from(MISTAKE != NEXT_VERSION))
    }
}

type Set<'a> = (
    Option<Eq<contacts::id, i32>>,
    Eq<contacts::name, &'a String>,
    Option<Eq<contacts::version, i64>>,
);

impl<'a, const MISTAKE: u8> optlock::VersionedChangeset<'a> for Mistaken<MISTAKE> {
    type Changeset = <Set<'a> as AsChangeset>::Changeset;
    type StampChangeset = ();

    fn changeset(&'a self) -> Self::Changeset {
        (
            (MISTAKE == MOVED).then(|| contacts::id.eq(self.id + 100)),
            contacts::name.eq(&self.name),
            (MISTAKE != CHANGESET).then(|| contacts::version.eq(self.version)),
        )
            .as_changeset()
    }
    fn stamp_changeset(&'a self) {}
}

impl<'a, const MISTAKE: u8> VersionedColumns<'a> for Mistaken<MISTAKE> {
    type Key = ColumnValue<contacts::id, &'a i32>;
    type Set = (
        ColumnValue<contacts::name, &'a String>,
        ColumnValue<contacts::version, &'a i64>,
    );

    fn key_columns(&'a self) -> Self::Key {
        ColumnValue::new(&self.id)
    }
    fn set_columns(&'a self) -> Self::Set {
        let version = if MISTAKE == COLUMNS {
            &77
        } else {
            &self.version
        };
        (ColumnValue::new(&self.name), ColumnValue::new(version))
    }
}

fn mistakes<const MISTAKE: u8>() -> Vec<&'static str> {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let names = names(check_versioned(conn, &Mistaken::<MISTAKE>::ann()));
    assert_eq!(stored(1, conn), Contact::ann());
    assert_eq!(stored(2, conn), Contact::bob());
    names
}

#[test]
fn an_impl_by_hand_without_a_mistake_keeps_the_rules() {
    let scratch = Scratch::new();
    assert_versioned(&mut scratch.connect(), &Mistaken::<0>::ann());
}

#[test]
fn each_mistake_of_an_impl_by_hand_is_named() {
    assert_eq!(mistakes::<CLONE>(), ["clone"]);
    assert_eq!(mistakes::<SET_VERSION>(), ["version in memory"]);
    assert_eq!(
        mistakes::<NEXT_VERSION>(),
        [
            "next version",
            "lost update",
            "stale delete",
            "touch",
            "batch"
        ]
    );
    assert_eq!(mistakes::<KEY>()[0], "load");
    assert_eq!(mistakes::<MOVED>(), ["scope"]);
    let without_version = mistakes::<CHANGESET>();
    assert_eq!(without_version[..2], ["second save", "lost update"]);
}

/// SQLite writes a batch row by row, and by the changeset.
#[test]
fn columns_that_are_not_those_of_the_model_are_named() {
    let scratch = Scratch::new();
    let checked = check_versioned(&mut scratch.connect(), &Mistaken::<COLUMNS>::ann());
    if CAPABILITIES.name == "sqlite" {
        assert_eq!(checked, Ok(()));
    } else {
        assert_eq!(names(checked), ["batch"]);
    }
}

#[test]
fn a_value_that_saves_nothing_is_named() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    insert(wide::table, wide_row(1), conn);
    let nothing = Patch {
        id: 1,
        version: 1,
        ..Patch::default()
    };
    assert_eq!(
        names(check_versioned(conn, &nothing)),
        ["something to save"]
    );
}

#[test]
fn a_trigger_that_writes_the_version_too_is_named() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(match CAPABILITIES.name {
        "sqlite" => {
            "CREATE TRIGGER bump AFTER UPDATE ON contacts BEGIN
                 UPDATE contacts SET version = NEW.version + 1 WHERE id = NEW.id;
             END"
        }
        "postgres" => {
            "CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN NEW.version = NEW.version + 1; RETURN NEW; END';
             CREATE TRIGGER bump BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION bump()"
        }
        _ => "CREATE TRIGGER bump BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.version = NEW.version + 1",
    })
    .unwrap();
    let broken = check_versioned(conn, &Contact::ann()).unwrap_err();
    let first = &broken.rules()[0];
    assert_eq!(first.name(), "second save", "{broken}");
    let seen = "contacts 1 was changed: expected version 2, found 3";
    assert!(first.seen().ends_with(seen), "{broken}");
    assert_eq!(stored(1, conn), Contact::ann());
}

/// A save stays there, and only one.
#[test]
fn a_table_without_transactions_is_named() {
    let Some(()) = require(match CAPABILITIES.name {
        "mysql" => Has(()),
        _ => Lacks("each table has transactions"),
    }) else {
        return;
    };
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("ALTER TABLE contacts ENGINE=MyISAM")
        .unwrap();
    assert_eq!(names(check_versioned(conn, &Contact::ann())), ["rollback"]);
    assert_eq!(stored(1, conn).version, 2);
}

#[test]
fn a_row_that_stays_in_scope_is_named() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let ann = Contact::ann();
    let checked = check_scoped(conn, &ann, |ann| ann.phone = None);
    assert_eq!(names(checked), ["out of scope"]);
    assert_eq!(
        names(check_scoped(conn, &ann, |ann| ann.id = 2)),
        ["same key"]
    );
    assert_eq!(stored(1, conn), ann);
}

#[test]
fn two_edits_of_one_field_or_of_none_are_named() {
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

/// A trigger takes one of the two changes back.
#[test]
fn a_merge_that_loses_a_field_is_named() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(match CAPABILITIES.name {
        "sqlite" => {
            "CREATE TRIGGER keep AFTER UPDATE ON contacts BEGIN
                 UPDATE contacts SET phone = OLD.phone WHERE id = NEW.id;
             END"
        }
        "postgres" => {
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN NEW.phone = OLD.phone; RETURN NEW; END';
             CREATE TRIGGER keep BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION keep()"
        }
        _ => "CREATE TRIGGER keep BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.phone = OLD.phone",
    })
    .unwrap();
    let ann = Contact::ann();
    let checked = check_merges(
        conn,
        &ann,
        |ann| ann.name = "A.".into(),
        |ann| ann.phone = None,
    );
    assert_eq!(names(checked), ["merge"]);
    assert_eq!(stored(1, conn), ann);
}

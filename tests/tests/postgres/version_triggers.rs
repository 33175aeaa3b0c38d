//! Triggers that advance the version, on what PostgreSQL alone has.

use crate::Scratch;
use crate::helpers::triggers;
use crate::prelude::*;
use chrono::{DateTime, TimeDelta, Utc};
use optlock::backend::Database;
use optlock::trigger_sql;
use optlock::verify::Checks;
use optlock_tests::models::{Contact, Stamped};
use optlock_tests::schema::{contacts, stamped};

mod shop {
    diesel::table! {
        optlock_shop.orders (id) {
            id -> Integer,
            customer -> Nullable<Integer>,
            version -> BigInt,
            updated_on -> Timestamptz,
        }
    }
}
use shop::orders;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = orders, treat_none_as_null = true)]
struct Order {
    id: i32,
    customer: Option<i32>,
    version: i64,
    #[optlock(updated_on)]
    updated_on: DateTime<Utc>,
}

/// One schema of that name is enough, and all of it is rolled back.
#[test]
fn a_table_of_another_schema_has_its_function_there() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute("BEGIN; SET LOCAL lock_timeout = '60s'")
        .unwrap();
    conn.batch_execute(
        "SET LOCAL timezone = 'Asia/Tokyo';
         CREATE SCHEMA optlock_shop;
         CREATE TABLE optlock_shop.customers (id INTEGER PRIMARY KEY);
         CREATE TABLE optlock_shop.orders (id INTEGER PRIMARY KEY, \
         customer INTEGER REFERENCES optlock_shop.customers ON DELETE SET NULL, version BIGINT NOT NULL DEFAULT 1, \
         updated_on TIMESTAMPTZ NOT NULL DEFAULT '2001-01-01');
         INSERT INTO optlock_shop.customers VALUES (7);
         INSERT INTO optlock_shop.orders (id, customer) VALUES (1, 7)",
    )
    .unwrap();
    let sql = triggers::create::<Order>(conn);
    let _ = triggers::create::<Order>(conn);
    // A foreign key fires it.
    conn.batch_execute("DELETE FROM optlock_shop.customers")
        .unwrap();
    let order: Order = orders::table
        .select(Order::as_select())
        .first(conn)
        .unwrap();
    assert_eq!((order.customer, order.version), (None, 2));
    assert!(
        (Utc::now() - order.updated_on).abs() < TimeDelta::minutes(1),
        "{order:?}"
    );
    conn.batch_execute(sql.down()).unwrap();
    conn.batch_execute(sql.down()).unwrap();
    let functions = "SELECT 1 FROM pg_proc WHERE pronamespace = 'optlock_shop'::regnamespace";
    assert_eq!(diesel::sql_query(functions).execute(conn), Ok(0));
    conn.batch_execute("ROLLBACK").unwrap();
}

/// A column without a zone holds UTC.
#[test]
fn a_stamp_is_the_time_in_utc_in_each_session() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    conn.batch_execute(
        "INSERT INTO stamped (id, name, updated_on) VALUES (1, 'old', '2001-01-01')",
    )
    .unwrap();
    let _ = triggers::create::<Stamped>(conn);
    conn.batch_execute("SET timezone = 'Asia/Tokyo'; UPDATE stamped SET name = 'new'")
        .unwrap();
    let row: Stamped = stamped::table
        .select(Stamped::as_select())
        .first(conn)
        .unwrap();
    let late = (Utc::now().naive_utc() - row.updated_on).abs();
    assert!(row.version == 2 && late < TimeDelta::minutes(1), "{row:?}");
}

/// It is what pg_dump and logical replication do.
#[test]
fn a_session_of_replication_is_not_noticed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    conn.batch_execute(
        "SET session_replication_role = replica; UPDATE contacts SET name = 'Anna'; RESET session_replication_role",
    )
    .unwrap();
    let version = contacts::table.find(1).select(contacts::version);
    assert_eq!(version.first(conn), Ok(1_i64));
}

#[test]
fn the_texts_are_these() {
    let sql = trigger_sql::<Order>(Database::Postgres);
    assert_eq!(
        sql.up(),
        r#"CREATE OR REPLACE FUNCTION "optlock_shop"."optlock_version_orders"() RETURNS trigger LANGUAGE plpgsql AS $optlock$
BEGIN
    NEW."version" := COALESCE(OLD."version", 0) + 1;
    IF NEW."updated_on" IS NOT DISTINCT FROM OLD."updated_on" THEN
        NEW."updated_on" := clock_timestamp();
    END IF;
    RETURN NEW;
END
$optlock$;
DROP TRIGGER IF EXISTS "optlock_version_orders" ON "optlock_shop"."orders";
CREATE TRIGGER "optlock_version_orders" BEFORE UPDATE ON "optlock_shop"."orders" FOR EACH ROW
    WHEN (NEW."version" IS NULL OR NEW."version" <= COALESCE(OLD."version", 0)) EXECUTE FUNCTION "optlock_shop"."optlock_version_orders"();
"#
    );
    assert_eq!(
        sql.down(),
        r#"DROP TRIGGER IF EXISTS "optlock_version_orders" ON "optlock_shop"."orders";
DROP FUNCTION IF EXISTS "optlock_shop"."optlock_version_orders"();
"#
    );
}

/// A column that takes a NULL, and a model that does not know it.
#[test]
fn a_version_that_is_set_to_null_and_back_is_noticed() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    let version = contacts::table.find(1).select(contacts::version);
    conn.batch_execute(
        "ALTER TABLE contacts ALTER version DROP NOT NULL; UPDATE contacts SET version = 5;
         UPDATE contacts SET version = NULL; UPDATE contacts SET version = 5",
    )
    .unwrap();
    assert_eq!(version.first(conn), Ok(7_i64));
}

/// It leaves the version alone, and nobody can tell it from the write of another program. One before the write needs none.
#[test]
fn a_trigger_that_writes_the_row_again_makes_the_next_save_a_false_conflict() {
    let after = "UPDATE contacts SET phone = 'now' WHERE id = NEW.id; RETURN NULL;";
    let before = "NEW.phone := 'now'; RETURN NEW;";
    for (when, body, is_conflict) in [("AFTER", after, true), ("BEFORE", before, false)] {
        let scratch = Scratch::new();
        let conn = &mut scratch.connect();
        conn.batch_execute(&format!(
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
             CREATE TRIGGER touches {when} UPDATE ON contacts FOR EACH ROW WHEN (pg_trigger_depth() = 0) \
             EXECUTE FUNCTION touch()"
        ))
        .unwrap();
        let mut ann = Contact::ann();
        ann.save_checked(conn).unwrap();
        ann.save_checked(conn).unwrap();
        let _ = triggers::create::<Contact>(conn);
        ann.save_checked(conn).unwrap();
        let again = ann.save_checked(conn);
        assert_eq!(
            again.is_err_and(|error| error.is_conflict()),
            is_conflict,
            "{when}"
        );
    }
}

/// It has no trigger of its own, until the check is asked for what mends it.
#[test]
fn a_row_of_a_table_that_inherits_is_noticed_behind_what_the_check_mends() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let _ = triggers::create::<Contact>(conn);
    conn.batch_execute(
        "CREATE TABLE older () INHERITS (contacts); INSERT INTO older (id, name) VALUES (7, 'Cid')",
    )
    .unwrap();
    let mut cid: Contact = contacts::table.find(7).first(conn).unwrap();
    conn.batch_execute("UPDATE contacts SET name = 'Sid' WHERE id = 7")
        .unwrap();
    cid.save_checked(conn).unwrap(); // Sid is lost
    let report = verify_with(Checks::<Contact>::new().with_trigger(), conn).unwrap();
    let mend = report.findings()[0].remedy().sql().unwrap();
    conn.batch_execute(mend).unwrap();
    conn.batch_execute("UPDATE contacts SET name = 'Sid' WHERE id = 7")
        .unwrap();
    assert!(cid.save_checked(conn).unwrap_err().is_conflict());
}

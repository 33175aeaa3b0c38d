//! PostgreSQL: a schema for each test.

use crate::capabilities::Capability::Has;
use crate::capabilities::{Capabilities, Spelling, TransactionCheck};
use crate::prepared::{Kept, Watch};
use crate::scratch::{Makers, Place, unique_name};
use crate::{server, wait_until};
use diesel::connection::LoadConnection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::sql_types::{BigInt, Bool};
use optlock::backend::Database;

/// A time with its zone.
pub use diesel::sql_types::Timestamptz as Zoned;

pub type Conn = PgConnection;
pub type Scratch = crate::scratch::Scratch<Schema>;

pub const CAPABILITIES: Capabilities = Capabilities {
    name: "postgres",
    database: Database::Postgres,
    locks_rows: Has(()),
    isolation_levels: Has(()),
    // 40001
    aborts_on_newer: Has(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    ),
    deferred_constraints: Has(()),
    refuses_silently: Has(
        "CREATE FUNCTION only_bob() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF OLD.id <> 2 THEN RETURN NULL; END IF;
             IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER only_bob BEFORE UPDATE OR DELETE ON contacts FOR EACH ROW
             EXECUTE FUNCTION only_bob()",
    ),
    ends_transaction: Has(("SELECT 1 / 0", "division by zero")),
    rolls_back_panics: Has(()),
    panics_where_it_is_sent: Has(()),
    multi_connection: Has(()),
    reads_old_rows: false,
    aborts_to_savepoint: true,
    transaction_check: TransactionCheck::Statement,
    begins_twice: true,
    batch_is_one_statement: true,
    // One for any number of rows.
    kept_batch_statements: 1,
    rounds: 1_000,
    errors_have_hints: true,
    check_violation: DatabaseErrorKind::CheckViolation,
};

/// The key by which an upsert finds the contact that is there.
pub const CONTACTS_KEY: crate::schema::contacts::id = crate::schema::contacts::id;

pub const SQL: Spelling = Spelling {
    impatient: "SET lock_timeout = '1ms'",
    float: "REAL",
    bytes: "BYTEA",
    uuid_bytes: "BYTEA",
    timestamp: "TIMESTAMP",
    caseless: "VARCHAR(20) COLLATE caseless",
    before_caseless: Some(
        "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    ),
    same: " IS NOT DISTINCT FROM $",
    // So small a table would be joined in the order of the table.
    batch_order: Some(
        "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off",
    ),
    trim_names: "CREATE FUNCTION trims() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN NEW.name := trim(NEW.name); RETURN NEW; END $$;
         CREATE TRIGGER trims BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION trims()",
    raise: |words| {
        format!(
            "CREATE OR REPLACE FUNCTION raises() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION USING MESSAGE = '{words}', HINT = 'a hint of the user''s'; END $$;
             CREATE OR REPLACE TRIGGER raises BEFORE UPDATE ON contacts FOR EACH ROW
                 EXECUTE FUNCTION raises()"
        )
    },
};

/// The name of a schema.
#[derive(Debug)]
pub struct Schema(String);

static MAKERS: Makers<Conn> = Makers::new();

impl Place for Schema {
    type Conn = Conn;

    fn create() -> Self {
        let name = unique_name();
        MAKERS
            .send(&format!("CREATE SCHEMA {name}"), admin)
            .unwrap();
        Self(name)
    }

    fn url(&self) -> String {
        server("OPTLOCK_POSTGRES_URL")
    }

    fn enter(&self) -> Option<String> {
        Some(format!("SET search_path TO {}", self.0))
    }

    fn fill(&self, sql: &str) {
        let sql = format!("SET search_path TO {}; {sql}", self.0);
        MAKERS.send(&sql, admin).unwrap();
    }

    fn remove(&self) {
        let sql = format!(
            "SET lock_timeout = '5s'; SET client_min_messages = warning; DROP SCHEMA {} CASCADE",
            self.0
        );
        let _ = MAKERS.send(&sql, admin);
    }
}

impl Schema {
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

impl Scratch {
    pub fn schema(&self) -> &str {
        self.place.name()
    }
}

/// A connection that looks at others.
pub fn admin() -> Conn {
    Conn::establish(&server("OPTLOCK_POSTGRES_URL")).unwrap()
}

diesel::define_sql_function! { fn pg_backend_pid() -> Integer }

/// Names a connection on the server.
pub fn connection_id(conn: &mut impl LoadConnection<Backend = Pg>) -> i64 {
    diesel::select(pg_backend_pid())
        .get_result::<i32>(conn)
        .unwrap()
        .into()
}

fn is_true(condition: &str, admin: &mut Conn) -> bool {
    diesel::select(sql::<Bool>(condition))
        .get_result(admin)
        .unwrap()
}

/// Waits until the connection waits for a lock.
pub fn wait_until_blocked(id: i64) {
    let mut admin = admin();
    let blocked = format!(
        "EXISTS (SELECT FROM pg_stat_activity WHERE pid = {id} AND wait_event_type = 'Lock')"
    );
    wait_until("a connection should wait for a lock", || {
        is_true(&blocked, &mut admin)
    });
}

/// The server ends the connection.
pub fn kill(id: i64) {
    assert!(is_true(
        &format!("pg_terminate_backend({id})"),
        &mut admin()
    ));
}

pub fn is_connected(id: i64) -> bool {
    let exists = format!("EXISTS (SELECT FROM pg_stat_activity WHERE pid = {id})");
    is_true(&exists, &mut admin())
}

/// A proxy can read what a connection of such a URL sends.
pub const UNENCRYPTED: &str = "sslmode=disable";

/// What the server keeps. The query itself is not kept: Diesel does not cache `sql`.
pub fn kept(conn: &mut impl LoadConnection<Backend = Pg>) -> Option<Kept> {
    let (statements, uses) = diesel::select((
        sql::<BigInt>("(SELECT count(*) FROM pg_prepared_statements)"),
        sql::<BigInt>("(SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements)"),
    ))
    .get_result(conn)
    .unwrap();
    Some(Kept { statements, uses })
}

/// Returns what waits until the connection waits for a lock.
pub fn lookout<C>(conn: &mut C, _: &Watch) -> impl Fn() + use<C>
where
    C: LoadConnection<Backend = Pg>,
{
    let id = connection_id(conn);
    move || wait_until_blocked(id)
}

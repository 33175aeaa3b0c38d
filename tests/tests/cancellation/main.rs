//! What is left when the future of an operation is dropped.
//!
//! `operations.rs` has each operation of the async side, and `cut.rs` drops its future at one await point after
//! the other. `plain.rs` does so on a plain connection, and `pools.rs` on connections from pools. What a
//! dropped future may leave is written down in `aftermath.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // dropped on every database

use optlock_tests::prelude;

mod cut;

#[path = "."]
mod sqlite {
    use optlock_tests::sqlite::*;
    use optlock_tests::waiting::WaitsIn;

    type Place = Folder;
    /// A connection of diesel-async.
    type Waiting = <Place as WaitsIn>::Waiting;

    /// The next statement takes the answer to a dropped one for its own.
    const LOSES_STEP: bool = false;
    /// How often each of the tasks of the hammer saves. The whole file is locked by each.
    const SAVES: u64 = 250;
    /// Is a connection of this id there? (There is no server, and no id.)
    const IS_CONNECTED: &str = "";
    /// Waits for a lock half a minute.
    const PATIENT: &str = "PRAGMA busy_timeout = 30000";
    /// Notes each write.
    const NOTE: &str = "CREATE TRIGGER note AFTER UPDATE ON contacts BEGIN
         INSERT INTO written VALUES (NEW.id, NEW.version, NEW.name); END";

    mod aftermath;
    mod attempts;
    mod chunks;
    #[macro_use]
    mod operations;
    mod generated;
    mod hammer;
    mod inserts;
    mod keeper;
    mod leases;
    mod on_sqlite;
    mod panics;
    mod panics_of_a_statement;
    mod plain;
    mod pools;
    mod unpolled;
    mod witness;
}

#[path = "."]
mod postgres {
    use optlock_tests::postgres::*;
    use optlock_tests::waiting::WaitsIn;

    type Place = Schema;
    /// A connection of diesel-async.
    type Waiting = <Place as WaitsIn>::Waiting;

    const LOSES_STEP: bool = false;
    const SAVES: u64 = 2000;
    const IS_CONNECTED: &str = "SELECT count(*) AS count FROM pg_stat_activity WHERE pid =";
    const PATIENT: &str = "SET lock_timeout = '30s'";
    const NOTE: &str = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN INSERT INTO written VALUES (NEW.id, NEW.version, NEW.name); RETURN NULL; END $$;
         CREATE TRIGGER note AFTER UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION note()";

    mod aftermath;
    mod attempts;
    mod chunks;
    #[macro_use]
    mod operations;
    mod generated;
    mod hammer;
    mod inserts;
    mod keeper;
    mod leases;
    mod panics;
    mod plain;
    mod pools;
    mod unpolled;
    mod witness;
}

#[path = "."]
mod mysql {
    use optlock_tests::mysql::*;
    use optlock_tests::waiting::WaitsIn;

    type Place = Database;
    /// A connection of diesel-async.
    type Waiting = <Place as WaitsIn>::Waiting;

    const LOSES_STEP: bool = true;
    const SAVES: u64 = 2000;
    const IS_CONNECTED: &str =
        "SELECT count(*) AS count FROM information_schema.PROCESSLIST WHERE id =";
    const PATIENT: &str = "SET innodb_lock_wait_timeout = 30";
    const NOTE: &str = "CREATE TRIGGER note AFTER UPDATE ON contacts FOR EACH ROW
         INSERT INTO written VALUES (NEW.id, NEW.version, NEW.name)";

    mod aftermath;
    mod attempts;
    mod chunks;
    #[macro_use]
    mod operations;
    mod generated;
    mod hammer;
    mod inserts;
    mod keeper;
    mod leases;
    mod on_mysql;
    mod panics;
    mod plain;
    mod pools;
    mod unpolled;
    mod witness;
}

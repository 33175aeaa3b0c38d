//! What a caller learns when the connection is lost, and what has become of the row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the cases hold on both servers

#[path = "lost_connection"]
mod postgres {
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::Bool;
    use optlock_tests::postgres::{Conn, Scratch, admin, connection_id, wait_until_blocked};

    mod cases;
    mod kinds;

    /// The proxy reads what is sent.
    const UNENCRYPTED: &str = "sslmode=disable";

    /// Outside of a transaction.
    const BATCH_IS_ONE_STATEMENT: bool = true;

    fn kill(id: i64) {
        let terminate = format!("pg_terminate_backend({id})");
        assert!(
            diesel::select(sql::<Bool>(&terminate))
                .get_result::<bool>(&mut admin())
                .unwrap()
        );
    }

    fn is_connected(id: i64) -> bool {
        let exists = format!("EXISTS (SELECT FROM pg_stat_activity WHERE pid = {id})");
        diesel::select(sql::<Bool>(&exists))
            .get_result(&mut admin())
            .unwrap()
    }
}

#[path = "lost_connection"]
mod mysql {
    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::Bool;
    use optlock_tests::mysql::{Conn, Scratch, admin, connection_id, wait_until_blocked};

    mod cases;
    mod messages;

    /// The proxy reads what is sent.
    const UNENCRYPTED: &str = "ssl_mode=disabled";

    /// It has a transaction of its own.
    const BATCH_IS_ONE_STATEMENT: bool = false;

    fn kill(id: i64) {
        admin().batch_execute(&format!("KILL {id}")).unwrap();
    }

    fn is_connected(id: i64) -> bool {
        let exists =
            format!("EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE id = {id})");
        diesel::select(sql::<Bool>(&exists))
            .get_result(&mut admin())
            .unwrap()
    }
}

//! What the errors of each server mean on the connections of diesel-async, whose words and kinds are not
//! always those of Diesel's own: each is provoked on the server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::duplicate_mod)] // the retries are those of each database

mod class;

#[path = "."]
mod postgres {
    use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};
    use optlock_tests::postgres::*;

    type AsyncConn = diesel_async::AsyncPgConnection;

    async fn connect(scratch: &Scratch) -> AsyncConn {
        let mut conn = AsyncConn::establish(&scratch.url()).await.unwrap();
        conn.batch_execute(&scratch.entering()).await.unwrap();
        conn
    }

    #[path = "on_postgres.rs"]
    mod errors;
    mod retry;
}

#[path = "."]
mod mysql {
    use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};
    use optlock_tests::mysql::*;

    type AsyncConn = diesel_async::AsyncMysqlConnection;

    async fn connect(scratch: &Scratch) -> AsyncConn {
        let mut conn = AsyncConn::establish(&scratch.url()).await.unwrap();
        conn.batch_execute(&scratch.entering()).await.unwrap();
        conn
    }

    mod changed_rows;
    #[path = "on_mysql.rs"]
    mod errors;
    mod retry;
}

#[path = "."]
mod sqlite {
    use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};
    use optlock_tests::sqlite::*;

    type AsyncConn = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<Conn>;

    async fn connect(scratch: &Scratch) -> AsyncConn {
        let mut conn = AsyncConn::establish(&scratch.url()).await.unwrap();
        conn.batch_execute(&scratch.entering()).await.unwrap();
        conn
    }

    #[path = "on_sqlite.rs"]
    mod errors;
    mod retry;
}

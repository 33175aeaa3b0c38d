//! Connections of diesel-async to the places of the suite.

use crate::scratch::{Place, Scratch};
use crate::{mysql, postgres, sqlite};
use diesel::SqliteConnection;
use diesel::dsl::sql;
use diesel::result::{ConnectionError, ConnectionResult};
use diesel::sql_types::BigInt;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A place that connections of diesel-async find, too.
pub trait WaitsIn: Place {
    type Waiting: AsyncConnection + 'static;

    /// Names a connection on the server, if there is one.
    fn waiting_id(conn: &mut Self::Waiting) -> impl Future<Output = Option<i64>> + Send;
}

impl WaitsIn for sqlite::Folder {
    type Waiting = SyncConnectionWrapper<SqliteConnection>;

    async fn waiting_id(_: &mut Self::Waiting) -> Option<i64> {
        None
    }
}

impl WaitsIn for postgres::Schema {
    type Waiting = AsyncPgConnection;

    async fn waiting_id(conn: &mut AsyncPgConnection) -> Option<i64> {
        let id = diesel::select(sql::<BigInt>("pg_backend_pid()::bigint"));
        Some(id.get_result(conn).await.unwrap())
    }
}

impl WaitsIn for mysql::Database {
    type Waiting = AsyncMysqlConnection;

    async fn waiting_id(conn: &mut AsyncMysqlConnection) -> Option<i64> {
        let id = diesel::select(sql::<BigInt>("CAST(CONNECTION_ID() AS SIGNED)"));
        Some(id.get_result(conn).await.unwrap())
    }
}

impl<P: WaitsIn> Scratch<P> {
    /// A new connection of diesel-async.
    pub async fn connect_waiting(&self) -> P::Waiting {
        establish(&self.url(), self.place.enter()).await.unwrap()
    }

    /// What a pool makes its connections by; it counts them.
    pub fn manager(
        &self,
        recycling: RecyclingMethod<P::Waiting>,
        made: &Arc<AtomicUsize>,
    ) -> AsyncDieselConnectionManager<P::Waiting> {
        let (enter, made) = (self.place.enter(), Arc::clone(made));
        let mut config = ManagerConfig::default();
        config.recycling_method = recycling;
        config.custom_setup = Box::new(move |url| {
            made.fetch_add(1, Ordering::Relaxed);
            Box::pin(establish(url, enter.clone()))
        });
        AsyncDieselConnectionManager::new_with_config(self.url(), config)
    }
}

async fn establish<C: AsyncConnection>(url: &str, enter: Option<String>) -> ConnectionResult<C> {
    let mut conn = C::establish(url).await?;
    if let Some(enter) = enter {
        let entered = conn.batch_execute(&enter).await;
        entered.map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(conn)
}

//! Which clients are compared, on each database.

use crate::clients::{
    Client, Diesel, DieselVersioning, Fragment, MysqlAsync, Optlock, Raw, SaveChanges, SeaOrm,
    TokioPostgres, Transactions, sqlx_mysql, sqlx_postgres,
};
use crate::servers::SQLITE_PRAGMAS;
use crate::statements::{WITH_QUESTION_MARKS, postgres::SINGLES};
use diesel::connection::SimpleConnection;
use diesel::{Connection, MysqlConnection, PgConnection, SqliteConnection};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{
    AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, SimpleAsyncConnection as _,
};
use optlock_benches_raw::{Driver as _, LibMariadb, LibPq, Sqlite};

/// A client with its name.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) client: Box<dyn Client>,
}

pub(crate) const LIBPQ: &str = "libpq";
pub(crate) const LIBMARIADB: &str = "libmariadb";
pub(crate) const SQLITE3: &str = "sqlite3";
pub(crate) const OPTLOCK: &str = "optlock";
pub(crate) const IN_DIESELS: &str = "optlock in Diesel's transactions";
pub(crate) const FRAGMENT: &str = "prepared fragment";

/// All are compared with the first one.
type Ways = Vec<Way>;

pub(crate) async fn postgres(url: &str) -> Ways {
    let raw = Raw::new(LibPq::connect(url), &SINGLES);
    let connect = || PgConnection::establish(url).unwrap();
    let diesels = on_diesel(async || connect()).await;
    ways([way(LIBPQ, raw)], diesels, [save_changes(connect())])
}

pub(crate) async fn mariadb(url: &str) -> Ways {
    let raw = Raw::new(LibMariadb::connect(url), &WITH_QUESTION_MARKS);
    let connect = || MysqlConnection::establish(url).unwrap();
    let diesels = on_diesel(async || connect()).await;
    ways([way(LIBMARIADB, raw)], diesels, [save_changes(connect())])
}

pub(crate) async fn sqlite(file: &str) -> Ways {
    let mut raw = Sqlite::connect(file);
    for pragma in SQLITE_PRAGMAS {
        raw.run(pragma);
    }
    let raw = Raw::new(raw, &WITH_QUESTION_MARKS);
    let connect = || {
        let mut conn = SqliteConnection::establish(file).unwrap();
        conn.batch_execute(&SQLITE_PRAGMAS.join(";")).unwrap();
        conn
    };
    let diesels = on_diesel(async || connect()).await;
    ways([way(SQLITE3, raw)], diesels, [save_changes(connect())])
}

pub(crate) async fn async_postgres(url: &str) -> Ways {
    let driver = way("tokio-postgres", TokioPostgres::connect(url).await);
    let diesels = on_diesel(async || connect::<AsyncPgConnection>(url).await).await;
    let save_changes = save_changes(connect::<AsyncPgConnection>(url).await);
    let sqlx = way("sqlx", sqlx_postgres(url).await);
    let sea_orm = way("SeaORM", SeaOrm::connect(url).await);
    ways([driver], diesels, [save_changes, sqlx, sea_orm])
}

pub(crate) async fn async_mariadb(url: &str) -> Ways {
    // Unasked, mysql_async would go through the server's socket, and past the proxy.
    let tcp = &format!("{url}?prefer_socket=false");
    let driver = way("mysql_async", MysqlAsync::connect(tcp).await);
    let diesels = on_diesel(async || connect::<AsyncMysqlConnection>(tcp).await).await;
    let save_changes = save_changes(connect::<AsyncMysqlConnection>(tcp).await);
    let sqlx = way("sqlx", sqlx_mysql(url).await);
    let sea_orm = way("SeaORM", SeaOrm::connect(url).await);
    ways([driver], diesels, [save_changes, sqlx, sea_orm])
}

pub(crate) async fn async_sqlite(file: &str) -> Ways {
    let diesels = on_diesel(async || {
        let mut conn = connect::<SyncConnectionWrapper<SqliteConnection>>(file).await;
        conn.batch_execute(&SQLITE_PRAGMAS.join(";")).await.unwrap();
        conn
    });
    ways([], diesels.await, [])
}

async fn connect<C: AsyncConnection>(url: &str) -> C {
    C::establish(url).await.unwrap()
}

fn way(name: &'static str, client: impl Client + 'static) -> Way {
    let client = Box::new(client);
    Way { name, client }
}

fn save_changes<C>(conn: C) -> Way
where
    SaveChanges<C>: Client + 'static,
{
    way("save_changes", SaveChanges(Diesel(conn)))
}

/// Those on Diesel's connections, or on diesel-async's.
async fn on_diesel<C>(connect: impl AsyncFn() -> C) -> [Way; 5]
where
    C: 'static,
    Optlock<C>: Client,
    Fragment<C>: Client,
    Diesel<C>: Client,
    DieselVersioning<C>: Client,
{
    let optlock = async |transactions| Optlock {
        conn: connect().await,
        transactions,
    };
    let diesel = async || Diesel(connect().await);
    [
        way(FRAGMENT, Fragment(diesel().await)),
        way(OPTLOCK, optlock(Transactions::Own).await),
        way(IN_DIESELS, optlock(Transactions::Diesels).await),
        way("diesel::update", diesel().await),
        way("diesel_versioning", DieselVersioning(diesel().await)),
    ]
}

fn ways<const DRIVERS: usize, const OTHERS: usize>(
    drivers: [Way; DRIVERS],
    diesels: [Way; 5],
    others: [Way; OTHERS],
) -> Ways {
    drivers.into_iter().chain(diesels).chain(others).collect()
}

//! Async: one save, a conflict, a batch, by optlock and by other clients.

use crate::clients::{
    Client, Kept, MysqlAsync, Optlock, TokioPostgres, Work, sqlx_mysql, sqlx_postgres,
};
use crate::contacts::{self, Contact};
use crate::printed::or_dash;
use crate::servers::{SQLITE_PRAGMAS, Server};
use crate::turns::taking_turns;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{
    AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, SimpleAsyncConnection as _,
};
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// Contacts that are written at each turn.
const CONTACTS: i32 = 100;

/// Turns of each client. They are many and short, because here the clients may differ by little.
const TURNS: usize = 51;

/// In the order of the columns. A database without a client of the last two ends before them.
type Clients = Vec<Box<dyn Client>>;

pub(crate) fn heading() {
    println!(
        "\ndatabase    delay   operation   optlock   diesel     kept   driver     sqlx   diesel/optlock   optlock/kept   optlock/driver   optlock/sqlx"
    );
}

pub(crate) async fn postgres(url: &str) -> Clients {
    vec![
        Box::new(Optlock(connect::<AsyncPgConnection>(url).await)),
        Box::new(connect::<AsyncPgConnection>(url).await),
        Box::new(Kept(connect::<AsyncPgConnection>(url).await)),
        Box::new(TokioPostgres::connect(url).await),
        Box::new(sqlx_postgres(url).await),
    ]
}

pub(crate) async fn mysql(url: &str) -> Clients {
    // Unasked, mysql_async would go through the server's socket, and past the proxy.
    let tcp = &format!("{url}?prefer_socket=false");
    vec![
        Box::new(Optlock(connect::<AsyncMysqlConnection>(tcp).await)),
        Box::new(connect::<AsyncMysqlConnection>(tcp).await),
        Box::new(Kept(connect::<AsyncMysqlConnection>(tcp).await)),
        Box::new(MysqlAsync::connect(tcp).await),
        Box::new(sqlx_mysql(url).await),
    ]
}

pub(crate) async fn sqlite(file: &str) -> Clients {
    type Sqlite = SyncConnectionWrapper<SqliteConnection>;
    let mut conns = [
        connect::<Sqlite>(file).await,
        connect(file).await,
        connect(file).await,
    ];
    for conn in &mut conns {
        conn.batch_execute(SQLITE_PRAGMAS).await.unwrap();
    }
    let [optlock, diesel, kept] = conns;
    vec![
        Box::new(Optlock(optlock)),
        Box::new(diesel),
        Box::new(Kept(kept)),
    ]
}

async fn connect<C: AsyncConnection>(url: &str) -> C {
    C::establish(url).await.unwrap()
}

/// What a client does at each turn.
struct Operation {
    name: &'static str,
    /// As how many operations it counts.
    count: u32,
    work: for<'a> fn(&'a mut dyn Client, &'a mut [Contact]) -> Work<'a>,
}

const OPERATIONS: [Operation; 3] = [
    Operation {
        name: "save",
        count: CONTACTS.unsigned_abs(),
        work: |client, contacts| client.save(contacts),
    },
    Operation {
        name: "conflict",
        count: CONTACTS.unsigned_abs(),
        work: |client, contacts| client.conflict(contacts),
    },
    Operation {
        name: "batch",
        count: 1,
        work: |client, contacts| client.save_all(contacts),
    },
];

/// The rows of one server.
pub(crate) fn rows<C: SimpleConnection>(
    database: &str,
    server: &mut Server<C>,
    connect: impl AsyncFn(&str) -> Clients,
) {
    contacts::reset(&mut server.conn).unwrap();
    let contacts = &mut contacts::some(CONTACTS);
    // In one thread: a client whose connection is a task of its own then wakes no other thread.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let clients = &mut runtime.block_on(connect(&server.url));
    for Operation { name, count, work } in OPERATIONS {
        let times = taking_turns(clients, TURNS, |client, run| {
            contacts::rename(contacts, run);
            let start = Instant::now();
            runtime.block_on(work(&mut **client, contacts));
            start.elapsed() / count
        });
        print(database, server.delay, name, &times);
    }
}

fn print(database: &str, delay: Duration, operation: &str, times: &[f64]) {
    let [optlock, diesel, kept, driver, sqlx] = [0, 1, 2, 3, 4].map(|nth| times.get(nth).copied());
    let time = |time| or_dash(time, 3);
    let ratio = |a: Option<f64>, b: Option<f64>| or_dash(a.zip(b).map(|(a, b)| a / b), 2);
    println!(
        "{database:<11} {:>3.1} ms {operation:>10} {:>9} {:>8} {:>8} {:>8} {:>8} {:>16} {:>14} {:>16} {:>14}",
        delay.as_secs_f64() * 1e3,
        time(optlock),
        time(diesel),
        time(kept),
        time(driver),
        time(sqlx),
        ratio(diesel, optlock),
        ratio(optlock, kept),
        ratio(optlock, driver),
        ratio(optlock, sqlx),
    );
}

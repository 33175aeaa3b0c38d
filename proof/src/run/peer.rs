//! A run of a peer, without faults.

use super::{Options, Report};
use crate::clients::{Draw, PeerConnection, create_peers};
use crate::faults::World;
use crate::recorder::Recorder;
use crate::servers::{Database, Failure, Server};
use diesel::connection::SimpleConnection;
use diesel::{Connection, MysqlConnection, PgConnection, SqliteConnection};
use std::time::Instant;

/// How many clients save, and how often each of them does in an epoch.
const CLIENTS: u32 = 4;
const SAVES: u32 = 50;

/// Runs clients of `diesel_versioning`, for the time or until the checker has found what they lose.
pub fn run_peer(options: &Options) -> Result<Report, Failure> {
    let world = World::new(Server::start(options.database)?)?;
    match options.database {
        Database::Sqlite => run_on::<SqliteConnection>(options, &world),
        Database::Postgres => run_on::<PgConnection>(options, &world),
        Database::Mariadb => run_on::<MysqlConnection>(options, &world),
    }
}

fn run_on<C>(options: &Options, world: &World) -> Result<Report, Failure>
where
    C: Connection + SimpleConnection + PeerConnection,
{
    let began = Instant::now();
    let recorder = Recorder::new(0);
    let mut observer = connect::<C>(world)?;
    observer.batch_execute(&create_peers())?;
    observer.insert_peers()?;
    let mut report = Report::new(options);
    for number in 0.. {
        let before = observer.read_peers()?;
        save::<C>(options, world, &recorder, number)?;
        let (mut epoch, _) = recorder.take();
        epoch.before = before;
        epoch.after = observer.read_peers()?;
        report.judge(&recorder, number, epoch);
        if !report.violations.is_empty() || began.elapsed() >= options.time {
            break;
        }
    }
    report.tally = recorder.tally().clone();
    report.took = began.elapsed();
    Ok(report)
}

/// The clients of one epoch.
fn save<C>(options: &Options, world: &World, recorder: &Recorder, epoch: u64) -> Result<(), Failure>
where
    C: Connection + PeerConnection + SimpleConnection,
{
    let client = |number: u32| -> Result<(), Failure> {
        let mut rng = Draw::numbers(options.seed, (epoch << 8) | u64::from(number));
        let session = recorder.session();
        let mut conn = connect::<C>(world)?;
        for _ in 0..SAVES {
            conn.save_peer(session, recorder, &mut rng)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || client(number)))
            .collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| "a client has panicked")?)
    })
}

/// Past the proxy: the network is as it should be.
fn connect<C: Connection + SimpleConnection>(world: &World) -> Result<C, Failure> {
    let mut conn = C::establish(&world.server.url(None))?;
    if world.server.database() == Database::Sqlite {
        conn.batch_execute("PRAGMA busy_timeout = 10000")?;
    }
    Ok(conn)
}

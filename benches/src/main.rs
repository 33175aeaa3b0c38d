//! What many saves cost, one by one and at once. README.md says what is measured and how.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod by_hand;
mod contacts;
mod proxy;

use contacts::Contact;
use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use optlock::methods;
use optlock::prelude::*;
use std::time::{Duration, Instant};

const RUNS: usize = 9;
/// Runs before these, which are not counted. The first one prepares the statements, and PostgreSQL
/// plans a prepared statement anew at its first [five executions][plans].
///
/// [plans]: https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
const WARM_UP: usize = 6;
const DELAY: Duration = Duration::from_micros(500);

fn main() {
    println!(
        "database    delay     rows   a loop   at once  by hand   loop/at once  at once/by hand"
    );
    let url = std::env::var("OPTLOCK_POSTGRES_URL").ok();
    over_network::<PgConnection>("PostgreSQL", url, by_hand::postgres);
    let url = std::env::var("OPTLOCK_MYSQL_URL").ok();
    over_network::<MysqlConnection>("MariaDB", url, by_hand::mysql);
    let path = std::env::temp_dir().join(format!("optlock_bench_{}", std::process::id()));
    let conn = &mut SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
        .unwrap();
    contacts::create(conn).unwrap();
    table("SQLite", Duration::ZERO, conn, None);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

/// Saves some contacts, and leaves them at the version of their rows.
type Save<C> = fn(&mut [Contact], &mut C) -> Result<(), optlock::Error>;

fn over_network<C>(name: &str, url: Option<String>, by_hand: Save<C>)
where
    C: Connection,
    Contact: methods::Save<C> + methods::SaveAll<C>,
{
    let Some(url) = url else {
        println!("{name}: no URL in the environment; bin/bench starts a server");
        return;
    };
    let near = &mut C::establish(&url).unwrap();
    contacts::create(near).unwrap();
    table(name, Duration::ZERO, near, Some(by_hand));
    let far = &mut C::establish(&proxy::slowed(&url, DELAY)).unwrap();
    table(name, DELAY, far, Some(by_hand));
    contacts::drop(near).unwrap();
}

fn table<C>(name: &str, delay: Duration, conn: &mut C, by_hand: Option<Save<C>>)
where
    C: Connection,
    Contact: methods::Save<C> + methods::SaveAll<C>,
{
    for rows in [2, 10, 100, 1000] {
        // Each way starts at the version where the one before has ended.
        let mut contacts = contacts::some(rows);
        start(&mut contacts, conn);
        let ways: [Option<Save<C>>; 3] = [Some(one_by_one), Some(at_once), by_hand];
        let [single, at_once, by_hand] = medians(&mut contacts, conn, ways);
        let (single, at_once) = (single.unwrap(), at_once.unwrap());
        let hand = by_hand.map_or_else(|| "-".to_owned(), |time| format!("{time:.2}"));
        let to_hand =
            by_hand.map_or_else(|| "-".to_owned(), |time| format!("{:.2}", at_once / time));
        println!(
            "{name:<11} {:>3.1} ms {rows:>7} {single:>8.2} {at_once:>9.2} {hand:>8} {:>14.1} {to_hand:>16}",
            delay.as_secs_f64() * 1e3,
            single / at_once,
        );
    }
}

/// All rows at version 1.
fn start<C: Connection>(contacts: &mut [Contact], conn: &mut C) {
    conn.batch_execute("UPDATE optlock_bench SET version = 1 WHERE version <> 1")
        .unwrap();
    for contact in contacts {
        contact.version = 1;
    }
}

fn one_by_one<C>(contacts: &mut [Contact], conn: &mut C) -> Result<(), optlock::Error>
where
    Contact: methods::Save<C>,
{
    contacts
        .iter_mut()
        .try_for_each(|contact| contact.save_checked(conn))
}

fn at_once<C>(contacts: &mut [Contact], conn: &mut C) -> Result<(), optlock::Error>
where
    Contact: methods::SaveAll<C>,
{
    contacts.save_all_checked(conn)
}

/// Of each way, in milliseconds. They take turns, so that a machine which is busy for a while is so
/// for all of them.
fn medians<C>(
    contacts: &mut [Contact],
    conn: &mut C,
    ways: [Option<Save<C>>; 3],
) -> [Option<f64>; 3] {
    let mut times = ways.map(|way| way.map(|_| Vec::new()));
    for run in 0..WARM_UP + RUNS {
        for (way, times) in ways.iter().zip(&mut times) {
            let (Some(way), Some(times)) = (way, times) else {
                continue;
            };
            for contact in &mut *contacts {
                contact.name = format!("contact {}, run {run}", contact.id);
            }
            let start = Instant::now();
            way(contacts, conn).unwrap();
            if run >= WARM_UP {
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    times.map(|times| {
        let mut times = times?;
        times.sort_by(f64::total_cmp);
        Some(times[RUNS / 2])
    })
}

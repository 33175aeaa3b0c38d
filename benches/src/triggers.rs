//! What optlock's trigger costs: a save, which it lets pass, and another program's update, which it advances.

use crate::servers::Databases;
use crate::statistics::median;
use crate::turns::taking_turns;
use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use optlock::backend::Database;
use optlock::methods;
use std::time::Instant;

/// A table, and what is done with all of its rows.
macro_rules! notes {
    ($module:ident, $table:ident) => {
        mod $module {
            use super::ROWS;
            use diesel::connection::{Connection, SimpleConnection};
            use diesel::prelude::*;
            use optlock::methods;
            use optlock::prelude::*;

            diesel::table! {
                $table (id) {
                    id -> Integer,
                    text -> Text,
                    version -> BigInt,
                }
            }

            #[derive(Identifiable, AsChangeset, Versioned)]
            #[diesel(table_name = $table)]
            pub(crate) struct Note {
                id: i32,
                text: String,
                version: i64,
            }

            pub(super) const TABLE: &str = stringify!($table);

            pub(super) fn save<C>(conn: &mut C, version: i64) -> Result<(), optlock::Error>
            where
                C: Connection,
                Note: methods::Save<C>,
            {
                conn.transaction(|conn| {
                    (0..ROWS).try_for_each(|id| {
                        let text = format!("note {id} of {version}");
                        Note { id, text, version }.save_checked(conn)
                    })
                })
            }

            /// As another program does.
            pub(super) fn update<C: SimpleConnection>(
                conn: &mut C,
                version: i64,
            ) -> Result<(), optlock::Error> {
                let set = format!("UPDATE {TABLE} SET text = 'after {version}'");
                Ok(conn.batch_execute(&set)?)
            }
        }
    };
}

notes!(plain, optlock_bench_plain);
notes!(triggered, optlock_bench_triggered);

const ROWS: i32 = 1_000;
const RUNS: usize = 21;

pub(crate) fn print(databases: &mut Databases) {
    println!("\ndatabase       saves   with it   ratio   an update   with it   ratio");
    if let Some(near) = databases.postgres.first_mut() {
        row("PostgreSQL", Database::Postgres, &mut near.conn);
    }
    if let Some(near) = databases.mariadb.first_mut() {
        row("MariaDB", Database::Mysql, &mut near.conn);
    }
    row("SQLite", Database::Sqlite, &mut databases.sqlite.conn);
}

fn row<C>(name: &str, database: Database, conn: &mut C)
where
    C: Connection,
    plain::Note: methods::Save<C>,
    triggered::Note: methods::Save<C>,
{
    let trigger = optlock::trigger_sql::<triggered::Note>(database);
    create(trigger.up(), conn).unwrap();
    let mut ways = [
        plain::save::<C>,
        triggered::save,
        plain::update,
        triggered::update,
    ];
    let mut version = 1;
    let mut times = taking_turns(&mut ways, RUNS, |way, _| {
        version += 2;
        advance_to(version, conn).unwrap();
        let start = Instant::now();
        way(conn, version).unwrap();
        start.elapsed()
    });
    drop(trigger.down(), conn).unwrap();
    let [save, save_with, update, update_with] =
        [0, 1, 2, 3].map(|way| 1e3 * median(&mut times[way]));
    println!(
        "{name:<11} {save:>8.2} {save_with:>9.2} {:>7.2} {update:>11.2} {update_with:>9.2} {:>7.2}",
        save_with / save,
        update_with / update,
    );
}

fn create(trigger: &str, conn: &mut impl SimpleConnection) -> QueryResult<()> {
    let rows: Vec<_> = (0..ROWS).map(|id| format!("({id}, '', 1)")).collect();
    for table in [plain::TABLE, triggered::TABLE] {
        conn.batch_execute(&format!(
            "DROP TABLE IF EXISTS {table};
             CREATE TABLE {table} (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL, version BIGINT NOT NULL);
             INSERT INTO {table} VALUES {}",
            rows.join(",")
        ))?;
    }
    conn.batch_execute(trigger)
}

/// A version that no row has had, so that the trigger lets it pass.
fn advance_to(version: i64, conn: &mut impl SimpleConnection) -> QueryResult<()> {
    let mut tables = [plain::TABLE, triggered::TABLE].into_iter();
    tables.try_for_each(|table| {
        conn.batch_execute(&format!("UPDATE {table} SET version = {version}"))
    })
}

/// The function of PostgreSQL's trigger, too.
fn drop(trigger: &str, conn: &mut impl SimpleConnection) -> QueryResult<()> {
    conn.batch_execute(trigger)?;
    conn.batch_execute(&format!(
        "DROP TABLE {}; DROP TABLE {}",
        plain::TABLE,
        triggered::TABLE
    ))
}

//! The servers that `bin/proof-cluster` has started, and what is done to them.

use crate::wait_until;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::process::Command;

/// What `bin/proof-cluster` says of its servers, word by word.
fn words(variable: &str) -> Vec<String> {
    let value = std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the scenarios by `bin/proof-cluster`, which starts their servers")
    });
    value.split(' ').map(str::to_owned).collect()
}

/// A process of a server.
#[derive(Debug)]
pub struct Process(String);

impl Process {
    /// Stops it without its knowledge: it answers nothing, and notices nothing.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.0]).status();
        assert!(sent.unwrap().success(), "{signal} to {}", self.0);
    }
}

/// A node of Galera.
#[derive(Debug)]
pub struct Node {
    pub name: &'static str,
    pub url: String,
    pub process: Process,
}

/// The three nodes.
pub fn nodes() -> [Node; 3] {
    let words = words("OPTLOCK_PROOF_GALERA");
    let mut nodes = words
        .chunks(2)
        .zip(["n1", "n2", "n3"])
        .map(|(words, name)| Node {
            name,
            url: words[0].clone(),
            process: Process(words[1].clone()),
        });
    std::array::from_fn(|_| nodes.next().expect("three nodes"))
}

impl Node {
    /// A connection that looks at the node. It waits for nothing that others have written, so that a node
    /// without its cluster answers it.
    pub fn admin(&self) -> MysqlConnection {
        let mut conn = MysqlConnection::establish(&self.url).unwrap();
        conn.batch_execute("SET SESSION wsrep_sync_wait = 0")
            .unwrap();
        conn
    }

    pub fn status(&self, name: &str) -> String {
        self.status_by(&mut self.admin(), name)
    }

    pub fn status_by(&self, admin: &mut MysqlConnection, name: &str) -> String {
        // `SHOW STATUS` is answered without a primary component too.
        let status: Vec<(String, String)> =
            diesel::sql_query(format!("SHOW GLOBAL STATUS LIKE '{name}'"))
                .load::<Status>(admin)
                .unwrap()
                .into_iter()
                .map(|status| (status.name, status.value))
                .collect();
        match &status[..] {
            [(_, value)] => value.clone(),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// Is it one of a majority, and can it serve?
    pub fn is_primary(&self) -> bool {
        self.status("wsrep_ready") == "ON"
    }

    /// Cuts the node off from the others, or lets it back. Its clients stay connected.
    pub fn isolate(&self, is_isolated: bool) {
        let isolate = u8::from(is_isolated);
        self.admin()
            .batch_execute(&format!(
                "SET GLOBAL wsrep_provider_options = 'gmcast.isolate = {isolate}'"
            ))
            .unwrap();
    }
}

#[derive(QueryableByName)]
struct Status {
    #[diesel(sql_type = Text, column_name = "Variable_name")]
    name: String,
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// Waits until all nodes are one cluster again.
pub fn wait_for_all(nodes: &[Node; 3]) {
    for node in nodes {
        wait_until(&format!("{} should be in the cluster", node.name), || {
            let admin = &mut node.admin();
            node.status_by(admin, "wsrep_local_state_comment") == "Synced"
                && node.status_by(admin, "wsrep_cluster_size") == "3"
        });
    }
}

/// A primary of PostgreSQL with a hot standby.
#[derive(Debug)]
pub struct Pair {
    pub primary: String,
    pub standby: String,
    primary_process: Process,
}

impl Pair {
    /// The pair that lasts.
    pub fn lasting() -> Self {
        Self::of("OPTLOCK_PROOF_STANDBY")
    }

    /// The pair whose primary may be killed.
    pub fn doomed() -> Self {
        Self::of("OPTLOCK_PROOF_FAILOVER")
    }

    fn of(variable: &str) -> Self {
        match &words(variable)[..] {
            [primary, standby, process] => Self {
                primary: primary.clone(),
                standby: standby.clone(),
                primary_process: Process(process.clone()),
            },
            other => panic!("{variable}: {other:?}"),
        }
    }

    pub fn on_primary(&self, statement: &str) {
        connect(&self.primary).batch_execute(statement).unwrap();
    }

    pub fn on_standby(&self, statement: &str) {
        connect(&self.standby).batch_execute(statement).unwrap();
    }

    /// The primary ends at once, as in a crash.
    pub fn kill_primary(&self) {
        self.primary_process.signal("QUIT");
        wait_until("the primary should be gone", || {
            PgConnection::establish(&self.primary).is_err()
        });
    }

    /// The standby becomes the primary.
    pub fn promote(&self) {
        assert_eq!(answer(&self.standby, "pg_promote()"), "true");
    }

    /// The standby goes on receiving, and shows nothing of it.
    pub fn pause_replay(&self) {
        self.on_standby("SELECT pg_wal_replay_pause()");
        wait_until("the standby should show nothing more", || {
            answer(&self.standby, "pg_get_wal_replay_pause_state()") == "paused"
        });
    }

    pub fn resume_replay(&self) {
        self.on_standby("SELECT pg_wal_replay_resume()");
        self.wait_for_replay();
    }

    /// Waits until the standby shows all that the primary has written so far.
    pub fn wait_for_replay(&self) {
        let written = answer(&self.primary, "pg_current_wal_lsn()");
        wait_until("the standby should show what was written", || {
            let reached = format!("pg_last_wal_replay_lsn() >= '{written}'");
            answer(&self.standby, &reached) == "true"
        });
    }

    /// The primary waits for the standby before it answers a COMMIT, or no longer.
    pub fn synchronous(&self, is_synchronous: bool) {
        let (names, state) = if is_synchronous {
            ("*", "sync")
        } else {
            ("", "async")
        };
        self.on_primary(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{names}'"
        ));
        self.on_primary("SELECT pg_reload_conf()");
        wait_until("the standby should have its part", || {
            let states = "COALESCE((SELECT min(sync_state) FROM pg_stat_replication), '')";
            answer(&self.primary, states) == state
        });
    }

    /// The standby receives nothing more.
    pub fn disconnect_standby(&self) {
        self.on_standby("ALTER SYSTEM SET primary_conninfo = ''");
        self.on_standby("SELECT pg_reload_conf()");
        wait_until("the standby should receive nothing more", || {
            answer(&self.primary, "(SELECT count(*) FROM pg_stat_replication)") == "0"
        });
    }
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

/// The value of an expression, as text.
pub fn answer(url: &str, expression: &str) -> String {
    diesel::select(sql::<Text>(&format!("CAST({expression} AS text)")))
        .get_result(&mut connect(url))
        .unwrap()
}

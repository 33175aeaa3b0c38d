//! What each scenario begins with.

use diesel::MysqlConnection;
use diesel::connection::SimpleConnection;
use optlock_proof::history::Face;
use optlock_proof_cluster::client::{AnyClient, FACES, Served};
use optlock_proof_cluster::rows::{Line, TABLES};
use optlock_proof_cluster::servers::{Node, nodes, wait_for_all};
use optlock_proof_cluster::wait_until;
use std::cell::RefCell;

/// Empty tables, and these rows in the table of `M`, on all nodes.
pub(crate) fn rows<M: Served>(keys: std::ops::RangeInclusive<i64>) -> [Node; 3] {
    let nodes = nodes();
    wait_for_all(&nodes);
    let mut admin = nodes[0].admin();
    admin
        .batch_execute("DROP TABLE IF EXISTS counted, tagged")
        .unwrap();
    admin.batch_execute(&TABLES.join("; ")).unwrap();
    let count = keys.clone().count();
    for key in keys.clone() {
        admin.batch_execute(&M::insert(key)).unwrap();
    }
    for node in &nodes {
        let mut client = client::<M>(node, Face::Blocking, 0);
        wait_until("the rows should be on all nodes", || {
            let found = keys
                .clone()
                .filter(|&key| matches!(client.load(key), Ok(Some(_))));
            found.count() == count
        });
    }
    nodes
}

/// A client that waits for what others have written as `wsrep_sync_wait` says.
pub(crate) fn client<M: Served>(node: &Node, face: Face, sync_wait: u8) -> AnyClient<M> {
    let mut client = M::connect(face, &node.url);
    client
        .execute(&format!("SET SESSION wsrep_sync_wait = {sync_wait}"))
        .unwrap();
    client
}

/// Writes on a node so much in one transaction that the others apply it for a while, and with it what comes after it.
pub(crate) struct Load(RefCell<MysqlConnection>);

impl Load {
    pub(crate) fn new(node: &Node) -> Self {
        let mut conn = node.admin();
        conn.batch_execute(
            "DROP TABLE IF EXISTS large; \
             CREATE TABLE large (id INT NOT NULL PRIMARY KEY, filler CHAR(100) NOT NULL, round INT NOT NULL); \
             INSERT INTO large SELECT seq, 'x', 0 FROM seq_1_to_40000",
        )
        .unwrap();
        Self(RefCell::new(conn))
    }

    /// Writes all rows once more.
    pub(crate) fn write(&self) {
        let mut conn = self.0.borrow_mut();
        conn.batch_execute("UPDATE large SET round = round + 1, filler = MD5(RAND())")
            .unwrap();
    }
}

/// Both faces.
pub(crate) fn each_face(mut scenario: impl FnMut(Face)) {
    for face in FACES {
        scenario(face);
    }
}

/// The row as each node has it, which has to be the same everywhere.
pub(crate) fn everywhere<M: Served>(nodes: &[Node; 3], key: i64) -> M {
    let rows = nodes
        .each_ref()
        .map(|node| client::<M>(node, Face::Blocking, 1).find(key));
    assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?}");
    let [row, ..] = rows;
    row
}

/// The version of a value, as an error describes it.
pub(crate) fn version<M: Line>(value: &M) -> optlock::VersionValue {
    optlock::VersionToken::describe(value.version())
}

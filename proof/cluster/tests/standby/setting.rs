//! What each scenario begins with.

use optlock_proof_cluster::client::Served;
use optlock_proof_cluster::rows::TABLES;
use optlock_proof_cluster::servers::Pair;

/// Empty tables, and these rows in the table of `M`, on both servers.
pub(crate) fn rows<M: Served>(pair: &Pair, keys: std::ops::RangeInclusive<i64>) {
    pair.on_primary("SET client_min_messages = warning; DROP TABLE IF EXISTS counted, tagged");
    pair.on_primary(&TABLES.join("; "));
    for key in keys {
        pair.on_primary(&M::insert(key));
    }
    pair.wait_for_replay();
}

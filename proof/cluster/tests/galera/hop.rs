//! A client writes on one node and goes on on another one, which has not applied the write yet.

use crate::setting::{Load, client, each_face, everywhere, rows, version};
use optlock::{Error, Found};
use optlock_proof::history::{Face, Stamp};
use optlock_proof_cluster::client::{AnyClient, Served};
use optlock_proof_cluster::rows::{Counted, Line, Side, Tagged};
use optlock_proof_cluster::servers::Node;
use optlock_proof_cluster::{told, wait_until};

/// A value that was just saved on the first node, and a client on the second one, which has not applied it.
struct Hop<M> {
    before: M,
    value: M,
    client: AnyClient<M>,
    /// Looks at the second node, and waits for nothing.
    watch: AnyClient<M>,
}

/// The cluster, and what keeps the second node busy.
struct Cluster {
    nodes: [Node; 3],
    load: Load,
}

impl Cluster {
    fn new<M: Served>(keys: std::ops::RangeInclusive<i64>) -> Self {
        let nodes = rows::<M>(keys);
        let load = Load::new(&nodes[0]);
        Self { nodes, load }
    }

    fn hop<M: Served>(&self, face: Face, sync_wait: u8) -> Hop<M> {
        let before = everywhere::<M>(&self.nodes, 1);
        let [first, second, _] = &self.nodes;
        let mut writer = client::<M>(first, face, 3);
        let client = client::<M>(second, face, sync_wait);
        let watch = self::client::<M>(second, face, 0);
        let mut value = before.clone();
        value.put(Side::Left, Stamp(value.contents().left.0 + 1));
        self.load.write();
        writer.save(&mut value).unwrap();
        Hop {
            before,
            value,
            client,
            watch,
        }
    }

    /// Hops, and acts while the second node is behind: at the beginning of `act`, or also at its end. Where the second
    /// node was faster, once more.
    fn act_behind<M: Served, R>(
        &self,
        face: Face,
        sync_wait: u8,
        to_the_end: bool,
        act: impl Fn(&mut Hop<M>) -> R,
    ) -> R {
        for _ in 0..10 {
            let mut hop = self.hop::<M>(face, sync_wait);
            let at_first = hop.is_behind();
            let answer = act(&mut hop);
            let at_last = hop.is_behind();
            hop.catch_up(&self.nodes);
            if at_first && (at_last || !to_the_end) {
                return answer;
            }
            println!("the second node was faster");
        }
        panic!("the second node was always faster");
    }
}

impl<M: Served> Hop<M> {
    fn is_behind(&mut self) -> bool {
        self.watch.find(1) == self.before
    }

    /// When the second node has caught up, the same value is saved there, unless it has been.
    fn catch_up(mut self, nodes: &[Node; 3]) {
        let mut row = self.before.clone();
        wait_until("the second node should catch up", || {
            row = self.watch.find(1);
            row != self.before
        });
        if row.version() == self.value.version() {
            self.client.save(&mut self.value).unwrap();
        }
        assert_eq!(everywhere::<M>(nodes, 1), self.value);
    }
}

#[track_caller]
fn found(error: &Error) -> &Found {
    match error {
        Error::ConcurrentModification(conflict) => conflict.found(),
        Error::BatchConflict(batch) => batch.conflicts()[0].1.found(),
        other => panic!("{}", told(other)),
    }
}

#[test]
fn without_a_wait_the_row_is_behind_which_is_no_conflict_where_the_version_counts() {
    let cluster = Cluster::new::<Counted>(1..=2);
    each_face(|face| {
        let errors = cluster.act_behind::<Counted, _>(face, 0, true, |hop| {
            let saved = hop.value.clone();
            let save = hop.client.save(&mut hop.value);
            // Merged with the older row, it would take back what was just saved.
            let mut mine = saved.clone();
            mine.put(Side::Right, Stamp(7));
            let merge = hop.client.save_merged(&mut mine, &saved).map(drop);
            let mut batch = [saved.clone(), hop.client.find(2)];
            let batch = hop.client.save_all(&mut batch);
            let mut values = [saved.clone()];
            let transaction = hop.client.transaction(&mut values, &|_| {}, &|| {});
            assert_eq!((&hop.value, &values[0]), (&saved, &saved), "put back");
            let results = [save, merge, batch, transaction];
            results.map(|result| (result, version(&hop.before)))
        });
        let names = [
            "save_checked",
            "save_merged",
            "save_all_checked",
            "transaction",
        ];
        for (name, (result, version)) in names.into_iter().zip(errors) {
            let error = result.unwrap_err();
            println!("{face:?}, {name}: {}", told(&error));
            assert!(error.is_behind() && !error.is_conflict() && !error.is_transient());
            assert_eq!(*found(&error), Found::Older { version });
        }
    });
}

#[test]
fn without_a_wait_a_uuid_does_not_tell_an_older_row_from_a_newer_one() {
    let cluster = Cluster::new::<Tagged>(1..=1);
    each_face(|face| {
        let (result, version) = cluster.act_behind::<Tagged, _>(face, 0, true, |hop| {
            let result = hop.client.save(&mut hop.value);
            (result, version(&hop.before))
        });
        let error = result.unwrap_err();
        println!("{face:?}: {}", told(&error));
        assert!(error.is_conflict() && !error.is_behind());
        assert_eq!(*found(&error), Found::Modified { version });
    });
}

/// How a save ends that comes before the write that it follows has arrived.
#[derive(Debug, PartialEq, Eq)]
enum Save {
    Saved,
    Behind,
    Refused,
}

/// What each setting does to a read, and to a save that comes first.
#[test]
fn each_setting_of_wsrep_sync_wait() {
    let cluster = Cluster::new::<Counted>(1..=1);
    for (sync_wait, reads_are_current, expected) in [
        (0, false, Save::Behind),
        // The save does not wait, and the read does that is to explain it.
        (1, true, Save::Refused),
        (2, false, Save::Saved),
        (3, true, Save::Saved),
    ] {
        each_face(|face| {
            let save = |hop: &mut Hop<Counted>| match hop.client.save(&mut hop.value) {
                Ok(()) => Save::Saved,
                Err(Error::Refused { .. }) => Save::Refused,
                Err(error) if error.is_behind() => Save::Behind,
                Err(error) => panic!("{}", told(&error)),
            };
            let is_stale = expected == Save::Behind;
            let saved = cluster.act_behind::<Counted, _>(face, sync_wait, is_stale, save);
            println!("wsrep_sync_wait = {sync_wait}, {face:?}: a save is {saved:?}");
            assert_eq!(saved, expected);

            let read = |hop: &mut Hop<Counted>| hop.client.find(1) == hop.value;
            let is_current =
                cluster.act_behind::<Counted, _>(face, sync_wait, !reads_are_current, read);
            println!("wsrep_sync_wait = {sync_wait}, {face:?}: a read is current: {is_current}");
            assert_eq!(is_current, reads_are_current);
        });
    }
}

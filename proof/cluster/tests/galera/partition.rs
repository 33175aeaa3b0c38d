//! Nodes that are cut off, or stand still, and come back, while clients write on them.

use crate::setting::{client, everywhere, rows};
use optlock::{Error, Resolved};
use optlock_proof::history::{Face, Stamp};
use optlock_proof_cluster::client::{AnyClient, FACES, Served};
use optlock_proof_cluster::rows::{Counted, Side, Tagged};
use optlock_proof_cluster::servers::{Node, wait_for_all};
use optlock_proof_cluster::{told, wait_until};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How a save is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Itself,
    Transaction,
}

/// A client that saves one row again and again, until it fails.
struct Writer<M> {
    by: By,
    client: AnyClient<M>,
    /// The row as it was last known.
    row: M,
}

/// What a writer ended with.
struct Last<M> {
    name: String,
    /// The row as it was last acknowledged.
    row: M,
    /// The save that was not acknowledged, and its error. `None`: the writer was stopped before one failed.
    failed: Option<(M, Error)>,
}

const KEYS: std::ops::RangeInclusive<i64> = 1..=8;

impl<M: Served> Writer<M> {
    /// Two of each kind on this node, each with a row of its own.
    fn all(node: &Node) -> Vec<Self> {
        let kinds = FACES.map(|face| [(face, By::Itself), (face, By::Transaction)]);
        let kinds = kinds.into_iter().flatten().cycle();
        KEYS.zip(kinds)
            .map(|(key, (face, by))| {
                let mut client = client::<M>(node, face, 0);
                let row = client.find(key);
                Self { by, client, row }
            })
            .collect()
    }

    /// Counts each save. Ends with the first one that fails, or soon after the end.
    fn write(mut self, saves: &AtomicUsize, is_over: &AtomicBool) -> Last<M> {
        let name = format!("{:?} {:?}", self.client.face(), self.by);
        loop {
            let was_over = is_over.load(Ordering::Relaxed);
            let edit = |value: &mut M| value.put(Side::Left, Stamp(value.contents().left.0 + 1));
            let mut value = self.row.clone();
            let result = match self.by {
                By::Itself => {
                    edit(&mut value);
                    self.client.save(&mut value)
                }
                By::Transaction => {
                    let values = std::slice::from_mut(&mut value);
                    self.client.transaction(values, &edit, &|| {})
                }
            };
            let failed = match result {
                Ok(()) => {
                    self.row = value;
                    saves.fetch_add(1, Ordering::Relaxed);
                    if !was_over {
                        continue;
                    }
                    None
                }
                Err(error) => {
                    assert_eq!(value.version(), self.row.version(), "put back");
                    if self.by == By::Transaction {
                        assert_eq!(value, self.row, "put back");
                        edit(&mut value);
                    }
                    Some((value, error))
                }
            };
            return Last {
                name,
                row: self.row,
                failed,
            };
        }
    }
}

/// Breaks the cluster while clients write on this node.
fn write_while<M: Served>(node: &Node, break_it: impl FnOnce()) -> Vec<Last<M>> {
    let writers = Writer::<M>::all(node);
    let (saves, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let threads: Vec<_> = writers
            .into_iter()
            .map(|writer| scope.spawn(|| writer.write(&saves, &is_over)))
            .collect();
        wait_until("they should write", || saves.load(Ordering::Relaxed) >= 100);
        break_it();
        is_over.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// No acknowledged write is lost; a write that failed is in the row only if the error said that it may be, and
/// `resolve` knows it. Returns how many writes failed, and how many of them landed.
fn judge<M: Served>(nodes: &[Node; 3], all: Vec<Last<M>>) -> [usize; 2] {
    let (mut failed, mut landed) = (0, 0);
    for last in all {
        let row: M = everywhere(nodes, last.row.row().key);
        let Some((mut value, error)) = last.failed else {
            assert_eq!(
                row, last.row,
                "{}: an acknowledged write is lost",
                last.name
            );
            continue;
        };
        failed += 1;
        let has_landed = row.contents().left == value.contents().left;
        if has_landed {
            landed += 1;
            assert!(
                error.outcome_unknown(),
                "{}: it has landed, and said {}",
                last.name,
                told(&error)
            );
        } else {
            assert_eq!(
                row, last.row,
                "{}: an acknowledged write is lost",
                last.name
            );
        }
        println!("  {}: {}, landed: {has_landed}", last.name, told(&error));
        // Of a transaction only an attempt could ask.
        let mut client = client::<M>(&nodes[0], Face::Blocking, 3);
        if let Some(resolved) = client.resolve(&mut value, &error) {
            let resolved = resolved.unwrap();
            let is_found = matches!(resolved, Resolved::Landed(_) | Resolved::ProbablyLanded(_));
            assert_eq!(is_found, has_landed, "{}: {resolved:?}", last.name);
        }
    }
    println!(
        "  {}: {failed} saves failed, {landed} of them have landed",
        M::TABLE_NAME
    );
    [failed, landed]
}

/// What clients are told that come later.
fn expect_refused<M: Served>(node: &Node) {
    for face in FACES {
        let mut client = client::<M>(node, face, 0);
        let read = client.load(1).unwrap_err();
        let mut value = M::with_key(1);
        let save = client.save(&mut value).unwrap_err();
        let mut values = [value];
        let transaction = client
            .transaction(&mut values, &|_| {}, &|| {})
            .unwrap_err();
        for error in [read, save, transaction] {
            println!("  {face:?}, refused: {}", told(&error));
            assert!(error.is_transient(), "{error:?}");
            assert!(
                !error.outcome_unknown() && !error.is_conflict(),
                "{error:?}"
            );
        }
    }
}

#[test]
fn a_node_is_cut_off_and_comes_back() {
    cut_off::<Counted>();
    cut_off::<Tagged>();
}

fn cut_off<M: Served>() {
    let nodes = rows::<M>(KEYS);
    let [first, _, third] = &nodes;
    let all = write_while::<M>(third, || third.isolate(true));
    wait_until("the third node should know that it is alone", || {
        !third.is_primary()
    });
    expect_refused::<M>(third);

    // The others go on.
    let mut client = client::<M>(first, FACES[0], 3);
    let mut value = client.find(1);
    client.save(&mut value).unwrap();
    // What it has overtaken is not judged.
    let all = all
        .into_iter()
        .filter(|last| last.row.row() != value.row())
        .collect();

    third.isolate(false);
    wait_for_all(&nodes);
    assert_eq!(everywhere::<M>(&nodes, 1), value);
    let [failed, _] = judge(&nodes, all);
    assert!(failed > 0, "no save was under way");
}

#[test]
fn a_node_stands_still_until_the_others_go_on_without_it() {
    stands_still::<Counted>();
    stands_still::<Tagged>();
}

fn stands_still<M: Served>() {
    let nodes = rows::<M>(KEYS);
    let [first, _, third] = &nodes;
    let all = write_while::<M>(third, || {
        third.process.pause();
        wait_until("the others should go on without the third node", || {
            first.status("wsrep_cluster_size") == "2"
        });
        third.process.resume();
    });
    wait_for_all(&nodes);
    judge(&nodes, all);
}

#[test]
fn the_majority_is_lost_and_comes_back() {
    majority::<Counted>();
    majority::<Tagged>();
}

fn majority<M: Served>() {
    let nodes = rows::<M>(KEYS);
    let [first, second, third] = &nodes;
    let all = write_while::<M>(first, || {
        second.process.pause();
        third.process.pause();
    });
    wait_until("the first node should know that it is alone", || {
        !first.is_primary()
    });
    expect_refused::<M>(first);
    second.process.resume();
    third.process.resume();
    wait_for_all(&nodes);
    let [failed, _] = judge(&nodes, all);
    assert!(failed > 0, "no save was under way");
}

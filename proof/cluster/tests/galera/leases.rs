//! Leases that are acquired on all nodes.

use crate::setting::{client, rows};
use diesel::connection::SimpleConnection;
use optlock::{Error, LeaseLoss};
use optlock_proof::history::{Face, Stamp};
use optlock_proof_cluster::client::{AnyClient, Client, FACES};
use optlock_proof_cluster::rows::{Counted, Line, Side};
use optlock_proof_cluster::servers::Node;
use optlock_proof_cluster::told;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const ROUNDS: u64 = 15;

fn leased_rows() -> [Node; 3] {
    let nodes = rows::<Counted>(1..=1);
    let mut admin = nodes[0].admin();
    admin
        .batch_execute("DROP TABLE IF EXISTS optlock_leases, optlock_presence")
        .unwrap();
    optlock::lease::create_table(&mut admin).unwrap();
    nodes
}

/// Two owners at once hold one lease on no two nodes whose clocks agree; and whoever holds it writes.
#[test]
fn a_lease_is_held_by_one_owner_and_by_none_whose_commit_was_refused() {
    let nodes = leased_rows();
    let holder = Mutex::new(None::<String>);
    let answers = Mutex::new(BTreeMap::<&str, usize>::new());
    std::thread::scope(|scope| {
        for node in &nodes[..2] {
            for face in FACES {
                let (holder, answers) = (&holder, &answers);
                let owner = format!("{} {face:?}", node.name);
                scope.spawn(move || {
                    let mut client = client::<Counted>(node, face, 3);
                    for _ in 0..ROUNDS {
                        let answer = take_turns(&owner, &mut *client, holder);
                        *answers.lock().unwrap().entry(answer).or_default() += 1;
                    }
                });
            }
        }
    });
    let answers = answers.into_inner().unwrap();
    println!("{answers:?}");
    assert!(answers["held"] > 0, "{answers:?}");
    let saved = client::<Counted>(&nodes[2], Face::Blocking, 3)
        .find(1)
        .version
        - 1;
    assert_eq!(
        usize::try_from(saved).unwrap(),
        answers["held"],
        "one save under each lease"
    );
}

fn take_turns(
    owner: &str,
    client: &mut dyn Client<Counted>,
    holder: &Mutex<Option<String>>,
) -> &'static str {
    let mut lease = match client.acquire(&Counted::with_key(1), owner, MINUTE) {
        Ok(lease) => lease,
        Err(Error::LeaseHeld(_)) => return "held by another",
        Err(error) => {
            assert!(
                error.is_transient() && !error.outcome_unknown(),
                "{}",
                told(&error)
            );
            return "not acquired: the COMMIT was refused";
        }
    };
    let other = holder.lock().unwrap().replace(owner.to_owned());
    assert_eq!(other, None, "{owner} has the lease too");
    // Of the next one nothing is known yet, and this lease ends with the release.
    let mut value = client.find(1);
    value.put(Side::Left, Stamp(lease.fence().unsigned_abs()));
    until_done(|| client.save_leased(&mut value, &lease));
    *holder.lock().unwrap() = None;
    until_done(|| {
        client
            .release(&mut lease)
            .map(|answer| assert!(answer.is_done()))
    });
    "held"
}

/// Repeats what the database has given up in favour of another transaction.
fn until_done(mut call: impl FnMut() -> Result<(), Error>) {
    while let Err(error) = call() {
        assert!(
            error.is_transient() && !error.outcome_unknown(),
            "{}",
            told(&error)
        );
    }
}

/// A client on a node whose clock is an hour ahead. (optlock's clock is the later one of the two that the server
/// has, of which a session can set one.)
fn client_ahead(node: &Node, face: Face) -> AnyClient<Counted> {
    let mut client = client::<Counted>(node, face, 3);
    client
        .execute("SET SESSION timestamp = UNIX_TIMESTAMP() + 3600")
        .unwrap();
    client
}

/// What is acquired by the clock that is behind has expired on the other node. Writes are kept apart by the lock of
/// the lease's record, and not by the clock.
#[test]
fn where_clocks_differ_a_lease_is_lost_early_and_no_write_is() {
    let nodes = leased_rows();
    for (face, other_face) in [(FACES[0], FACES[1]), (FACES[1], FACES[0])] {
        let mut ahead = client_ahead(&nodes[2], face);
        let mut behind = client::<Counted>(&nodes[0], other_face, 3);

        // It has expired to the clock that is ahead.
        let row = Counted::with_key(1);
        let mut bobs = behind.acquire(&row, "bob", MINUTE).unwrap();
        assert!(!bobs.is_lost());
        let mut anns = ahead.acquire(&row, "ann", MINUTE).unwrap();
        assert!(anns.fence() > bobs.fence());
        let mut value = behind.find(1);
        let before = value.clone();
        value.put(Side::Left, Stamp(1));
        let error = behind.save_leased(&mut value, &bobs).unwrap_err();
        println!(
            "{other_face:?}, bob's save under his lease: {}",
            told(&error)
        );
        let Error::LeaseLost(lost) = &error else {
            panic!("{}", told(&error))
        };
        assert!(
            matches!(lost.loss(), LeaseLoss::TakenOver { by, .. } if by == "ann"),
            "{lost:?}"
        );
        assert_eq!(ahead.find(1), before, "nothing was written");
        assert!(!behind.renew(&mut bobs).unwrap().is_done());
        let mut value = ahead.find(1);
        value.put(Side::Right, Stamp(2));
        ahead.save_leased(&mut value, &anns).unwrap();

        // To the clock that is behind, what was released in its future is held until then.
        assert!(ahead.release(&mut anns).unwrap().is_done());
        let error = behind.acquire(&row, "bob", MINUTE).unwrap_err();
        println!(
            "{other_face:?}, bob again, by the clock that is behind: {}",
            told(&error)
        );
        let Error::LeaseHeld(held) = &error else {
            panic!("{}", told(&error))
        };
        assert!(held.remaining() > MINUTE * 59, "{held:?}");
        free_all(&nodes);
    }
}

/// No lease is held, by any clock.
fn free_all(nodes: &[Node; 3]) {
    nodes[0]
        .admin()
        .batch_execute("DELETE FROM optlock_leases")
        .unwrap();
}

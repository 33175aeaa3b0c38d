//! What became of a save whose answer was lost.

use crate::setting::rows;
use optlock::{Error, Resolved};
use optlock_proof::history::{Face, Stamp};
use optlock_proof_cluster::client::{AnyClient, FACES, Served};
use optlock_proof_cluster::rows::{Counted, Line, Side, Tagged};
use optlock_proof_cluster::servers::{Pair, answer};
use optlock_proof_cluster::{told, wait_until};
use optlock_tests::proxy::Proxy;

/// A table, and how sure an answer about it is.
trait Judged: Served {
    fn landed(self) -> Resolved<Self>;
}

impl Judged for Counted {
    fn landed(self) -> Resolved<Self> {
        Resolved::ProbablyLanded(self)
    }
}

impl Judged for Tagged {
    fn landed(self) -> Resolved<Self> {
        Resolved::Landed(self)
    }
}

/// For each face, on a fresh row.
fn each<M: Judged>(scenario: impl Fn(&Pair, Face)) {
    let pair = Pair::lasting();
    for face in FACES {
        rows::<M>(&pair, 1..=1);
        scenario(&pair, face);
    }
}

fn edit<M: Line>(value: &mut M) {
    value.put(Side::Left, Stamp(9));
}

/// The row as another connection has it now.
fn row<M: Served>(pair: &Pair) -> M {
    M::connect(Face::Blocking, &pair.primary).find(1)
}

/// The save failed with this error. Has it landed?
fn judge<M: Judged>(
    pair: &Pair,
    face: Face,
    what: &str,
    value: &mut M,
    error: &Error,
    landed: bool,
) {
    assert!(
        matches!(error, Error::OutcomeUnknown(_)),
        "{what}: {}",
        told(error)
    );
    // The standby could be behind, so it must not answer.
    let mut replica = M::connect(face, &pair.standby);
    let refused = replica.resolve(value, error).unwrap().unwrap_err();
    assert!(matches!(refused, Error::Database(_)), "{}", told(&refused));
    let mut client = M::connect(face, &pair.primary);
    let resolved = client.resolve(value, error).unwrap().unwrap();
    println!("{face:?}, {}, {what}: {resolved:?}", M::TABLE_NAME);
    let expected = if landed {
        row::<M>(pair).landed()
    } else {
        Resolved::NotLanded
    };
    assert_eq!(resolved, expected, "{what}");
    assert_eq!(row::<M>(pair).contents().left == Stamp(9), landed, "{what}");
}

#[test]
fn the_connection_of_a_save_is_lost() {
    lost_save::<Counted>();
    lost_save::<Tagged>();
}

fn lost_save<M: Judged>() {
    for (what, landed) in [("the request is lost", false), ("the answer is lost", true)] {
        each::<M>(|pair, face| {
            let proxy = Proxy::to(&pair.primary);
            let mut client = M::connect(face, proxy.url());
            let mut value = client.find(1);
            // From here on the statement is prepared, and a save is one request.
            client.save(&mut value).unwrap();
            edit(&mut value);
            if landed {
                proxy.lose_answer("");
            } else {
                proxy.lose_request("");
            }
            let error = client.save(&mut value).unwrap_err();
            judge(pair, face, what, &mut value, &error, landed);
        });
    }
}

#[test]
fn the_connection_of_a_commit_is_lost() {
    lost_commit::<Counted>();
    lost_commit::<Tagged>();
}

fn lost_commit<M: Judged>() {
    for (what, landed) in [("the COMMIT is lost", false), ("its answer is lost", true)] {
        each::<M>(|pair, face| {
            let proxy = Proxy::to(&pair.primary);
            let mut client = M::connect(face, proxy.url());
            let mut value = client.find(1);
            let before = value.clone();
            if landed {
                proxy.lose_answer("COMMIT");
            } else {
                proxy.lose_request("COMMIT");
            }
            let (result, mut attempt) = client.attempt_in_transaction(&mut value, &edit);
            let error = result.unwrap_err();
            assert!(error.outcome_unknown(), "{}", told(&error));
            assert_eq!(value, before, "put back");
            let mut client = M::connect(face, &pair.primary);
            let resolved = client.resolve_attempt(&mut attempt).unwrap();
            println!("{face:?}, {}, {what}: {resolved:?}", M::TABLE_NAME);
            let expected = if landed {
                row::<M>(pair).landed()
            } else {
                Resolved::NotLanded
            };
            assert_eq!(resolved, expected);
        });
    }
}

/// The backend whose COMMIT waits for the standby.
const WAITING: &str =
    "(SELECT COALESCE(min(pid), 0) FROM pg_stat_activity WHERE wait_event = 'SyncRep')";

/// A save, while the standby shows nothing: the primary has committed it, and waits with its answer. Meanwhile something
/// is done to it.
fn save_and_wait<M: Judged>(pair: &Pair, face: Face, meanwhile: &str) -> (M, Result<(), Error>) {
    pair.synchronous(true);
    pair.pause_replay();
    let mut client = M::connect(face, &pair.primary);
    client
        .execute("SET synchronous_commit = remote_apply")
        .unwrap();
    let mut value = client.find(1);
    edit(&mut value);
    let done = std::thread::scope(|scope| {
        let save = scope.spawn(move || {
            let result = client.save(&mut value);
            (value, result)
        });
        wait_until("the COMMIT should wait for the standby", || {
            answer(&pair.primary, WAITING) != "0"
        });
        assert_eq!(
            answer(&pair.primary, &format!("{meanwhile}({WAITING})")),
            "true"
        );
        save.join().unwrap()
    });
    pair.resume_replay();
    pair.synchronous(false);
    done
}

#[test]
fn a_backend_is_killed_while_it_waits_for_the_synchronous_standby() {
    killed_while_waiting::<Counted>();
    killed_while_waiting::<Tagged>();
}

fn killed_while_waiting<M: Judged>() {
    each::<M>(|pair, face| {
        let (mut value, result) = save_and_wait::<M>(pair, face, "pg_terminate_backend");
        let error = result.unwrap_err();
        println!("{face:?}, {}: {}", M::TABLE_NAME, told(&error));
        judge(
            pair,
            face,
            "killed behind its COMMIT",
            &mut value,
            &error,
            true,
        );
    });
    // Only the wait is cancelled: it is committed, on the primary at least.
    each::<M>(|pair, face| {
        let (value, result) = save_and_wait::<M>(pair, face, "pg_cancel_backend");
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(row::<M>(pair), value);
    });
}

#[test]
fn a_save_lands_after_its_client_is_gone() {
    orphan::<Counted>();
    orphan::<Tagged>();
}

fn orphan<M: Judged>() {
    each::<M>(|pair, face| {
        let blocked = || {
            answer(
                &pair.primary,
                "(SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock')",
            )
        };
        let mut holder: AnyClient<M> = M::connect(Face::Blocking, &pair.primary);
        holder
            .execute(&format!(
                "BEGIN; SELECT 1 FROM {} WHERE id = 1 FOR UPDATE",
                M::TABLE_NAME
            ))
            .unwrap();
        let proxy = Proxy::to(&pair.primary);
        let mut client = M::connect(face, proxy.url());
        let mut value = client.find(1);
        edit(&mut value);
        let (mut value, error) = std::thread::scope(|scope| {
            let save = scope.spawn(move || {
                let error = client.save(&mut value).unwrap_err();
                (value, error)
            });
            wait_until("the save should wait for the row", || blocked() == "1");
            proxy.lose();
            save.join().unwrap()
        });
        assert!(
            row::<M>(pair).contents().left != Stamp(9),
            "a plain read says that it has not landed"
        );
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| judge(pair, face, "an orphan", &mut value, &error, true));
            wait_until("the question should wait behind the orphan", || {
                blocked() == "2"
            });
            holder.execute("ROLLBACK").unwrap();
            asked.join().unwrap();
        });
    });
}

//! Reads from the standby, and saves on the primary; and what the standby refuses.

use crate::setting::rows;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use optlock::{Error, Found, VersionToken};
use optlock_proof::history::Stamp;
use optlock_proof_cluster::client::{FACES, Served};
use optlock_proof_cluster::rows::{Counted, Line, Side, Tagged};
use optlock_proof_cluster::servers::{Pair, answer};
use optlock_proof_cluster::{told, wait_until};

#[track_caller]
fn found(error: &Error) -> &Found {
    match error {
        Error::ConcurrentModification(conflict) => conflict.found(),
        other => panic!("{}", told(other)),
    }
}

#[test]
fn a_row_from_a_replica_that_lags_is_stale_until_it_is_read_where_it_is_written() {
    lagging_read::<Counted>();
    lagging_read::<Tagged>();
}

fn lagging_read<M: Served>() {
    let pair = Pair::lasting();
    rows::<M>(&pair, 1..=1);
    for face in FACES {
        let mut primary = M::connect(face, &pair.primary);
        let mut replica = M::connect(face, &pair.standby);
        pair.pause_replay();
        let mut theirs = primary.find(1);
        theirs.put(Side::Left, Stamp(1));
        primary.save(&mut theirs).unwrap();

        let mut mine = replica.find(1);
        let stale = mine.version().clone();
        mine.put(Side::Right, Stamp(2));
        let error = primary.save(&mut mine).unwrap_err();
        println!("{face:?}, {}: {}", M::TABLE_NAME, told(&error));
        let version = theirs.version().describe();
        assert_eq!(*found(&error), Found::Modified { version });
        assert!(error.is_conflict() && !error.is_behind());

        // The replica shows the stale row for as long as it lags.
        assert_eq!(*replica.find(1).version(), stale);
        let mut again = primary.find(1);
        assert_eq!(again, theirs);
        again.put(Side::Right, Stamp(2));
        primary.save(&mut again).unwrap();

        pair.resume_replay();
        assert_eq!(replica.find(1), again);
    }
}

#[test]
fn a_value_that_was_just_saved_is_ahead_of_a_replica_that_lags() {
    let pair = Pair::lasting();
    for face in FACES {
        let error = check_on_replica::<Counted>(&pair, face);
        assert!(error.is_behind() && !error.is_conflict());
        assert_eq!(*found(&error), Found::Older { version: 1.into() });
        // A UUID has no order.
        let error = check_on_replica::<Tagged>(&pair, face);
        assert!(error.is_conflict() && !error.is_behind());
    }
}

fn check_on_replica<M: Served>(pair: &Pair, face: optlock_proof::history::Face) -> Error {
    rows::<M>(pair, 1..=1);
    let mut primary = M::connect(face, &pair.primary);
    let mut replica = M::connect(face, &pair.standby);
    pair.pause_replay();
    let mut mine = primary.find(1);
    primary.save(&mut mine).unwrap();
    let error = replica.check(&mine).unwrap_err();
    println!("{face:?}, check_current on the replica: {}", told(&error));
    pair.resume_replay();
    replica.check(&mine).unwrap();
    error
}

/// Where the primary waits until the standby shows what was written, the next read there is never old.
#[test]
fn with_remote_apply_no_read_is_stale() {
    const READS: u64 = 200;
    let pair = Pair::lasting();
    rows::<Counted>(&pair, 1..=1);
    let stale = |synchronous_commit: &str| {
        let mut primary = Counted::connect(FACES[0], &pair.primary);
        let mut replica = Counted::connect(FACES[0], &pair.standby);
        primary
            .execute(&format!("SET synchronous_commit = {synchronous_commit}"))
            .unwrap();
        let mut value = primary.find(1);
        let reads = (0..READS).filter(|&round| {
            value.put(Side::Left, Stamp(round));
            primary.save(&mut value).unwrap();
            replica.find(1) != value
        });
        reads.count()
    };
    let asynchronous = stale("on");
    pair.synchronous(true);
    let on = stale("on");
    let remote_apply = stale("remote_apply");
    pair.synchronous(false);
    println!(
        "stale reads of {READS}: asynchronous {asynchronous}, synchronous and `on` {on}, `remote_apply` {remote_apply}"
    );
    assert_eq!(remote_apply, 0);
}

#[test]
fn a_replica_refuses_each_write_and_each_lock() {
    let pair = Pair::lasting();
    rows::<Counted>(&pair, 1..=1);
    for face in FACES {
        let mut replica = Counted::connect(face, &pair.standby);
        let mut value = replica.find(1);
        let before = value.clone();
        let mut values = [value.clone()];
        let errors = [
            ("save_checked", replica.save(&mut value).unwrap_err()),
            ("lock_checked", replica.lock(&value).unwrap_err()),
            (
                "save_all_checked",
                replica.save_all(&mut values).unwrap_err(),
            ),
            (
                "transaction",
                replica
                    .transaction(&mut values, &|_| {}, &|| {})
                    .unwrap_err(),
            ),
        ];
        for (name, error) in errors {
            println!("{face:?}, {name}: {}", told(&error));
            let Error::Database(DieselError::DatabaseError(kind, _)) = &error else {
                panic!("{error:?}")
            };
            assert!(
                matches!(kind, DatabaseErrorKind::ReadOnlyTransaction),
                "{kind:?}"
            );
            assert!(!error.is_conflict() && !error.is_transient() && !error.outcome_unknown());
        }
        assert_eq!((&value, &values[0]), (&before, &before));
    }
}

/// The primary removes what a reader on the standby can still see: the standby ends the reader.
#[test]
fn a_reader_on_the_replica_is_ended_by_a_conflict_with_recovery() {
    let pair = Pair::lasting();
    for face in FACES {
        rows::<Counted>(&pair, 1..=1);
        let mut replica = Counted::connect(face, &pair.standby);
        replica
            .execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            .unwrap();
        replica.find(1);
        let conflicts = || {
            answer(
                &pair.standby,
                "(SELECT sum(confl_snapshot) FROM pg_stat_database_conflicts)",
            )
        };
        let before = conflicts();
        pair.on_primary("UPDATE counted SET left_stamp = 1");
        pair.on_primary("VACUUM counted");
        wait_until("the standby should end the reader", || {
            conflicts() != before
        });
        let error = replica.load(1).unwrap_err();
        println!("{face:?}: {} {error:?}", told(&error));
        assert!(!error.outcome_unknown(), "a read has no outcome");
        // The connection is gone.
        let error = replica.load(1).unwrap_err();
        println!("{face:?}, then: {} {error:?}", told(&error));
        assert!(
            matches!(error, Error::ConnectionLost(_) | Error::ConnectionBroken),
            "{error:?}"
        );
    }
}

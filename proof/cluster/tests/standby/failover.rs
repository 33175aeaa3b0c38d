//! The primary is lost, and with it the last writes that the standby has not received.

use crate::setting::rows;
use optlock::{Error, Found, Resolved, VersionToken};
use optlock_proof::history::{Face, Stamp};
use optlock_proof_cluster::client::{AnyClient, FACES, Served};
use optlock_proof_cluster::rows::{Counted, Line, Side, Tagged};
use optlock_proof_cluster::servers::Pair;
use optlock_proof_cluster::told;
use optlock_tests::proxy::Proxy;

/// What a client had in memory when the primary was lost, of three rows.
struct Survivor<M> {
    face: Face,
    /// Saved, and acknowledged.
    acknowledged: [M; 2],
    /// Its save was not acknowledged, with the error of it.
    unknown: (M, Error),
}

/// Each row is saved on the primary alone.
fn save_on_primary<M: Served>(pair: &Pair, face: Face, keys: [i64; 3]) -> Survivor<M> {
    let proxy = Proxy::to(&pair.primary);
    let mut client = M::connect(face, proxy.url());
    let mut values = keys.map(|key| client.find(key));
    for value in &mut values {
        value.put(Side::Left, Stamp(1));
    }
    let [first, second, unknown] = &mut values;
    client.save(first).unwrap();
    client.save(second).unwrap();
    // The statement is prepared by now, so that this is the answer of the save.
    proxy.lose_answer("");
    let error = client.save(unknown).unwrap_err();
    assert!(error.outcome_unknown(), "{}", told(&error));
    let [first, second, unknown] = values;
    Survivor {
        face,
        acknowledged: [first, second],
        unknown: (unknown, error),
    }
}

/// The standby's row, from before all of this, with the first save of another client in it.
fn save_by_another<M: Served>(client: &mut AnyClient<M>, key: i64) -> M {
    let mut theirs = client.find(key);
    assert_eq!(theirs.contents().left, Stamp(0), "the save is lost");
    theirs.put(Side::Right, Stamp(2));
    client.save(&mut theirs).unwrap();
    theirs
}

impl<M: Served> Survivor<M> {
    /// The save whose outcome was unknown is lost with the primary. Sent again, it is saved.
    fn ask(&mut self, client: &mut AnyClient<M>) {
        let (value, error) = &mut self.unknown;
        let resolved = client.resolve(value, error).unwrap().unwrap();
        println!("{:?}, {}, resolve: {resolved:?}", self.face, M::TABLE_NAME);
        assert_eq!(resolved, Resolved::NotLanded);
        client.save(value).unwrap();
        assert_eq!(client.find(value.row().key), *value);
    }
}

/// In one test, because a primary is lost only once.
#[test]
fn after_a_failover_a_number_matches_by_accident_and_a_uuid_never() {
    let pair = Pair::doomed();
    rows::<Counted>(&pair, 1..=6);
    for key in 1..=6 {
        pair.on_primary(&Tagged::insert(key));
    }
    pair.wait_for_replay();
    pair.disconnect_standby();
    let keys = [[1, 2, 3], [4, 5, 6]];
    let numbers = [0, 1].map(|at| save_on_primary::<Counted>(&pair, FACES[at], keys[at]));
    let uuids = [0, 1].map(|at| save_on_primary::<Tagged>(&pair, FACES[at], keys[at]));
    pair.kill_primary();
    pair.promote();

    for mut survivor in numbers {
        let mut client = Counted::connect(survivor.face, &pair.standby);
        let [untouched, touched] = &mut survivor.acknowledged;
        // Nobody has written the row since: it is behind, and stays so.
        let error = client.save(untouched).unwrap_err();
        println!("{:?}, a number: {}", survivor.face, told(&error));
        assert!(error.is_behind() && !error.is_conflict() && !error.is_transient());
        let Error::ConcurrentModification(conflict) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*conflict.found(), Found::Older { version: 1.into() });

        // Another client's save gives the row the version that the lost save had: THE LIMIT OF NUMBERS.
        let theirs = save_by_another(&mut client, touched.id);
        assert_eq!(theirs.version, touched.version);
        client.save(touched).unwrap();
        let row = client.find(touched.id);
        println!(
            "{:?}, a number: {theirs:?} is overwritten by {row:?}",
            survivor.face
        );
        assert_eq!(
            (row.left_stamp, row.right_stamp),
            (1, 0),
            "their change is lost"
        );
        survivor.ask(&mut client);
    }

    for mut survivor in uuids {
        let mut client = Tagged::connect(survivor.face, &pair.standby);
        let [untouched, touched] = &mut survivor.acknowledged;
        let found = client.find(untouched.id).version.describe();
        let error = client.save(untouched).unwrap_err();
        println!("{:?}, a UUID: {}", survivor.face, told(&error));
        let Error::ConcurrentModification(conflict) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*conflict.found(), Found::Modified { version: found });

        let theirs = save_by_another(&mut client, touched.id);
        let error = client.save(touched).unwrap_err();
        println!("{:?}, a UUID: {}", survivor.face, told(&error));
        assert!(error.is_conflict());
        assert_eq!(client.find(touched.id), theirs, "their change stays");
        survivor.ask(&mut client);
    }
}

//! Several clients at once.

use super::prelude::*;
use super::{CAPABILITIES, Conn, Scratch};
use crate::requests::{FAILED, any, naming};
use optlock::http::{ETag, Failure, IfMatch};
use optlock::{Error, Found};
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;
use std::sync::Barrier;
use std::thread;

const CLIENTS: usize = 4;

fn stored(conn: &mut Conn) -> Contact {
    let ann = contacts::table.find(1).select(Contact::as_select());
    ann.first(conn).unwrap()
}

/// PUTs, as often as the database says that another client was in the way.
fn put(client: usize, if_match: &IfMatch, conn: &mut Conn) -> (Result<(), Failure>, Contact) {
    let mut mine = Contact {
        name: format!("client {client}"),
        version: 0,
        ..Contact::ann()
    };
    loop {
        match mine.save_if_match(if_match, conn) {
            Err(failure) if failure.status() == 503 => {}
            result => return (result, mine),
        }
    }
}

/// What each of the clients gets that PUT with this header at once.
fn at_once(
    clients: &mut [Conn; CLIENTS],
    if_match: &IfMatch,
) -> Vec<(Result<(), Failure>, Contact)> {
    let start = &Barrier::new(CLIENTS);
    thread::scope(|scope| {
        let running = clients.iter_mut().enumerate().map(|(client, conn)| {
            scope.spawn(move || {
                start.wait();
                put(client, if_match, conn)
            })
        });
        let running: Vec<_> = running.collect();
        running
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    })
}

#[test]
fn of_clients_that_put_with_one_tag_one_wins_and_each_other_gets_a_412() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut clients = [(); CLIENTS].map(|()| scratch.connect());
    for round in 0..CAPABILITIES.rounds {
        let before = stored(conn);
        let older = ETag::of_version::<Contact>(&1, &(), &0);
        // One tag, or one of two.
        let header = match round % 2 {
            0 => naming([before.etag()]),
            _ => naming([older, before.etag()]),
        };
        let results = at_once(&mut clients, &header);
        let (won, lost): (Vec<_>, Vec<_>) =
            results.into_iter().partition(|(result, _)| result.is_ok());
        let [(_, winner)] = &won[..] else {
            panic!("round {round}: {won:?}");
        };
        assert_eq!(winner.version, before.version + 1);
        assert_eq!(stored(conn), *winner);
        for (result, mine) in lost {
            let failure = result.unwrap_err();
            let Error::ConcurrentModification(conflict) = failure.error() else {
                panic!("round {round}: {failure:?}");
            };
            let version = winner.version.into();
            assert_eq!(
                *conflict.found(),
                Found::Modified { version },
                "round {round}"
            );
            assert_eq!(failure.status(), FAILED);
            assert_eq!(mine.version, 0);
        }
    }
}

/// Each write that was accepted has a version of its own, so that no other client's can be taken for it.
#[test]
fn of_clients_that_put_with_a_star_each_gets_a_version_of_its_own() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut clients = [(); CLIENTS].map(|()| scratch.connect());
    for round in 0..CAPABILITIES.rounds {
        let before = stored(conn);
        let results = at_once(&mut clients, &any());
        let accepted = results.into_iter().map(|(result, mine)| {
            result.unwrap();
            mine
        });
        let mut accepted: Vec<_> = accepted.collect();
        accepted.sort_by_key(|mine| mine.version);
        let versions: Vec<_> = accepted.iter().map(|mine| mine.version).collect();
        let expected: Vec<_> = (before.version + 1..).take(CLIENTS).collect();
        assert_eq!(versions, expected, "round {round}");
        assert_eq!(accepted.last(), Some(&stored(conn)), "round {round}");
    }
}

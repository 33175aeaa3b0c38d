//! The rules of leases.

use super::*;
use crate::history::{LeaseAnswer, LeaseCall, LeaseKind, LeaseName, LossSeen};

fn lease(id: &str, fence: i64) -> Option<LeaseName> {
    Some(LeaseName {
        id: id.to_owned(),
        fence,
        holder: format!("page of {id}"),
    })
}

fn call(
    owner: &str,
    time: (u64, Option<u64>),
    kind: LeaseKind,
    lease: Option<LeaseName>,
    answer: LeaseAnswer,
) -> LeaseCall {
    LeaseCall {
        session: 1,
        face: Face::Blocking,
        name: "call",
        row: ROW,
        began: time.0 * 1_000,
        ended: time.1.map(|ended| ended * 1_000),
        kind,
        owner: owner.to_owned(),
        lease,
        answer,
    }
}

fn held(until: u64) -> LeaseAnswer {
    LeaseAnswer::Held {
        until: until * 1_000,
    }
}

fn acquire(owner: &str, time: (u64, Option<u64>), id: &str, fence: i64, until: u64) -> LeaseCall {
    call(
        owner,
        time,
        LeaseKind::Acquire,
        lease(id, fence),
        held(until),
    )
}

fn with(leases: Vec<LeaseCall>) -> Epoch {
    Epoch {
        leases,
        ..Epoch::default()
    }
}

#[test]
fn one_lease_after_another_is_right() {
    let right = with(vec![
        acquire("amy", at(0, 10), "a", 1, 100),
        call(
            "amy",
            at(50, 60),
            LeaseKind::Renew,
            lease("a", 1),
            held(150),
        ),
        acquire("bob", at(160, 170), "b", 2, 300),
    ]);
    assert_eq!(accepted(&right).lease_calls, 3);
}

#[test]
fn two_holders_of_one_lease_are_found() {
    let two = with(vec![
        acquire("amy", at(0, 10), "a", 1, 100),
        acquire("bob", at(80, 90), "b", 2, 200),
    ]);
    rejected(&two, Rule::OneHolder);
    // By a clock that was set it may be so.
    let stepped = Epoch {
        clock_stepped: true,
        ..two.clone()
    };
    accepted(&stepped);
    // What was renewed lasts longer.
    let renewed = with(vec![
        acquire("amy", at(0, 10), "a", 1, 70),
        call(
            "amy",
            at(50, 60),
            LeaseKind::Renew,
            lease("a", 1),
            held(150),
        ),
        acquire("bob", at(80, 90), "b", 2, 200),
    ]);
    rejected(&renewed, Rule::OneHolder);
    let elsewhere = LeaseCall {
        row: OTHER,
        ..two.leases[1].clone()
    };
    accepted(&with(vec![two.leases[0].clone(), elsewhere]));
}

#[test]
fn what_ends_a_lease_makes_room_for_another() {
    let ends = [
        (
            "amy",
            at(40, 50),
            LeaseKind::Release,
            lease("a", 1),
            LeaseAnswer::Done,
        ),
        (
            "amy",
            unanswered(40),
            LeaseKind::Release,
            lease("a", 1),
            LeaseAnswer::Unknown,
        ),
        (
            "amy",
            at(40, 50),
            LeaseKind::ReleaseAll,
            None,
            LeaseAnswer::Done,
        ),
        (
            "amy",
            at(40, 50),
            LeaseKind::Shorten,
            lease("a", 1),
            held(60),
        ),
        (
            "cid",
            unanswered(40),
            LeaseKind::Steal,
            None,
            LeaseAnswer::Unknown,
        ),
    ];
    for (owner, time, kind, name, answer) in ends {
        accepted(&with(vec![
            acquire("amy", at(0, 10), "a", 1, 100),
            call(owner, time, kind, name, answer),
            acquire("bob", at(80, 90), "b", 2, 200),
        ]));
    }
    let of_another = call(
        "bob",
        at(40, 50),
        LeaseKind::ReleaseAll,
        None,
        LeaseAnswer::Done,
    );
    let wrong = with(vec![
        acquire("amy", at(0, 10), "a", 1, 100),
        of_another,
        acquire("bob", at(80, 90), "b", 2, 200),
    ]);
    rejected(&wrong, Rule::OneHolder);
}

#[test]
fn a_fence_that_falls_is_found() {
    let falls = |fence| {
        vec![
            acquire("amy", at(0, 10), "a", 4, 100),
            acquire("bob", at(160, 170), "b", fence, 300),
        ]
    };
    accepted(&with(falls(5)));
    for fence in [3, 4] {
        rejected(&with(falls(fence)), Rule::FenceGrows);
        let mut purged = falls(fence);
        purged.push(call(
            "",
            at(120, 130),
            LeaseKind::Purge,
            None,
            LeaseAnswer::Done,
        ));
        accepted(&with(purged));
    }
    let two_fences = vec![
        acquire("amy", at(0, 10), "a", 4, 100),
        call(
            "amy",
            at(50, 60),
            LeaseKind::Renew,
            lease("a", 5),
            held(150),
        ),
    ];
    rejected(&with(two_fences), Rule::FenceGrows);
}

#[test]
fn a_late_holder_that_writes_is_found() {
    let write = |time| {
        call(
            "amy",
            time,
            LeaseKind::Write,
            lease("a", 1),
            LeaseAnswer::Done,
        )
    };
    let late = |began| {
        with(vec![
            acquire("amy", at(0, 10), "a", 1, 100),
            acquire("bob", at(160, 170), "b", 2, 300),
            write(at(began, 190)),
        ])
    };
    // It may have come before Bob.
    accepted(&late(165));
    rejected(&late(180), Rule::LateHolder);
    // Also where it is only the fence that tells which lease is newer.
    let by_fence = with(late(180).leases[1..].to_vec());
    rejected(&by_fence, Rule::LateHolder);
    for (kind, answer) in [
        (LeaseKind::Release, LeaseAnswer::Done),
        (LeaseKind::WriteAndRelease, LeaseAnswer::Done),
        (LeaseKind::Renew, LeaseAnswer::Lost(LossSeen::Lapsed)),
        (
            LeaseKind::Renew,
            LeaseAnswer::Lost(LossSeen::TakenOver { by: "bob".into() }),
        ),
    ] {
        let over = with(vec![
            acquire("amy", at(0, 10), "a", 1, 20),
            call("amy", at(30, 40), kind, lease("a", 1), answer),
            write(at(50, 60)),
        ]);
        rejected(&over, Rule::LateHolder);
    }
}

#[test]
fn a_renewal_that_waited_may_hold_what_seemed_to_have_lapsed() {
    let lapsed = LeaseAnswer::Lost(LossSeen::Lapsed);
    accepted(&with(vec![
        acquire("amy", at(0, 10), "a", 1, 20),
        call(
            "amy",
            at(15, 60),
            LeaseKind::Renew,
            lease("a", 1),
            held(200),
        ),
        call("amy", at(30, 40), LeaseKind::Write, lease("a", 1), lapsed),
        call(
            "amy",
            at(70, 80),
            LeaseKind::Write,
            lease("a", 1),
            LeaseAnswer::Done,
        ),
    ]));
}

#[test]
fn a_lease_that_is_lost_for_no_reason_is_found() {
    let lost = |loss: LossSeen| {
        vec![
            acquire("amy", at(0, 10), "a", 1, 100),
            call(
                "amy",
                at(40, 50),
                LeaseKind::Renew,
                lease("a", 1),
                LeaseAnswer::Lost(loss),
            ),
        ]
    };
    rejected(&with(lost(LossSeen::Lapsed)), Rule::LeaseLasts);
    rejected(&with(lost(LossSeen::NotHolder)), Rule::LeaseLasts);
    let stepped = Epoch {
        clock_stepped: true,
        ..with(lost(LossSeen::Lapsed))
    };
    accepted(&stepped);
    let mut stolen = lost(LossSeen::TakenOver { by: "bob".into() });
    stolen.push(call(
        "bob",
        at(20, 30),
        LeaseKind::Steal,
        lease("b", 2),
        held(200),
    ));
    accepted(&with(stolen));
    let other_page = LeaseName {
        holder: "another page".into(),
        ..lease("a", 1).unwrap()
    };
    let mut moved = lost(LossSeen::NotHolder);
    moved.push(call(
        "amy",
        at(20, 30),
        LeaseKind::Acquire,
        Some(other_page),
        held(200),
    ));
    accepted(&with(moved));
    // Its time was over.
    let mut late = lost(LossSeen::Lapsed);
    late[0].answer = held(45);
    accepted(&with(late));
}

#[test]
fn a_write_comes_before_the_lease_is_taken_over() {
    let save_leased = Call {
        name: "save_leased",
        ..save(1, at(50, 200), 1, 2, 5)
    };
    let write = call(
        "amy",
        at(50, 200),
        LeaseKind::Write,
        lease("a", 1),
        LeaseAnswer::Done,
    );
    let seen_late = |acquired| Epoch {
        leases: vec![write.clone(), acquire("bob", acquired, "b", 2, 300)],
        ..epoch(
            contents(1, 1, 1),
            vec![
                save_leased.clone(),
                load(2, at(130, 140), contents(1, 1, 1)),
            ],
            contents(2, 5, 1),
        )
    };
    // Until Bob has the lease, the row may be as it was.
    accepted(&seen_late(at(100, 150)));
    rejected(&seen_late(at(100, 120)), Rule::AcknowledgedStays);
}

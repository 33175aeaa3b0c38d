//! Models of each shape in a batch.

use crate::Scratch;
use crate::helpers::counters::*;
use crate::helpers::people::stored;
use crate::prelude::*;
use optlock_tests::models::{Contact, Membership, Patch, Rename};
use optlock_tests::prepared::Watch;
use optlock_tests::schema::{contacts, memberships, wide};

#[test]
fn a_composite_key() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let mut all: Vec<_> = [(1, 2), (1, 1), (2, 1), (2, 2)]
        .map(|(user_id, group_id)| Membership {
            user_id,
            group_id,
            role: "guest".into(),
            lock_version: 1,
        })
        .into();
    diesel::insert_into(memberships::table)
        .values(&all)
        .execute(conn)
        .unwrap();
    for (nth, membership) in all.iter_mut().enumerate() {
        membership.role = format!("role {nth}");
    }
    all[..3].save_all_checked(conn).unwrap();
    let mut stored: Vec<Membership> = memberships::table
        .select(Membership::as_select())
        .load(conn)
        .unwrap();
    stored.sort_by_key(|membership| membership.role.clone());
    let last = stored.remove(0);
    assert_eq!(stored, all[..3]);
    assert_eq!((last.role.as_str(), last.lock_version), ("guest", 1));

    all[3].lock_version = 0;
    let told = conflict(all.delete_all_checked(conn));
    let [(3, last)] = told.conflicts() else {
        panic!("{told:?}")
    };
    assert_eq!((last.table(), last.key()), ("memberships", "(2, 2)"));
    assert_eq!(
        (last.expected(), last.found()),
        (Some(&0.into()), &modified(1))
    );
    all[..3].delete_all_checked(conn).unwrap();
    assert_eq!(memberships::table.count().get_result(conn), Ok(1_i64));
}

#[test]
fn borrowed_partial_structs() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let names = [String::from("Anna"), String::from("Bobby")];
    let mut all: Vec<_> = (1..)
        .zip(&names)
        .map(|(id, name)| Rename {
            id,
            name,
            version: 1,
        })
        .collect();
    all.save_all_checked(conn).unwrap();
    assert_eq!(all[1].version, 2);
    let anna = Contact {
        name: "Anna".into(),
        version: 2,
        ..Contact::ann()
    };
    assert_eq!(stored(1, conn), anna);
    all.delete_all_checked(conn).unwrap();
    assert_eq!(contacts::table.count().get_result(conn), Ok(0_i64));
}

/// A batch of one text in all, and one of a text for each row.
#[test]
fn patches_leave_alone_what_is_none_and_what_changes_nothing_takes_no_part() {
    let scratch = Scratch::new();
    let conn = &mut scratch.connect();
    let row = |id: i32| (wide::id.eq(id), wide::a.eq("a"), wide::b.eq("b"));
    diesel::insert_into(wide::table)
        .values([row(1), row(2), row(3)])
        .execute(conn)
        .unwrap();
    let patch = |id| Patch {
        id,
        version: 1,
        ..Patch::default()
    };
    let mut patches = [
        Patch {
            a: Some("A".into()),
            ..patch(1)
        },
        patch(2),
        Patch {
            b: Some("B".into()),
            ..patch(3)
        },
    ];
    patches.save_all_checked(conn).unwrap();
    assert_eq!(patches.each_ref().map(|patch| patch.version), [2, 1, 2]);
    let columns = (wide::a, wide::b, wide::version);
    let stored: Vec<(Option<String>, Option<String>, i64)> = wide::table
        .order(wide::id)
        .select(columns)
        .load(conn)
        .unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        stored,
        [
            (text("A"), text("b"), 2),
            (text("a"), text("b"), 1),
            (text("a"), text("B"), 2)
        ]
    );

    let memory = patches.clone();
    patches[0].version = 1;
    let told = conflict(patches.save_all_checked(conn));
    let [(0, first)] = told.conflicts() else {
        panic!("{told:?}")
    };
    assert_eq!((first.key(), first.found()), ("1", &modified(2)));
    assert_eq!(patches[1..], memory[1..]);
    assert_eq!(patches[0].version, 1);
    // Nothing at all to do:
    let watch = Watch::on(conn);
    [patch(1), patch(9)].save_all_checked(conn).unwrap();
    assert_eq!(watch.take_sent(), [""; 0]);
}

//! The cases that hold on every database.

use super::samples::*;
use super::{Conn, Scratch};
use crate::prelude::*;
use crate::state::{State, Wide};
use optlock_tests::models::{Contact, Membership};
use optlock_tests::schema::{contacts, memberships, wide};

/// Makes the rows [`State::initial`], by one text.
fn reset(conn: &mut Conn) {
    conn.batch_execute(
        "BEGIN;
         DELETE FROM contacts; DELETE FROM memberships; DELETE FROM wide;
         INSERT INTO contacts (id, name, phone, version)
             VALUES (1, 'name 1', 'phone 1', 1), (2, 'name 2', 'phone 2', 1);
         INSERT INTO memberships (user_id, group_id, role, lock_version)
             VALUES (1, 5, 'role 1', 1), (2, 5, 'role 2', 1);
         INSERT INTO wide (id, a, b, version) VALUES (1, 'a 1', 'b 1', 1), (2, 'a 2', 'b 2', 1);
         COMMIT",
    )
    .unwrap();
}

fn stored(conn: &mut Conn) -> State {
    let contacts = contacts::table
        .select(Contact::as_select())
        .load(conn)
        .unwrap();
    let memberships = memberships::table
        .select(Membership::as_select())
        .load(conn)
        .unwrap();
    let wide = wide::table.select(Wide::as_select()).load(conn).unwrap();
    State {
        contacts: contacts.into_iter().map(|row| (row.id, row)).collect(),
        memberships: memberships
            .into_iter()
            .map(|row| (row.user_id, row))
            .collect(),
        wide: wide.into_iter().map(|row| (row.id, row)).collect(),
    }
}

/// Whichever of two statements is prepared first, the other one is not taken for it.
#[test]
fn every_operation_does_its_own_work_after_every_other() {
    let scratch = Scratch::new();
    let others = &mut scratch.connect();
    let Samples { actions, .. } = samples();
    reset(others);
    assert_eq!(stored(others), State::initial());
    for first in &actions {
        // Its statements are the first ones that the connection prepares.
        let conn = &mut scratch.connect();
        for second in &actions {
            reset(others);
            let mut expected = State::initial();
            for (action, id) in [(first, 1), (second, 2)] {
                (action.run)(conn, id);
                (action.changes)(&mut expected, id);
            }
            assert_eq!(
                stored(others),
                expected,
                "{}, then {}",
                first.name,
                second.name
            );
        }
    }
}

#[test]
fn different_texts_have_different_ids() {
    let Samples {
        updates,
        touches,
        deletes,
        ..
    } = samples();
    let all = Vec::from_iter(updates.iter().chain(&touches).chain(&deletes));
    for one in &all {
        for other in &all {
            let alike = one.id.is_some() && one.id == other.id;
            assert!(
                !alike || one.text == other.text,
                "{} / {}",
                one.text,
                other.text
            );
        }
    }
}

/// An id of its own type is what makes a statement cheap to find, so it is not given up without
/// need.
#[test]
fn an_update_has_an_id_if_its_text_is_fixed() {
    let Samples {
        updates,
        touches,
        deletes,
        ..
    } = samples();
    let with_id = updates
        .iter()
        .filter(|update| update.id.is_some())
        .map(|update| &*update.name);
    assert_eq!(
        Vec::from_iter(with_id),
        ["Contact", "Rename", "Phone", "Reordered", "Membership"]
    );
    assert!(touches.iter().all(|touch| touch.id.is_some()));
    assert!(deletes.iter().all(|delete| delete.id.is_some()));
}

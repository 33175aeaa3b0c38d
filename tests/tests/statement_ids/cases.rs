//! The cases that hold on every database.

use super::super::models::{ByHand, Details, Embedding, Generic, Phone, Reordered, Shouting};
use super::super::state::{State, Wide, contact, membership};
use super::{Conn, Scratch};
use diesel::debug_query;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use optlock::prelude::*;
use optlock::statement::CheckedStatements;
use optlock::{Error, Found, Outcome, methods};
use optlock_tests::models::{Contact, Membership, Patch, Rename};
use optlock_tests::schema::{contacts, memberships, wide};
use std::any::TypeId;
use std::fmt::Debug;
use std::marker::PhantomData;

type Backend = <Conn as Connection>::Backend;

/// An operation on the row `id` of one model, and what it changes.
struct Action {
    name: String,
    run: On<Conn>,
    changes: On<State>,
}

type On<Target> = Box<dyn Fn(&mut Target, i32)>;

/// A checked write of one model.
struct Statement {
    name: String,
    text: String,
    id: Option<TypeId>,
}

/// What is tried.
#[derive(Default)]
struct Samples {
    actions: Vec<Action>,
    updates: Vec<Statement>,
    touches: Vec<Statement>,
    deletes: Vec<Statement>,
}

impl Samples {
    /// `edited` is a value of the row `id` that was loaded in the initial state and edited; `saved`
    /// does to the state what its save does.
    fn add<M>(&mut self, name: &str, edited: fn(i32) -> M, saved: fn(&mut State, i32))
    where
        M: methods::Save<Conn> + methods::Delete<Conn> + Versioned + 'static,
        M: for<'a> CheckedStatements<
                'a,
                M::Version,
                Update: QueryFragment<Backend> + QueryId,
                Touch: QueryFragment<Backend> + QueryId,
                Delete: QueryFragment<Backend> + QueryId,
                ForcedDelete: QueryFragment<Backend> + QueryId,
            >,
    {
        let model = edited(1);
        let version = model.version().clone();
        self.updates
            .push(statement(name, &model.checked_update(version.clone())));
        self.touches
            .push(statement(name, &model.checked_touch(version.clone())));
        self.deletes
            .push(statement(name, &model.checked_delete(version)));
        self.deletes.push(statement(name, &model.forced_delete()));
        self.act(
            name,
            "save",
            move |conn, id| edited(id).save_checked(conn).unwrap(),
            saved,
        );
        self.act(
            name,
            "stale save",
            move |conn, id| {
                let mut stale = edited(id);
                stale.set_version(stale.next_version().unwrap());
                assert_found_first_version(&stale.save_checked(conn).unwrap_err());
            },
            |_, _| {},
        );
        self.act(
            name,
            "delete",
            move |conn, id| edited(id).delete_checked(conn).unwrap(),
            |state, id| state.delete(M::TABLE_NAME, id),
        );
    }

    /// [`add`](Self::add), and batches of that one row.
    fn add_with_batches<M>(&mut self, name: &str, edited: fn(i32) -> M, saved: fn(&mut State, i32))
    where
        M: methods::Save<Conn> + methods::Delete<Conn> + Versioned + 'static,
        M: methods::SaveAll<Conn> + methods::DeleteAll<Conn>,
        M: for<'a> CheckedStatements<
                'a,
                M::Version,
                Update: QueryFragment<Backend> + QueryId,
                Touch: QueryFragment<Backend> + QueryId,
                Delete: QueryFragment<Backend> + QueryId,
                ForcedDelete: QueryFragment<Backend> + QueryId,
            >,
    {
        self.add(name, edited, saved);
        self.act(
            name,
            "save of a batch",
            move |conn, id| [edited(id)].save_all_checked(conn).unwrap(),
            saved,
        );
        self.act(
            name,
            "delete of a batch",
            move |conn, id| [edited(id)].delete_all_checked(conn).unwrap(),
            |state, id| state.delete(M::TABLE_NAME, id),
        );
    }

    /// `stored` is the row `id` in the initial state; `touched` does to the state what its touch
    /// does.
    fn add_touches<M>(&mut self, name: &str, stored: fn(i32) -> M, touched: fn(&mut State, i32))
    where
        M: methods::Touch<Conn>
            + methods::Lock<Conn>
            + methods::CheckCurrent<Conn>
            + methods::ForceDelete<Conn>
            + Versioned
            + 'static,
    {
        self.act(
            name,
            "touch",
            move |conn, id| stored(id).touch_checked(conn).unwrap(),
            touched,
        );
        self.act(
            name,
            "lock",
            move |conn, id| {
                conn.transaction(|conn| stored(id).lock_checked(conn))
                    .unwrap();
            },
            |_, _| {},
        );
        self.act(
            name,
            "forced delete",
            move |conn, id| assert!(stored(id).force_delete(conn).unwrap()),
            |state, id| state.delete(M::TABLE_NAME, id),
        );
    }

    /// `stored` is the row `id` in the initial state.
    fn add_loads<M>(&mut self, name: &str, stored: fn(i32) -> M)
    where
        M: methods::LoadCurrent<Conn>
            + methods::SaveOrLoad<Conn>
            + Versioned
            + Debug
            + PartialEq
            + 'static,
    {
        self.act(
            name,
            "load",
            move |conn, id| assert_eq!(stored(id).load_current(conn).unwrap(), Some(stored(id))),
            |_, _| {},
        );
        self.act(
            name,
            "save or load",
            move |conn, id| {
                let mut stale = stored(id);
                stale.set_version(stale.next_version().unwrap());
                assert_eq!(
                    stale.save_or_load(conn).unwrap(),
                    Outcome::Changed(stored(id))
                );
            },
            |_, _| {},
        );
    }

    fn act(
        &mut self,
        model: &str,
        operation: &str,
        run: impl Fn(&mut Conn, i32) + 'static,
        changes: impl Fn(&mut State, i32) + 'static,
    ) {
        self.actions.push(Action {
            name: format!("{operation} of {model}"),
            run: Box::new(run),
            changes: Box::new(changes),
        });
    }
}

fn statement<S: QueryFragment<Backend> + QueryId>(name: &str, statement: &S) -> Statement {
    let printed = debug_query::<Backend, _>(statement).to_string();
    let (text, _binds) = printed.split_once(" -- binds").unwrap();
    Statement {
        name: name.to_owned(),
        text: text.to_owned(),
        id: S::query_id(),
    }
}

#[track_caller]
fn assert_found_first_version(error: &Error) {
    let Error::ConcurrentModification(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        *conflict.found(),
        Found::Modified {
            version: "1".into()
        }
    );
}

fn edit(state: &mut State, id: i32, edit: impl FnOnce(&mut Contact)) {
    let row = state.contacts.get_mut(&id).unwrap();
    edit(row);
    row.version = 2;
}

/// Models on the same tables, and what tells their statements apart: the columns, their order, and
/// what is left out.
fn samples() -> Samples {
    let mut samples = Samples::default();
    samples.add_with_batches(
        "Contact",
        |id| Contact {
            id,
            name: "whole".into(),
            phone: Some("7".into()),
            version: 1,
        },
        |state, id| {
            edit(state, id, |row| {
                row.name = "whole".into();
                row.phone = Some("7".into());
            });
        },
    );
    samples.add_loads("Contact", contact);
    samples.add_touches("Contact", contact, |state, id| edit(state, id, |_| {}));
    samples.add_with_batches(
        "Rename",
        |id| Rename {
            id,
            name: "renamed",
            version: 1,
        },
        |state, id| edit(state, id, |row| row.name = "renamed".into()),
    );
    samples.add_with_batches(
        "Phone",
        |id| Phone {
            id,
            phone: None,
            version: 1,
        },
        |state, id| edit(state, id, |row| row.phone = None),
    );
    samples.add_with_batches(
        "Reordered",
        |id| Reordered {
            version: 1,
            phone: Some("8".into()),
            name: "reordered".into(),
            id,
        },
        |state, id| {
            edit(state, id, |row| {
                row.name = "reordered".into();
                row.phone = Some("8".into());
            });
        },
    );
    samples.add_loads("Reordered", |id| {
        let Contact {
            id,
            name,
            phone,
            version,
        } = contact(id);
        Reordered {
            version,
            phone,
            name,
            id,
        }
    });
    samples.add(
        "Embedding, the name",
        |id| Embedding {
            id,
            details: Details {
                name: Some("embedded".into()),
                ..Details::default()
            },
            version: 1,
        },
        |state, id| edit(state, id, |row| row.name = "embedded".into()),
    );
    samples.add(
        "Embedding, the phone",
        |id| Embedding {
            id,
            details: Details {
                phone: Some("9".into()),
                ..Details::default()
            },
            version: 1,
        },
        |state, id| edit(state, id, |row| row.phone = Some("9".into())),
    );
    samples.add(
        "Shouting",
        |id| Shouting {
            id,
            name: "loud".into(),
            version: 1,
        },
        |state, id| edit(state, id, |row| row.name = "LOUD".into()),
    );
    samples.add(
        "Generic",
        |id| Generic {
            id,
            name: "generic".into(),
            version: 1,
            tag: PhantomData::<()>,
        },
        |state, id| edit(state, id, |row| row.name = "generic".into()),
    );
    samples.add(
        "ByHand",
        |id| ByHand {
            id,
            name: "by hand".into(),
            version: 1,
        },
        |state, id| edit(state, id, |row| row.name = "by hand".into()),
    );
    samples.add(
        "Patch, a",
        |id| Patch {
            id,
            a: Some("new a".into()),
            version: 1,
            ..Patch::default()
        },
        |state, id| {
            let row = state.wide.get_mut(&id).unwrap();
            row.a = Some("new a".into());
            row.version = 2;
        },
    );
    samples.add(
        "Patch, b",
        |id| Patch {
            id,
            b: Some("new b".into()),
            version: 1,
            ..Patch::default()
        },
        |state, id| {
            let row = state.wide.get_mut(&id).unwrap();
            row.b = Some("new b".into());
            row.version = 2;
        },
    );
    samples.add_with_batches(
        "Membership",
        |id| Membership {
            role: "owner".into(),
            ..membership(id)
        },
        |state, id| {
            let row = state.memberships.get_mut(&id).unwrap();
            row.role = "owner".into();
            row.lock_version = 2;
        },
    );
    samples.add_loads("Membership", membership);
    samples.add_touches("Membership", membership, |state, id| {
        state.memberships.get_mut(&id).unwrap().lock_version = 2;
    });
    samples
}

fn store(state: State, conn: &mut Conn) {
    conn.transaction(|conn| {
        diesel::delete(contacts::table).execute(conn)?;
        diesel::delete(memberships::table).execute(conn)?;
        diesel::delete(wide::table).execute(conn)?;
        diesel::insert_into(contacts::table)
            .values(&Vec::from_iter(state.contacts.into_values()))
            .execute(conn)?;
        diesel::insert_into(memberships::table)
            .values(&Vec::from_iter(state.memberships.into_values()))
            .execute(conn)?;
        diesel::insert_into(wide::table)
            .values(&Vec::from_iter(state.wide.into_values()))
            .execute(conn)
    })
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
    for first in &actions {
        // Its statements are the first ones that the connection prepares.
        let conn = &mut scratch.connect();
        for second in &actions {
            store(State::initial(), others);
            let mut expected = State::initial();
            for (action, id) in [(first, 1), (second, 2)] {
                (action.run)(conn, id);
                (action.changes)(&mut expected, id);
                assert_eq!(
                    stored(others),
                    expected,
                    "{}, then {}: {}",
                    first.name,
                    second.name,
                    action.name
                );
            }
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

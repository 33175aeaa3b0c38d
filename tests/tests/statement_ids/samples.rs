//! The statements that are tried, and what each does.

use super::Conn;
use crate::models::{ByHand, Details, Embedding, Generic, Phone, Reordered, Shouting};
use crate::prelude::*;
use crate::state::{State, contact, membership};
use diesel::debug_query;
use diesel::query_builder::{QueryFragment, QueryId};
use optlock::statement::CheckedStatements;
use optlock::{Error, Found, Outcome, Upserted};
use optlock_tests::models::{Contact, Membership, Patch, Rename};
use std::any::TypeId;
use std::fmt::Debug;
use std::marker::PhantomData;

pub(super) type Backend = <Conn as Connection>::Backend;

/// An operation on the row `id` of one model, and what it changes.
pub(super) struct Action {
    pub(super) name: String,
    pub(super) run: On<Conn>,
    pub(super) changes: On<State>,
}

pub(super) type On<Target> = Box<dyn Fn(&mut Target, i32)>;

/// A checked write of one model.
pub(super) struct Statement {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) id: Option<TypeId>,
}

/// What is tried.
#[derive(Default)]
pub(super) struct Samples {
    pub(super) actions: Vec<Action>,
    pub(super) updates: Vec<Statement>,
    pub(super) touches: Vec<Statement>,
    pub(super) deletes: Vec<Statement>,
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
            + methods::LockRow<Conn>
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

    /// `new` is a value that was never stored.
    fn add_inserts<M>(&mut self, name: &str, new: fn(i32) -> M, inserted: fn(&mut State, i32))
    where
        M: methods::Upsert<Conn> + Versioned + 'static,
    {
        self.act(
            name,
            "insert",
            move |conn, id| {
                let upserted = new(id).upsert_checked(conn).unwrap();
                assert_eq!(upserted, Upserted::Inserted);
            },
            inserted,
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

pub(super) fn statement<S: QueryFragment<Backend> + QueryId>(
    name: &str,
    statement: &S,
) -> Statement {
    let printed = debug_query::<Backend, _>(statement).to_string();
    let (text, _binds) = printed.split_once(" -- binds").unwrap();
    Statement {
        name: name.to_owned(),
        text: text.to_owned(),
        id: S::query_id(),
    }
}

#[track_caller]
pub(super) fn assert_found_first_version(error: &Error) {
    let Error::ConcurrentModification(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(*conflict.found(), Found::Older { version: 1.into() });
}

pub(super) fn edit(state: &mut State, id: i32, edit: impl FnOnce(&mut Contact)) {
    let row = state.contacts.get_mut(&id).unwrap();
    edit(row);
    row.version = 2;
}

/// Models on the same tables, and what tells their statements apart: the columns, their order, and
/// what is left out.
pub(super) fn samples() -> Samples {
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
    // Another value than that of the row, so that a statement of other columns shows.
    let new_contact = |id| Contact {
        id: 10 + id,
        name: "new".into(),
        phone: None,
        version: 0,
    };
    samples.add_inserts("Contact", new_contact, |state, id| {
        let (id, name, phone, version) = (10 + id, "new".into(), None, 1);
        let row = Contact {
            id,
            name,
            phone,
            version,
        };
        state.contacts.insert(id, row);
    });
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
    let new_membership = |id| Membership {
        lock_version: 0,
        ..membership(10 + id)
    };
    samples.add_inserts("Membership", new_membership, |state, id| {
        state.memberships.insert(10 + id, membership(10 + id));
    });
    samples.add_touches("Membership", membership, |state, id| {
        state.memberships.get_mut(&id).unwrap().lock_version = 2;
    });
    samples
}

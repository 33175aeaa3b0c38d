//! All that the statements can reach, so that a wrong one is seen wherever it strikes.

use crate::prelude::*;
use optlock_tests::models::{Contact, Membership};
use std::collections::BTreeMap;

/// The rows by their `id`. A membership's is its user's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub contacts: BTreeMap<i32, Contact>,
    pub memberships: BTreeMap<i32, Membership>,
    pub wide: BTreeMap<i32, Wide>,
}

/// Two columns of the wide table do.
#[derive(Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = optlock_tests::schema::wide)]
pub(crate) struct Wide {
    pub id: i32,
    pub a: Option<String>,
    pub b: Option<String>,
    pub version: i64,
}

/// A contact as it is before each pair of statements.
pub(crate) fn contact(id: i32) -> Contact {
    Contact {
        id,
        name: format!("name {id}"),
        phone: Some(format!("phone {id}")),
        version: 1,
    }
}

/// A membership as it is before each pair of statements.
pub(crate) fn membership(user_id: i32) -> Membership {
    Membership {
        user_id,
        group_id: 5,
        role: format!("role {user_id}"),
        lock_version: 1,
    }
}

fn wide(id: i32) -> Wide {
    Wide {
        id,
        a: Some(format!("a {id}")),
        b: Some(format!("b {id}")),
        version: 1,
    }
}

impl State {
    /// As it is before each pair of statements.
    pub(crate) fn initial() -> Self {
        let ids = [1, 2];
        Self {
            contacts: ids.map(|id| (id, contact(id))).into(),
            memberships: ids.map(|id| (id, membership(id))).into(),
            wide: ids.map(|id| (id, wide(id))).into(),
        }
    }

    pub(crate) fn delete(&mut self, table: &str, id: i32) {
        let deleted = match table {
            "contacts" => self.contacts.remove(&id).is_some(),
            "memberships" => self.memberships.remove(&id).is_some(),
            "wide" => self.wide.remove(&id).is_some(),
            other => panic!("{other}"),
        };
        assert!(deleted);
    }
}

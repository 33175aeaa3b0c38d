//! A PATCH of Ann.

use crate::prelude::*;
use optlock_tests::schema::contacts;

/// A PATCH, which tells null and absent apart.
#[derive(Debug, Clone, PartialEq, Identifiable, AsChangeset, Versioned)]
#[diesel(table_name = contacts, treat_none_as_null = false)]
pub(crate) struct Patch {
    pub(crate) id: i32,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<Option<String>>,
    pub(crate) version: i64,
}

pub(crate) fn patch(version: i64) -> Patch {
    Patch {
        id: 1,
        name: None,
        phone: None,
        version,
    }
}

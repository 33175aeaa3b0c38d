//! Ann's row, and another user.

use crate::Conn;
use crate::prelude::*;
use optlock::Error;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// Ann's row, of a program that tells people apart by their names.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned, Diff)]
#[diesel(table_name = contacts)]
pub(crate) struct Named {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) version: i64,
}

/// The version is left out.
impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Named {
    pub(crate) fn stored(id: i32, conn: &mut Conn) -> Self {
        let named = contacts::table.find(id).select(Self::as_select());
        named.first(conn).unwrap()
    }
}

pub(crate) fn find(id: i32, conn: &mut Conn) -> Option<Contact> {
    contacts::table
        .find(id)
        .select(Contact::as_select())
        .first(conn)
        .optional()
        .unwrap()
}

pub(crate) fn stored(id: i32, conn: &mut Conn) -> Contact {
    find(id, conn).unwrap()
}

/// Another user gives the contact a name.
pub(crate) fn rename(id: i32, name: &str, conn: &mut Conn) {
    let mut theirs = stored(id, conn);
    theirs.name = name.to_owned();
    theirs.save_checked(conn).unwrap();
}

/// Another user deletes the contact.
pub(crate) fn delete(id: i32, conn: &mut Conn) {
    stored(id, conn).delete_checked(conn).unwrap();
}

/// The error of a transaction whose user thinks better of it.
pub(crate) fn changed_my_mind() -> Error {
    diesel::result::Error::RollbackTransaction.into()
}

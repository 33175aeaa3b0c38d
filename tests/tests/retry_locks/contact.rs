//! The contact that the attempts lose, and what another client does to it.

use super::Conn;
use super::prelude::*;
use super::third::Others;
use optlock_tests::models::Contact;
use optlock_tests::schema::contacts;

/// Another client changes Ann's name, which `edited` changes too.
pub(crate) const ANN_CHANGES: &str =
    "UPDATE contacts SET version = version + 1, name = CONCAT(name, 'a') WHERE id = 1";

pub(crate) fn find(id: i32, conn: &mut Conn) -> QueryResult<Contact> {
    let row = contacts::table.find(id).select(Contact::as_select());
    row.first(conn)
}

/// Ann's row, as a user has edited it after another client came first or not.
pub(crate) fn edited(others: &Others<'_>, conn: &mut Conn) -> QueryResult<Contact> {
    let ann = find(1, conn)?;
    others.come_first();
    Ok(Contact {
        name: "Ann B.".into(),
        ..ann
    })
}

//! Those of MySQL and MariaDB.

use crate::contacts::Contact;
use diesel::mysql::Mysql;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

/// How many rows one UPDATE of a batch has at most.
pub(crate) const UPDATED_AT_ONCE: usize = 256;

/// Locks the rows of a batch. Its binds are their ids.
pub(crate) fn lock_all(rows: usize) -> String {
    let mut lists = vec![500; rows / 500];
    if !rows.is_multiple_of(500) {
        lists.push(rows % 500);
    }
    let lists: Vec<_> = lists
        .into_iter()
        .map(|rows| format!("id IN ({})", vec!["?"; rows].join(", ")))
        .collect();
    format!(
        "SELECT id AS n FROM optlock_bench WHERE {} ORDER BY id FOR UPDATE",
        lists.join(" OR ")
    )
}

/// Writes some rows of a batch. Its binds are id and name of each row, id and phone, id and next version, id and
/// expected version. By a list of one row MariaDB would read the whole table.
pub(crate) fn update_all(rows: usize) -> String {
    let case = format!("CASE id {} END", vec!["WHEN ? THEN ?"; rows].join(" "));
    let rows = match rows {
        1 => "id = ? AND version = ?".to_owned(),
        _ => format!("(id, version) IN ({})", vec!["(?, ?)"; rows].join(", ")),
    };
    format!("UPDATE optlock_bench SET name = {case}, phone = {case}, version = {case} WHERE {rows}")
}

/// Locks the rows of a batch, for Diesel.
pub(crate) fn lock_contacts(contacts: &[Contact]) -> BoxedSqlQuery<'_, Mysql, SqlQuery> {
    let mut lock = diesel::sql_query(lock_all(contacts.len())).into_boxed();
    for contact in contacts {
        lock = lock.bind::<Integer, _>(contact.id);
    }
    lock
}

/// Writes some rows of a batch, for Diesel.
pub(crate) fn update_contacts(contacts: &[Contact]) -> BoxedSqlQuery<'_, Mysql, SqlQuery> {
    let mut update = diesel::sql_query(update_all(contacts.len())).into_boxed();
    for contact in contacts {
        update = update
            .bind::<Integer, _>(contact.id)
            .bind::<Text, _>(&contact.name);
    }
    for contact in contacts {
        update = update
            .bind::<Integer, _>(contact.id)
            .bind::<Nullable<Text>, _>(&contact.phone);
    }
    for contact in contacts {
        update = update
            .bind::<Integer, _>(contact.id)
            .bind::<BigInt, _>(contact.version + 1);
    }
    for contact in contacts {
        update = update
            .bind::<Integer, _>(contact.id)
            .bind::<BigInt, _>(contact.version);
    }
    update
}

//! What Diesel itself costs: statements written by hand, which its connection keeps prepared as it keeps optlock's.

use crate::contacts::{Contact, contacts};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel::sqlite::Sqlite;

/// The UPDATE of a save. `diesel::update` would prepare it each time.
struct Update<'a>(&'a Contact);

/// The UPDATE of the version alone.
struct Touch<'a>(&'a Contact);

impl QueryFragment<Sqlite> for Update<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE contacts SET name = ");
        out.push_bind_param::<Text, _>(&self.0.name)?;
        out.push_sql(", phone = ");
        out.push_bind_param::<Nullable<Text>, _>(&self.0.phone)?;
        out.push_sql(", version = 1 + ");
        out.push_bind_param::<BigInt, _>(&self.0.version)?;
        row(self.0, out)
    }
}

impl QueryFragment<Sqlite> for Touch<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE contacts SET version = 1 + ");
        out.push_bind_param::<BigInt, _>(&self.0.version)?;
        row(self.0, out)
    }
}

fn row<'b>(contact: &'b Contact, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
    out.push_sql(" WHERE id = ");
    out.push_bind_param::<Integer, _>(&contact.id)?;
    out.push_sql(" AND version = ");
    out.push_bind_param::<BigInt, _>(&contact.version)
}

impl QueryId for Update<'_> {
    type QueryId = Update<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for Touch<'_> {
    type QueryId = Touch<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<SqliteConnection> for Update<'_> {}
impl RunQueryDsl<SqliteConnection> for Touch<'_> {}

pub(crate) fn save(conn: &mut SqliteConnection, contact: &mut Contact) -> QueryResult<()> {
    let rows = Update(contact).execute(conn)?;
    contact.version += 1;
    one(rows)
}

pub(crate) fn touch(conn: &mut SqliteConnection, contact: &mut Contact) -> QueryResult<()> {
    let rows = Touch(contact).execute(conn)?;
    contact.version += 1;
    one(rows)
}

pub(crate) fn delete(conn: &mut SqliteConnection, contact: &Contact) -> QueryResult<()> {
    let row = contacts::table.find(contact.id);
    let row = row.filter(contacts::version.eq(contact.version));
    one(diesel::delete(row).execute(conn)?)
}

/// The version that a save has not found. It is an error if there is none such.
pub(crate) fn conflict(conn: &mut SqliteConnection, contact: &Contact) -> QueryResult<i64> {
    let rows = Update(contact).execute(conn)?;
    assert_eq!(rows, 0, "no conflict");
    let row = contacts::table.find(contact.id);
    // Not `first`, of which the LIMIT would be prepared each time.
    row.select(contacts::version).get_result(conn)
}

fn one(rows: usize) -> QueryResult<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(diesel::NotFound)
    }
}

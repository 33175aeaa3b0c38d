//! The form that fits each model and each database: the single statement, prepared once, for each
//! row, after the rows are locked in the order of their keys.

use super::form::{DeleteRows, Rows, SaveRows, Written, failed, in_transaction};
use super::lock::{LockRows, most_at_once};
use super::rows::KeyColumns;
use crate::backend::{Database, Dialect, DieselConnection, Spelling};
use crate::columns::{Columns, EachColumn, VersionedColumns};
use crate::statement::{CheckedStatements, Run};
use crate::{Error, Versioned};
use diesel::QuerySource;
use diesel::connection::Connection;
use diesel::deserialize::FromSql;
use diesel::query_builder::QueryFragment;
use diesel::query_dsl::RunQueryDsl as _;
use diesel::result::{EmptyChangeset, Error as DieselError, QueryResult};
use diesel::sql_types::{HasSqlType, Integer};

/// One statement for each row: that of a single save, which is prepared once. The rows are locked
/// first, in the order of their keys, by as few statements as the number of binds allows.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

#[diagnostic::do_not_recommend]
impl<M, C> SaveRows<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Run<C>>,
{
    fn save_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        in_transaction(conn, |conn| {
            M::lock_all(rows.models(), &Spelling::ExclusiveLock, conn)?;
            each(rows, |model, expected| {
                model.checked_update(expected).run(conn)
            })
        })
    }
}

#[diagnostic::do_not_recommend]
impl<M, C> DeleteRows<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Run<C>>,
{
    fn delete_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        in_transaction(conn, |conn| {
            M::lock_all(rows.models(), &Spelling::DeletionLock, conn)?;
            each(rows, |model, expected| {
                model.checked_delete(expected).run(conn)
            })
        })
    }
}

fn each<M: Versioned>(
    rows: &Rows<'_, M>,
    mut write: impl FnMut(&M, M::Version) -> QueryResult<usize>,
) -> Result<Written, Error> {
    let mut missed = Vec::new();
    for (position, (model, expected)) in rows.iter().enumerate() {
        match write(model, expected.clone()) {
            Ok(1) => {}
            Ok(0) => missed.push(position),
            Ok(rows) => return Err(Error::key_not_unique(model, rows)),
            // Nothing was sent: embedded structs of optional fields that are all `None`.
            Err(DieselError::QueryBuilderError(error)) if error.is::<EmptyChangeset>() => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(Written::all_but(missed))
}

/// Can the rows of many models be locked on the connection `C`?
pub trait LockAll<C>: Versioned {
    /// Locks them in the order of their keys, as far as the database locks rows.
    fn lock_all(models: &[&Self], lock: &'static Spelling, conn: &mut C) -> Result<(), Error>;
}

impl<M, C> LockAll<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    C::Backend: HasSqlType<Integer> + 'static,
    i32: FromSql<Integer, C::Backend>,
    M: Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
{
    fn lock_all(models: &[&M], lock: &'static Spelling, conn: &mut C) -> Result<(), Error> {
        // The first write locks the whole database.
        if Database::of(conn).map_err(failed)? == Database::Sqlite {
            return Ok(());
        }
        let mut keys = KeyColumns::<'_, M>::default();
        for model in models {
            model.key_columns().push_to(&mut keys);
        }
        let chunk = most_at_once::<_, C::Backend>(&keys)?;
        for start in (0..models.len()).step_by(chunk) {
            let statement = LockRows::<M::Table, _> {
                table: M::Table::default().from_clause(),
                keys: &keys,
                rows: start..models.len().min(start + chunk),
                lock,
            };
            statement.load::<i32>(conn).map_err(failed)?;
        }
        Ok(())
    }
}

//! The form that fits each model and each database: the single statement, prepared once, for each
//! row, after the rows are locked in the order of their keys.

use super::form::{DeleteRows, Rows, SaveRows, Written, failed, in_transaction};
use super::lock::{LockRows, SameRow, most_at_once};
use super::rows::KeyColumns;
use super::walk::are_integers;
use crate::backend::{Database, Dialect, DieselConnection, Spelling};
use crate::columns::{Columns, EachColumn, VersionedColumns};
use crate::operation::methods::Explain;
use crate::operation::newest;
use crate::scope::{Condition, Scope as _};
use crate::statement::{CheckedStatements, Run, WriteLock};
use crate::{Error, VersionToken as _, Versioned};
use diesel::QuerySource;
use diesel::connection::Connection;
use diesel::deserialize::FromSql;
use diesel::query_builder::QueryFragment;
use diesel::query_dsl::RunQueryDsl as _;
use diesel::result::{EmptyChangeset, Error as DieselError, QueryResult};
use diesel::sql_types::{HasSqlType, Integer};
use std::collections::HashMap;

/// One statement for each row: that of a single save, which is prepared once. The rows are locked
/// first, in the order of their keys, by as few statements as the number of binds allows. If two keys
/// can be one to the database, the version of each row is read before the first is written.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

#[diagnostic::do_not_recommend]
impl<M, C> SaveRows<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + Explain<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Run<C>>,
{
    fn save_rows(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        in_transaction(conn, |conn| {
            let looks = M::may_share_a_row()?;
            M::lock_all(rows.models(), &Spelling::ExclusiveLock, looks, conn)?;
            if looks {
                // The first of two keys of one row would else make the version that the second expects.
                let stale = find_stale(rows, conn)?;
                if !stale.is_empty() {
                    return Ok(Written::AllBut(stale));
                }
            }
            each::<C::Backend, _>(rows, |model, expected| {
                model.checked_update(expected).run_update(conn)
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
            M::lock_all(rows.models(), &Spelling::DeletionLock, false, conn)?;
            each::<C::Backend, _>(rows, |model, expected| {
                model.checked_delete(expected).run(conn)
            })
        })
    }
}

/// The slowest way to delete rows, of each form: for rows that the database may delete along with others of
/// them (`ON DELETE CASCADE`), so that some are gone when their turn comes.
///
/// It is asked of the form, which follows from the connection: a model that lacks something is then reported
/// with the connection's name.
pub trait DeleteCascading<M: Versioned, C> {
    /// Compares all versions before it deletes the first row.
    fn delete_cascading(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>;
}

impl<Form, M, C> DeleteCascading<M, C> for Form
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + Explain<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Run<C>>,
{
    fn delete_cascading(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        in_transaction(conn, |conn| {
            M::lock_all(rows.models(), &Spelling::DeletionLock, true, conn)?;
            let stale = find_stale(rows, conn)?;
            if !stale.is_empty() {
                return Ok(Written::AllBut(stale));
            }
            each::<C::Backend, _>(rows, |model, expected| {
                match model.checked_delete(expected).run(conn) {
                    Ok(0) => Ok(usize::from(version(model, conn)?.is_none())),
                    result => result,
                }
            })
        })
    }
}

/// Which rows do not have the expected version, in its spelling? Asked of rows that are locked.
pub(super) fn find_stale<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: Dialect>,
    M: Explain<C>,
{
    let mut stale = Vec::new();
    for (position, (model, expected)) in rows.iter().enumerate() {
        let found = version(model, conn).map_err(failed::<C::Backend>)?;
        let is_expected = |found: &M::Version| found == expected && found.is_same_text(expected);
        if !found.as_ref().is_some_and(is_expected) {
            stale.push(position);
        }
    }
    Ok(stale)
}

fn version<M, C>(model: &M, conn: &mut C) -> QueryResult<Option<M::Version>>
where
    C: Connection<Backend: Dialect>,
    M: Explain<C>,
{
    let (plain, locked) = (M::plain_version, M::locked_version);
    newest(
        conn,
        |_| false,
        |conn| plain(model, conn),
        |conn| locked(model, conn),
    )
}

fn each<DB: Dialect, M: Versioned>(
    rows: &Rows<'_, M>,
    mut write: impl FnMut(&M, M::Version) -> QueryResult<usize>,
) -> Result<Written, Error> {
    let (mut missed, mut unsent) = (Vec::new(), Vec::new());
    for (position, (model, expected)) in rows.iter().enumerate() {
        match write(model, expected.clone()) {
            Ok(1) => {}
            Ok(0) => missed.push(position),
            Ok(rows) => return Err(Error::key_not_unique(model, rows)),
            Err(DieselError::QueryBuilderError(error)) if error.is::<EmptyChangeset>() => {
                unsent.push(position);
            }
            Err(error) => return Err(failed::<DB>(error)),
        }
    }
    Ok(if missed.is_empty() {
        Written::All { unsent }
    } else {
        Written::AllBut(missed)
    })
}

/// Can the rows of many models be found by their keys, and locked, on the connection `C`?
pub trait LockAll<C>: Versioned {
    /// Locks them in the order of their keys, as far as the database locks rows. A database that is locked
    /// by its first write is left to the write that follows, unless the rows are read before.
    fn lock_all(
        models: &[&Self],
        lock: &'static Spelling,
        is_read_first: bool,
        conn: &mut C,
    ) -> Result<(), Error>;

    /// Can the database call two keys equal that are not equal in Rust, 'amy' and 'AMY' for example?
    fn may_share_a_row() -> Result<bool, Error>;
}

/// Whose row is it? Asked of the form of a batch, as [`DeleteCascading`] is.
pub trait SharesRow<M, C> {
    /// Is the row of the model at `index` that of another one too?
    fn shares_its_row(models: &[M], index: usize, conn: &mut C) -> Result<bool, Error>;
}

impl<M, C> LockAll<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    C::Backend: HasSqlType<Integer> + 'static,
    i32: FromSql<Integer, C::Backend>,
    M: Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
    Condition<M::Scope>: QueryFragment<C::Backend>,
    WriteLock<M::Table, M::VersionColumn>: Run<C>,
{
    fn lock_all(
        models: &[&M],
        lock: &'static Spelling,
        is_read_first: bool,
        conn: &mut C,
    ) -> Result<(), Error> {
        if Database::of(conn).map_err(failed::<C::Backend>)? == Database::Sqlite {
            if is_read_first {
                let lock = WriteLock::<M::Table, M::VersionColumn>::new();
                lock.run(conn).map_err(failed::<C::Backend>)?;
            }
            return Ok(());
        }
        for models in by_scope(models) {
            let (keys, scope) = (keys_of(models.iter().copied()), condition_of(models[0]));
            let chunk = most_at_once::<_, C::Backend>(&keys)?;
            for start in (0..models.len()).step_by(chunk) {
                let statement = LockRows::<M::Table, _, _> {
                    table: M::Table::default().from_clause(),
                    keys: &keys,
                    rows: start..models.len().min(start + chunk),
                    scope: &scope,
                    lock,
                };
                statement.load::<i32>(conn).map_err(failed::<C::Backend>)?;
            }
        }
        Ok(())
    }

    fn may_share_a_row() -> Result<bool, Error> {
        Ok(!are_integers::<_, C::Backend>(
            &KeyColumns::<'_, M>::default(),
        )?)
    }
}

impl<Form, M, C> SharesRow<M, C> for Form
where
    C: DieselConnection<Backend: Dialect>,
    C::Backend: HasSqlType<Integer> + 'static,
    i32: FromSql<Integer, C::Backend>,
    M: LockAll<C> + Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
    Condition<M::Scope>: QueryFragment<C::Backend>,
{
    fn shares_its_row(models: &[M], index: usize, conn: &mut C) -> Result<bool, Error> {
        /// SQLite takes up to a thousand alternatives.
        const AT_ONCE: usize = 500;

        if !M::may_share_a_row()? {
            return Ok(false);
        }
        let model = &models[index];
        let others: Vec<_> = models
            .iter()
            .enumerate()
            .filter(|(other, value)| *other != index && value.scope() == model.scope())
            .map(|(_, value)| value)
            .collect();
        let (key, scope) = (keys_of(std::iter::once(model)), condition_of(model));
        let keys = keys_of(others.iter().copied());
        for start in (0..others.len()).step_by(AT_ONCE) {
            let statement = SameRow::<M::Table, _, _> {
                table: M::Table::default().from_clause(),
                key: &key,
                others: &keys,
                rows: start..others.len().min(start + AT_ONCE),
                scope: &scope,
            };
            if !statement
                .load::<i32>(conn)
                .map_err(failed::<C::Backend>)?
                .is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The models of each scope, which one statement can name.
fn by_scope<'a, M: Versioned>(models: &[&'a M]) -> Vec<Vec<&'a M>> {
    let mut groups: Vec<Vec<&M>> = Vec::new();
    let mut group_of = HashMap::new();
    for model in models {
        let group = *group_of.entry(model.scope()).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(model);
    }
    groups
}

fn condition_of<M: Versioned>(model: &M) -> Condition<M::Scope> {
    model.scope().condition()
}

fn keys_of<'a, M>(models: impl Iterator<Item = &'a M>) -> KeyColumns<'a, M>
where
    M: VersionedColumns<'a, Key: Columns> + 'a,
{
    let mut keys = KeyColumns::<'a, M>::default();
    for model in models {
        model.key_columns().push_to(&mut keys);
    }
    keys
}

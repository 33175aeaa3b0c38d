//! The form that fits each model and each database: the single statement, prepared once, for each
//! row, after the rows are locked in the order of their keys.

use super::index::{Access, IndexColumn, find_access};
use super::lock::{LockRows, SameRow};
use super::lookup::{Lookup, RowsByKey, TableName};
use super::pieces::AnyColumns;
use super::rows::{KeyColumns, Rows};
use super::strategy::{DeleteMany, SaveMany, Written, end, failed};
use crate::backend::{Database, Dialect, DieselConnection, Phrase};
use crate::columns::{Columns, EachColumn, VersionedColumns};
use crate::error::{AnyRow, Error};
use crate::executes::{Execute, Fetch, RowsOf, database_of, execute};
use crate::operation::{OfVersion, ReadRow};
use crate::scope::{Condition, Scope as _, ScopeCondition};
use crate::statement::{CheckedStatements, Walk, WriteLock};
use crate::token::VersionToken as _;
use crate::transaction::Open;
use crate::versioned::Versioned;
use diesel::QuerySource;
use diesel::connection::Connection;
use diesel::query_builder::QueryFragment;
use diesel::result::{DatabaseErrorKind, EmptyChangeset, Error as DieselError, QueryResult};
use diesel::sql_types::{Integer, Untyped};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// One statement for each row: that of a single save, which is prepared once. The rows are locked
/// first, in the order of their keys, by as few statements as the number of binds allows. If two rows
/// of the batch can be one to the database, the version of each is read before the first is written.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

#[diagnostic::do_not_recommend]
impl<M, C> SaveMany<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    fn save_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut transaction = Open::atomic(conn)?;
        let written = lock_and_save(rows, transaction.conn());
        end(transaction, written)
    }
}

fn lock_and_save<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    // Two scopes can be one to a collation, as two keys can.
    let looks = M::may_share_a_row()? || rows.scope().is_none();
    M::lock_all(rows.models(), &Phrase::ExclusiveLock, looks, conn)?;
    // The first of two keys of one row would make the version that the second expects.
    let stale = if looks {
        find_stale(rows, conn)?
    } else {
        Vec::new()
    };
    let mut tally = Tally::default();
    for &row in &stale {
        // A row with nothing to send is no conflict, and only its statement says that it is one.
        match save_row(rows, row, conn)? {
            RowEffect::Unsent => tally.unsent.push(row),
            RowEffect::Written | RowEffect::Missed => tally.missed.push(row),
        }
    }
    if tally.missed.is_empty() {
        let is_left = |row: &usize| stale.binary_search(row).is_err();
        for row in (0..rows.models().len()).filter(is_left) {
            tally.add(row, save_row(rows, row, conn)?);
        }
    }
    Ok(tally.into_written())
}

#[diagnostic::do_not_recommend]
impl<M, C> DeleteMany<M, C> for OneByOne
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    fn delete_many(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut transaction = Open::atomic(conn)?;
        let written = lock_and_delete(rows, transaction.conn());
        end(transaction, written)
    }
}

fn lock_and_delete<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    M::lock_all(rows.models(), &Phrase::DeletionLock, false, conn)?;
    delete_in_order(rows, 0..rows.models().len(), conn)
}

/// The slowest way to delete rows, of each strategy: for rows that the database may delete along with others of
/// them (`ON DELETE CASCADE`), so that some are gone when their turn comes.
///
/// It is asked of the strategy, which follows from the connection: a model that lacks something is then reported
/// with the connection's name.
pub trait DeleteCascading<M: Versioned, C> {
    /// Compares all versions before it deletes the first row, and then looks for an order in which each row
    /// is there when its turn comes.
    fn delete_cascading(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>;
}

impl<Strategy, M, C> DeleteCascading<M, C> for Strategy
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    fn delete_cascading(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error> {
        let mut transaction = Open::atomic(conn)?;
        let written = lock_and_delete_cascading(rows, transaction.conn());
        end(transaction, written)
    }
}

fn lock_and_delete_cascading<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: LockAll<C> + ReadRow<OfVersion, C>,
    M: for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    M::lock_all(rows.models(), &Phrase::DeletionLock, true, conn)?;
    let stale = find_stale(rows, conn)?;
    if !stale.is_empty() {
        return Ok(Written::AllBut(stale));
    }
    // A row that is not found any more is not taken for a deleted one: a trigger may have given it another
    // key, or moved it out of its scope. Each must be deleted by its own statement.
    //
    // Each attempt puts the rows that were missed, and so came behind one that takes them along, in front. Then
    // the rows of the top are behind all others, then those of the next level, and so on: there are at most
    // as many attempts as rows. One for most trees, in which those of the top come first: hence in reverse. A
    // row that another one refers to, and which must therefore come later, goes behind all others, once.
    let mut order: Vec<usize> = (0..rows.models().len()).rev().collect();
    let (mut seen, mut postponed) = (HashSet::new(), HashSet::new());
    loop {
        let mut current = 0;
        let rows_in_order = order.iter().copied().inspect(|&row| current = row);
        let mut attempt = Open::atomic(conn)?;
        let written = delete_in_order(rows, rows_in_order, attempt.conn());
        match end(attempt, written) {
            Ok(Written::AllBut(missed)) => {
                if !seen.insert(missed.clone()) || seen.len() > order.len() {
                    return Ok(Written::AllBut(missed));
                }
                let is_missed = |row: &usize| missed.binary_search(row).is_ok();
                let (first, last): (Vec<_>, Vec<_>) = order.into_iter().partition(is_missed);
                order = first.into_iter().rev().chain(last).collect();
            }
            Err(error) if is_refusal(&error) && postponed.insert(current) => {
                order.retain(|&row| row != current);
                order.push(current);
            }
            written => return written,
        }
    }
}

/// Did the database refuse the statement, as it does where another row refers to this one? (SQLite's `ON DELETE
/// RESTRICT` has no kind of its own.)
fn is_refusal(error: &Error) -> bool {
    use DatabaseErrorKind::{ForeignKeyViolation, RestrictViolation, Unknown};
    matches!(
        error,
        Error::Database(DieselError::DatabaseError(
            ForeignKeyViolation | RestrictViolation | Unknown,
            _
        )) if !(error.is_conflict() || error.is_transient())
    )
}

/// Which rows do not have the expected version, in its spelling? Asked of rows that are locked.
pub(super) fn find_stale<M, C>(rows: &Rows<'_, M>, conn: &mut C) -> Result<Vec<usize>, Error>
where
    C: Connection<Backend: Dialect>,
    M: ReadRow<OfVersion, C>,
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
    M: ReadRow<OfVersion, C>,
{
    model.newest_row(&|_| false, conn)
}

fn delete_in_order<M, C>(
    rows: &Rows<'_, M>,
    order: impl Iterator<Item = usize>,
    conn: &mut C,
) -> Result<Written, Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    let mut tally = Tally::default();
    for row in order {
        tally.add(row, delete_row(rows, row, conn)?);
    }
    Ok(tally.into_written())
}

/// What the statement of a row did.
enum RowEffect {
    Written,
    Missed,
    /// There was nothing to send.
    Unsent,
}

fn save_row<M, C>(rows: &Rows<'_, M>, row: usize, conn: &mut C) -> Result<RowEffect, Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Update: Execute<C>>,
{
    let (model, expected) = rows.get(row);
    let result = model.checked_update(expected.clone()).send_update(conn);
    row_effect::<C::Backend>(model, result)
}

fn delete_row<M, C>(rows: &Rows<'_, M>, row: usize, conn: &mut C) -> Result<RowEffect, Error>
where
    C: Connection<Backend: Dialect>,
    M: Versioned + for<'a> CheckedStatements<'a, M::Version, Delete: Execute<C>>,
{
    let (model, expected) = rows.get(row);
    let result = model.checked_delete(expected.clone()).send(conn);
    row_effect::<C::Backend>(model, result)
}

/// The effect of the statement of `model`, by its result.
fn row_effect<DB: Dialect>(
    row: &dyn AnyRow,
    result: QueryResult<usize>,
) -> Result<RowEffect, Error> {
    match result {
        Ok(1) => Ok(RowEffect::Written),
        Ok(0) => Ok(RowEffect::Missed),
        Ok(rows) => Err(Error::key_not_unique(row, rows)),
        Err(DieselError::QueryBuilderError(error)) if error.is::<EmptyChangeset>() => {
            Ok(RowEffect::Unsent)
        }
        Err(error) => Err(failed::<DB>(error)),
    }
}

/// The rows that were not written.
#[derive(Default)]
struct Tally {
    missed: Vec<usize>,
    unsent: Vec<usize>,
}

impl Tally {
    fn add(&mut self, row: usize, effect: RowEffect) {
        match effect {
            RowEffect::Written => {}
            RowEffect::Missed => self.missed.push(row),
            RowEffect::Unsent => self.unsent.push(row),
        }
    }

    fn into_written(mut self) -> Written {
        self.missed.sort_unstable();
        self.unsent.sort_unstable();
        if self.missed.is_empty() {
            Written::All {
                unsent: self.unsent,
            }
        } else {
            Written::AllBut(self.missed)
        }
    }
}

/// Can the rows of many models be found by their keys, and locked, on the connection `C`?
pub trait LockAll<C>: Versioned {
    /// Locks them in the order of their keys, as far as the database locks rows. A database that is locked
    /// by its first write is left to the write that follows, unless the rows are read before.
    fn lock_all(
        models: &[&Self],
        lock: &'static Phrase,
        is_read_first: bool,
        conn: &mut C,
    ) -> Result<(), Error>;

    /// Can the database call two keys of one scope equal that are not equal in Rust, 'amy' and 'AMY' for
    /// example?
    fn may_share_a_row() -> Result<bool, Error>;
}

/// Whose row is it? Asked of the strategy of a batch, as [`DeleteCascading`] is.
pub trait SharesRow<M, C> {
    /// Is the row of the model at `index` that of another one too?
    fn shares_its_row(models: &[M], index: usize, conn: &mut C) -> Result<bool, Error>;
}

impl<M, C> LockAll<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
    Condition<M::Scope>: ScopeCondition<C::Backend>,
    WriteLock<M::Table, M::VersionColumn>: Walk<C::Backend>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
    RowsOf<Untyped>: Fetch<C::Backend, C, IndexColumn>,
{
    fn lock_all(
        models: &[&M],
        lock: &'static Phrase,
        is_read_first: bool,
        conn: &mut C,
    ) -> Result<(), Error> {
        let write_lock = WriteLock::<M::Table, M::VersionColumn>::new();
        if !C::Backend::LOCKS_ROWS {
            return lock_by_writing(&write_lock, is_read_first, conn);
        }
        let database = database_of(conn).map_err(failed::<C::Backend>)?;
        if database == Database::Sqlite {
            return lock_by_writing(&write_lock, is_read_first, conn);
        }
        let table = TableName::<M::Table>::new();
        let mut access = None;
        for rows in by_scope(models.iter().map(|model| model.scope()).collect()) {
            let of_scope = rows.iter().map(|&row| models[row]);
            let (keys, scope) = (keys_of(of_scope), condition_of(models[rows[0]]));
            let of_scope = RowsByKey {
                table: &table,
                keys: AnyColumns::of(&keys)?,
                scope: &scope,
            };
            if access.is_none() {
                let found = find_access(database, &of_scope, conn);
                access = Some(found.map_err(failed::<C::Backend>)?);
            }
            let access = access.as_ref().unwrap_or(&Access::Any);
            lock_rows(Lookup::new(&of_scope, access), rows.len(), lock, conn)?;
        }
        Ok(())
    }

    fn may_share_a_row() -> Result<bool, Error> {
        let keys = KeyColumns::<'_, M>::default();
        Ok(!AnyColumns::<C::Backend>::of(&keys)?.are_integers())
    }
}

/// Takes the lock of a database that locks no rows, before a read.
fn lock_by_writing<C>(
    write_lock: &dyn Walk<C::Backend>,
    is_read_first: bool,
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
{
    if is_read_first {
        execute(write_lock, conn).map_err(failed::<C::Backend>)?;
    }
    Ok(())
}

fn lock_rows<C>(
    lookup: Lookup<'_, C::Backend>,
    rows: usize,
    lock: &'static Phrase,
    conn: &mut C,
) -> Result<(), Error>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    let chunk = lookup.most_at_once();
    for start in (0..rows).step_by(chunk) {
        let statement = LockRows {
            lookup,
            rows: start..rows.min(start + chunk),
            lock,
        };
        RowsOf::<Integer>::fetch_all(&statement, conn).map_err(failed::<C::Backend>)?;
    }
    Ok(())
}

impl<Strategy, M, C> SharesRow<M, C> for Strategy
where
    C: DieselConnection<Backend: Dialect>,
    M: LockAll<C> + Versioned<Table: Default>,
    M: for<'a> VersionedColumns<'a, Key: Columns<Many: EachColumn<C::Backend>>>,
    <M::Table as QuerySource>::FromClause: QueryFragment<C::Backend>,
    Condition<M::Scope>: ScopeCondition<C::Backend>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    fn shares_its_row(models: &[M], index: usize, conn: &mut C) -> Result<bool, Error> {
        let model = &models[index];
        let (key, scope) = (keys_of(std::iter::once(model)), condition_of(model));
        let table = TableName::<M::Table>::new();
        let one = RowsByKey {
            table: &table,
            keys: AnyColumns::of(&key)?,
            scope: &scope,
        };
        let own = model.scope();
        // Of one scope two integers are never one key.
        let is_asked = M::may_share_a_row()?;
        for rows in by_scope(models.iter().map(Versioned::scope).collect()) {
            if !is_asked && models[rows[0]].scope() == own {
                continue;
            }
            let others = rows.iter().filter(|&&row| row != index);
            let keys = keys_of(others.map(|&row| &models[row]));
            let scope = condition_of(&models[rows[0]]);
            let others = RowsByKey {
                table: &table,
                keys: AnyColumns::of(&keys)?,
                scope: &scope,
            };
            let count = rows.len() - usize::from(rows.contains(&index));
            if is_row_of_another(&one, &others, count, conn)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Is the row of the key `one` that of one of the others?
fn is_row_of_another<C>(
    one: &RowsByKey<'_, C::Backend>,
    others: &RowsByKey<'_, C::Backend>,
    count: usize,
    conn: &mut C,
) -> Result<bool, Error>
where
    C: Connection<Backend: Dialect>,
    RowsOf<Integer>: Fetch<C::Backend, C, i32>,
{
    const AT_ONCE: usize = 500;

    for start in (0..count).step_by(AT_ONCE) {
        let statement = SameRow {
            one: Lookup::new(one, &Access::Any),
            others: Lookup::new(others, &Access::Any),
            rows: start..count.min(start + AT_ONCE),
        };
        let found = RowsOf::<Integer>::fetch_all(&statement, conn);
        if !found.map_err(failed::<C::Backend>)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The positions of the rows of each scope, in an order of scopes that is the same for each client.
fn by_scope<S: Eq + Hash>(scopes: Vec<S>) -> Vec<Vec<usize>> {
    let mut groups = HashMap::<S, Vec<usize>>::new();
    for (row, scope) in scopes.into_iter().enumerate() {
        groups.entry(scope).or_default().push(row);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // A scope has no order, but a hash that is the same in each process.
    groups.sort_by_cached_key(|(scope, _)| {
        let mut hasher = DefaultHasher::new();
        scope.hash(&mut hasher);
        hasher.finish()
    });
    groups.into_iter().map(|(_, rows)| rows).collect()
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

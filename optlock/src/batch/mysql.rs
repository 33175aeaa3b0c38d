//! MySQL and MariaDB: the rows are locked first, and then written by a statement for each 256 of
//! them.

use super::pieces::ManyColumns;
use super::rows::{Rows, SetColumns, versions_of};
use super::strategy::{DeleteMany, SaveMany, Writes};
use crate::columns::{ColumnValue, Columns, EachColumn, VersionedColumns, is_nullable};
use crate::versioned::Versioned;
use diesel::expression::Expression;
use diesel::mysql::Mysql;
use diesel::sql_types::SqlType;

/// The rows are locked in the order of their keys, and counted; then `UPDATE t SET a = CASE key WHEN ? THEN ?
/// WHEN ? THEN ? .. END, .. WHERE (key, version) IN ((?, ?), ..)` writes a chunk of them, or for keys that
/// are no integers a longer form of the same.
///
/// If there is one row for each key, the number of rows that a chunk writes says whether each had the
/// expected version.
#[derive(Debug, Clone, Copy)]
pub struct Cases;

/// The save of many rows.
#[derive(Debug)]
pub struct SaveCases;

/// The delete of many rows.
#[derive(Debug)]
pub struct DeleteCases;

#[diagnostic::do_not_recommend]
impl<M> SaveMany<M, Mysql> for Cases
where
    M: Versioned,
    SaveCases: Writes<M, Mysql>,
{
    type Writes = SaveCases;
}

#[diagnostic::do_not_recommend]
impl<M> DeleteMany<M, Mysql> for Cases
where
    M: Versioned,
    DeleteCases: Writes<M, Mysql>,
{
    type Writes = DeleteCases;
}

#[diagnostic::do_not_recommend]
impl<M> Writes<M, Mysql> for SaveCases
where
    M: Versioned + for<'a> VersionedColumns<'a, Set: Columns<Many: EachColumn<Mysql>>>,
    DeleteCases: Writes<M, Mysql>,
{
    fn expected<'r>(
        rows: Rows<'r, M>,
        chunk: &[usize],
    ) -> Option<Box<dyn ManyColumns<Mysql> + 'r>> {
        DeleteCases::expected(rows, chunk)
    }

    fn set<'r>(rows: Rows<'r, M>, chunk: &[usize]) -> Option<Box<dyn ManyColumns<Mysql> + 'r>> {
        let mut set = SetColumns::<'_, M>::default();
        for &row in chunk {
            rows.model(row).set_columns().push_to(&mut set);
        }
        Some(Box::new(set))
    }

    fn is_nullable() -> bool {
        DeleteCases::is_nullable()
    }
}

#[diagnostic::do_not_recommend]
impl<M> Writes<M, Mysql> for DeleteCases
where
    M: Versioned<VersionColumn: Expression<SqlType: SqlType<IsNull: 'static>>>,
    ColumnValue<M::VersionColumn, M::Version>: Columns<Many: EachColumn<Mysql>>,
{
    fn expected<'r>(
        rows: Rows<'r, M>,
        chunk: &[usize],
    ) -> Option<Box<dyn ManyColumns<Mysql> + 'r>> {
        Some(Box::new(versions_of(rows, chunk.iter().copied())))
    }

    fn is_nullable() -> bool {
        is_nullable::<M::VersionColumn>()
    }
}

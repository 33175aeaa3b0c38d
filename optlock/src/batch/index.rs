//! The index by which MySQL and MariaDB look the rows of a batch up.
//!
//! Left alone, these servers look many rows up by any index that they find cheaper, and lock all that they
//! read: the rows of the scope, or those whose composite key begins with the same value. An index beside
//! that of the key, `(tenant_id, version)` for example, holds all that the lock of a row asks for, and is
//! cheaper from about a fifth of those rows on.

use super::facts::{BatchFacts, OfScope};
use super::lookup::Access;
use super::needs::Batches;
use super::strategy::failed;
use crate::backend::{Database, Dialect};
use crate::error::Error;
use crate::executes::Wire;
use crate::statement::Walk;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Nullable, Text};

/// How `database` finds these rows, of one scope, by their keys.
///
/// **Sends** `SHOW INDEX FROM table` on MySQL and MariaDB, if the model has a scope or a composite key: only
/// then is there another index for the same rows.
pub(super) async fn find_access<R, X>(
    database: Database,
    rows: &R,
    positions: &[usize],
    conn: &mut Wire<'_, X>,
) -> Result<Access, Error>
where
    X: Batches,
    R: BatchFacts<X::Backend> + ?Sized,
{
    let names = Names::of(rows, positions[0]).map_err(failed::<X::Backend>)?;
    if names.is_key_alone || database != Database::Mysql {
        return Ok(Access::Any);
    }
    let indexes = conn.fetch_all::<X::Indexes, _>(Box::new(ShowIndex(rows.table())));
    let found = indexes.await.map_err(failed::<X::Backend>)?;
    Ok(choose(found, &names.key, &names.scope))
}

/// The columns by which rows are found.
struct Names {
    key: Vec<&'static str>,
    /// Those that have one value which is not NULL.
    scope: Vec<&'static str>,
    /// The key has one column, and there is no scope.
    is_key_alone: bool,
}

impl Names {
    fn of<DB, R>(rows: &R, row: usize) -> QueryResult<Self>
    where
        DB: Dialect,
        R: BatchFacts<DB> + ?Sized,
    {
        let one = OfScope::new(rows, &[row]);
        let one = one.by_key()?;
        let key = one.keys.names();
        let mut scope = Vec::new();
        one.scope.add_columns(&mut scope);
        Ok(Self {
            is_key_alone: one.scope.is_empty() && key.len() == 1,
            key,
            scope,
        })
    }
}

/// The primary key, if it consists of the known columns, or another unique index that does; and else the one
/// that begins with the most of them, among which a column of the key must be.
fn choose(mut columns: Vec<IndexColumn>, keys: &[&str], scope: &[&str]) -> Access {
    columns.sort_by(|a, b| (&a.index, a.position).cmp(&(&b.index, b.position)));
    let best = columns
        .chunk_by(|a, b| a.index == b.index)
        .filter_map(|index| {
            let known = index
                .iter()
                .zip(1..)
                // Columns that the user may not see are left out.
                .take_while(|(column, position)| column.position == *position)
                .take_while(|(column, _)| column.is_in(keys) || column.is_in(scope))
                .count();
            let has_key = index[..known].iter().any(|column| column.is_in(keys));
            let first = &index[0];
            let is_exact = known == index.len() && first.is_unique;
            let is_primary = is_exact && first.index == PRIMARY;
            has_key.then_some(((is_exact, is_primary, known), &index[..known]))
        })
        .max_by_key(|(rank, _)| *rank);
    match best {
        None => Access::Any,
        Some((_, known)) if known[0].is_in(keys) => Access::ByKey(known[0].index.clone()),
        Some((_, known)) => {
            let is_missed = |key: &&str| !known.iter().any(|column| column.is_in(&[key]));
            let missed = keys.iter().copied().filter(is_missed).map(str::to_owned);
            let known_columns = known.iter().filter_map(|column| column.column.clone());
            Access::ByScope {
                index: known[0].index.clone(),
                columns: known_columns.chain(missed).collect(),
            }
        }
    }
}

/// What the servers call the index of the primary key.
const PRIMARY: &str = "PRIMARY";

/// A column of an index.
#[derive(Debug)]
pub(crate) struct IndexColumn {
    index: String,
    is_unique: bool,
    /// From 1 on.
    position: i64,
    /// The whole column, and no expression or part of it.
    column: Option<String>,
}

impl<DB> QueryableByName<DB> for IndexColumn
where
    DB: Backend,
    i64: FromSql<BigInt, DB>,
    String: FromSql<Text, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let part = NamedRow::get::<Nullable<BigInt>, Option<i64>>(row, "Sub_part")?;
        let column = NamedRow::get::<Nullable<Text>, Option<String>>(row, "Column_name")?;
        // MariaDB has the one column, and MySQL the other one. An index that is ignored cannot be forced.
        let says = |column, answer| {
            NamedRow::get::<Text, String>(row, column).is_ok_and(|found| found == answer)
        };
        let is_ignored = says("Ignored", "YES") || says("Visible", "NO");
        Ok(Self {
            index: NamedRow::get(row, "Key_name")?,
            is_unique: NamedRow::get::<BigInt, i64>(row, "Non_unique")? == 0,
            position: NamedRow::get(row, "Seq_in_index")?,
            column: column.filter(|_| part.is_none() && !is_ignored),
        })
    }
}

impl IndexColumn {
    /// The servers do not tell columns apart by the case of their names.
    fn is_in(&self, columns: &[&str]) -> bool {
        self.column.as_deref().is_some_and(|column| {
            columns
                .iter()
                .any(|known| known.eq_ignore_ascii_case(column))
        })
    }
}

/// `SHOW INDEX FROM table`
struct ShowIndex<'r, DB>(Box<dyn Walk<DB> + 'r>);

impl<DB: Dialect> Walk<DB> for ShowIndex<'_, DB> {
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SHOW INDEX FROM ");
        self.0.walk(out.reborrow())?;
        // Not one of texts or places.
        out.push_sql(" WHERE Index_type = 'BTREE'");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[&str] = &["id"];
    const SCOPE: &[&str] = &["tenant", "kind"];

    /// The columns of indexes, each written as its name, with `!` if it is unique, and its columns.
    fn indexes(indexes: &[(&str, &[&str])]) -> Vec<IndexColumn> {
        let column = |index: &str, position, column: &str| IndexColumn {
            index: index.trim_end_matches('!').to_owned(),
            is_unique: index == PRIMARY || index.ends_with('!'),
            position,
            column: (column != "a part").then(|| column.to_owned()),
        };
        let columns = indexes.iter().flat_map(|(index, columns)| {
            let columns = columns.iter().zip(1..);
            columns.map(move |(name, position)| column(index, position, name))
        });
        // In any order.
        let mut columns: Vec<_> = columns.collect();
        columns.reverse();
        columns
    }

    #[test]
    fn the_index_that_tells_the_most_rows_apart_is_taken() {
        let by_key = |index: &str| Access::ByKey(index.to_owned());
        let by_scope = |index: &str, columns: &[&str]| Access::ByScope {
            index: index.to_owned(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
        };
        for (found, expected) in [
            (&[][..], Access::Any),
            (&[("PRIMARY", &["row"][..])][..], Access::Any),
            (&[("by_tenant", &["tenant"])], Access::Any),
            (&[("by_text!", &["a part"])], Access::Any),
            (&[("by_text!", &["a part", "id"])], Access::Any),
            (&[("PRIMARY", &["id"])], by_key(PRIMARY)),
            (
                &[("PRIMARY", &["ID"]), ("by_id!", &["id"])],
                by_key(PRIMARY),
            ),
            (
                &[("PRIMARY", &["row"]), ("by_id!", &["id"])],
                by_key("by_id"),
            ),
            (
                &[("PRIMARY", &["id"]), ("a", &["tenant", "id"])],
                by_key(PRIMARY),
            ),
            (
                &[("PRIMARY", &["tenant", "id"]), ("a", &["id"])],
                by_scope(PRIMARY, &["tenant", "id"]),
            ),
            (
                &[("PRIMARY", &["tenant", "id"]), ("a!", &["id"])],
                by_scope(PRIMARY, &["tenant", "id"]),
            ),
            (
                &[("PRIMARY", &["id", "tenant"]), ("a", &["id"])],
                by_key(PRIMARY),
            ),
            (
                &[("PRIMARY", &["id", "day"]), ("a", &["kind", "id", "day"])],
                by_scope("a", &["kind", "id"]),
            ),
            (
                &[("a", &["id", "day"]), ("b", &["kind", "tenant", "id"])],
                by_scope("b", &["kind", "tenant", "id"]),
            ),
        ] {
            assert_eq!(choose(indexes(found), KEY, SCOPE), expected, "{found:?}");
        }
    }
}

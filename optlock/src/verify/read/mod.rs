//! What is read, on each database.

mod kept;
mod mysql;
mod pg;
mod rowid;
mod sqlite;

use super::catalogue::{ReadsCatalogue, Row, read_failed};
use super::checks::Asked;
use super::found::{Found, Unique};
use crate::backend::Database;
use crate::error::Error;
use crate::executes::{Wire, database_of};

/// Reads what the checks need of the table, and returns on which database.
pub(super) async fn found<X: ReadsCatalogue>(
    asked: &Asked,
    conn: &mut Wire<'_, X>,
) -> Result<(Database, Found), Error> {
    let database = database_of(conn).await.map_err(read_failed::<X>)?;
    let found = match database {
        Database::Sqlite => sqlite::found(&asked.shape, conn).await?,
        Database::Postgres => pg::found(&asked.shape, conn).await?,
        Database::Mysql => mysql::found(asked, conn).await?,
    };
    Ok((database, found))
}

/// The indexes, of rows that begin with the index and a column. A column without a name is an expression, by which the
/// index is left out.
fn grouped(rows: Vec<Row>) -> Vec<Unique> {
    let mut indexes: Vec<(String, Unique)> = Vec::new();
    for [index, column, nulls_are_same, immediate, ..] in rows {
        match indexes.last_mut().filter(|(last, _)| *last == index) {
            Some((_, unique)) => unique.columns.push(column),
            None => {
                let unique = Unique {
                    columns: vec![column],
                    nulls_are_same: nulls_are_same == "true",
                    is_renumbered: false,
                    immediate: Some(immediate).filter(|sql| !sql.is_empty()),
                };
                indexes.push((index, unique));
            }
        }
    }
    let indexes = indexes.into_iter().map(|(_, unique)| unique);
    indexes
        .filter(|unique| unique.columns.iter().all(|column| !column.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_with_an_expression_is_left_out() {
        let row = |index: &str, column: &str| {
            let mut row = Row::default();
            (row[0], row[1]) = (index.to_owned(), column.to_owned());
            row
        };
        let rows = vec![row("a", "x"), row("a", "y"), row("b", ""), row("c", "x")];
        let columns: Vec<_> = grouped(rows)
            .into_iter()
            .map(|unique| unique.columns)
            .collect();
        assert_eq!(columns, [vec!["x", "y"], vec!["x"]]);
    }
}

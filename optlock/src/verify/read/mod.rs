//! What is read, on each database.

mod mysql;
mod pg;
mod sqlite;

use super::catalogue::{ReadsCatalogue, read_failed};
use super::checks::Asked;
use super::found::Found;
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

/// The columns of each index, of rows that begin with the index and a column. A column without a name is an
/// expression, by which the index is left out.
fn grouped(rows: Vec<[String; 6]>) -> Vec<Vec<String>> {
    let mut indexes: Vec<(String, Vec<String>)> = Vec::new();
    for [index, column, ..] in rows {
        match indexes.last_mut().filter(|(last, _)| *last == index) {
            Some((_, columns)) => columns.push(column),
            None => indexes.push((index, vec![column])),
        }
    }
    let columns = indexes.into_iter().map(|(_, columns)| columns);
    columns
        .filter(|columns| columns.iter().all(|column| !column.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_with_an_expression_is_left_out() {
        let row = |index: &str, column: &str| {
            let mut row: [String; 6] = Default::default();
            (row[0], row[1]) = (index.to_owned(), column.to_owned());
            row
        };
        let rows = vec![row("a", "x"), row("a", "y"), row("b", ""), row("c", "x")];
        assert_eq!(grouped(rows), [vec!["x", "y"], vec!["x"]]);
    }
}

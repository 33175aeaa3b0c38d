//! The changeset of a struct with embedded structs.

use super::builder::text;
use super::partial::Assignments;
use crate::error::Error;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use std::any::type_name;

/// The changeset of a struct with embedded structs. Whether it changes anything, and which columns it
/// sets, is known only when their changesets are built.
///
/// `Embedded` stands first because the compiler looks at it first: without a changeset of its own it
/// is what is missing.
#[derive(Debug)]
pub struct WithEmbedded<Embedded, Set> {
    set: Set,
    embedded: Embedded,
    /// A field outside the embedded structs is written.
    has_changes: bool,
    table: &'static str,
    key: &'static [&'static str],
}

impl<Embedded, Set> WithEmbedded<Embedded, Set> {
    /// The changeset of the whole struct, those of its embedded structs, and the columns of its key and of
    /// its scope.
    pub fn new(
        set: Set,
        embedded: Embedded,
        has_changes: bool,
        table: &'static str,
        key: &'static [&'static str],
    ) -> Self {
        Self {
            set,
            embedded,
            has_changes,
            table,
            key,
        }
    }

    /// Refuses a changeset that sets a column of the key or of the scope, or a column twice: SQLite, MySQL and MariaDB
    /// would take the last value, and the version might never move.
    fn refuse_column_twice<DB>(&self, backend: &DB) -> QueryResult<()>
    where
        DB: Backend<QueryBuilder: 'static>,
        Set: QueryFragment<DB>,
    {
        let columns = match text(&self.set, backend)? {
            Some(text) => in_text(&text),
            None => in_type(type_name::<Set>()),
        };
        let mut taken = self.key.to_vec();
        for column in &columns {
            if taken.contains(&column.as_str()) {
                let (table, column) = (self.table, column.clone());
                return Err(Error::EmbeddedColumn { table, column }.into());
            }
            taken.push(column);
        }
        Ok(())
    }
}

/// The columns that a changeset sets, by its text: `"a" = $1, "b" = $2`.
fn in_text(text: &str) -> Vec<String> {
    let assignments = text.split(", ").filter_map(|piece| piece.split_once(" = "));
    assignments
        .filter_map(|(target, _)| unquoted(target))
        .map(str::to_owned)
        .collect()
}

/// The name in `"name"`. One of a table, `"table"."name"`, is in an expression.
fn unquoted(target: &str) -> Option<&str> {
    let quote = ['"', '`']
        .into_iter()
        .find(|quote| target.starts_with(*quote))?;
    let name = target.strip_prefix(quote)?.strip_suffix(quote)?;
    (!name.contains(quote)).then_some(name)
}

/// The columns that a changeset sets, by the name of its type. The enum of `MultiConnection` lets nobody
/// else build a text; that a name has this form is not promised, but tested.
fn in_type(name: &str) -> Vec<String> {
    const TARGETS: [&str; 2] = ["ColumnWrapperForUpdate<", "Assignment<"];
    let targets = TARGETS.iter().flat_map(|target| name.split(target).skip(1));
    targets
        .filter_map(|rest| rest.split([',', '>']).next()?.rsplit("::").next())
        .map(str::to_owned)
        .collect()
}

impl<Embedded, Set, DB> QueryFragment<DB> for WithEmbedded<Embedded, Set>
where
    DB: Backend<QueryBuilder: 'static>,
    Set: QueryFragment<DB>,
    Embedded: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.set.walk_ast(out)
    }

    fn is_noop(&self, backend: &DB) -> QueryResult<bool> {
        self.refuse_column_twice(backend)?;
        Ok(!self.has_changes && self.embedded.is_noop(backend)?)
    }
}

impl<Embedded, Set, DB> Assignments<DB> for WithEmbedded<Embedded, Set>
where
    DB: Backend<QueryBuilder: 'static>,
    Set: Assignments<DB> + QueryFragment<DB>,
{
    fn walk_some<'b>(
        &'b self,
        is_written: &dyn Fn(usize) -> bool,
        is_first: &mut bool,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.set.walk_some(is_written, is_first, out)
    }

    fn check(&self, backend: &DB) -> QueryResult<()> {
        self.refuse_column_twice(backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_text_are_what_is_set() {
        assert_eq!(in_text(r#""a" = $1, "b" = "t"."c" + $2"#), ["a", "b"]);
        assert_eq!(
            in_text("`a` = ?, `b` = coalesce(`t`.`c`, `t`.`d` = ?)"),
            ["a", "b"]
        );
        assert!(in_text("").is_empty());
    }

    #[test]
    fn the_columns_of_a_type_are_what_is_set() {
        type Set = (
            <diesel::dsl::Eq<columns::a, i32> as diesel::AsChangeset>::Changeset,
            Option<<diesel::dsl::Eq<columns::b, &'static i32> as diesel::AsChangeset>::Changeset>,
            crate::statement::Assign<columns::c, i32>,
        );
        use numbers as columns;
        let mut columns = in_type(type_name::<Set>());
        columns.sort();
        assert_eq!(columns, ["a", "b", "c"]);
    }

    diesel::table! {
        numbers {
            id -> Integer,
            a -> Integer,
            b -> Integer,
            c -> Integer,
        }
    }
}

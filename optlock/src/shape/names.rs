//! The names of a table and its columns, which Diesel shows in statements only.

use diesel::backend::Backend;
use diesel::query_builder::{QueryBuilder as _, QueryFragment};
use diesel::query_source::{QuerySource, Table};

// A text of any database will do: it is taken apart again.
#[cfg(all(feature = "mysql", not(any(feature = "sqlite", feature = "postgres"))))]
use diesel::mysql::Mysql as Namer;
#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
use diesel::pg::Pg as Namer;
#[cfg(feature = "sqlite")]
use diesel::sqlite::Sqlite as Namer;

/// The names of a table and its columns.
#[derive(Debug)]
pub struct Names {
    pub(super) schema: Option<String>,
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    pub(super) key: Vec<String>,
}

/// A table of `table!`.
pub trait NamedTable {
    /// Its names.
    fn names() -> Names;
}

#[diagnostic::do_not_recommend]
impl<T> NamedTable for T
where
    T: Table + Default,
    T: QuerySource<FromClause: QueryFragment<Namer>>,
    T: Table<PrimaryKey: QueryFragment<Namer>, AllColumns: QueryFragment<Namer>>,
{
    fn names() -> Names {
        let table = T::default();
        names(
            &table.from_clause(),
            &table.primary_key(),
            &T::all_columns(),
        )
    }
}

type Fragment<'f> = &'f dyn QueryFragment<Namer>;

fn names(table: Fragment<'_>, key: Fragment<'_>, columns: Fragment<'_>) -> Names {
    let mut path = paths(&text(table)).pop().unwrap_or_default();
    Names {
        table: path.pop().unwrap_or_default(),
        schema: path.pop(),
        columns: last_names(columns),
        key: last_names(key),
    }
}

/// `id` of `"contacts"."id"`.
fn last_names(columns: Fragment<'_>) -> Vec<String> {
    let paths = paths(&text(columns)).into_iter();
    paths.filter_map(|mut path| path.pop()).collect()
}

/// Nothing, if Diesel cannot write it, which it can of names.
fn text(fragment: Fragment<'_>) -> String {
    let mut builder = <Namer as Backend>::QueryBuilder::default();
    match fragment.to_sql(&mut builder, &Namer) {
        Ok(()) => builder.finish(),
        Err(_) => String::new(),
    }
}

/// The names in `"a"."b", "c"."d"`: `[[a, b], [c, d]]`.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut paths = vec![Vec::new()];
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            ',' => paths.push(Vec::new()),
            quote @ ('"' | '`') => {
                let mut name = String::new();
                while let Some(char) = chars.next() {
                    // A quote in a name is written twice.
                    if char == quote && chars.next_if_eq(&quote).is_none() {
                        break;
                    }
                    name.push(char);
                }
                if let Some(path) = paths.last_mut() {
                    path.push(name);
                }
            }
            _ => {}
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_was_quoted() {
        assert_eq!(
            paths(r#""a"."b, c", "d""e""#),
            [vec!["a", "b, c"], vec!["d\"e"]]
        );
        assert_eq!(paths("`a.b`"), [["a.b"]]);
    }

    mod schema {
        diesel::table! {
            #[sql_name = "order lines"]
            crm.order_lines (order_id, line) {
                order_id -> Integer,
                #[sql_name = "line`no"]
                line -> Integer,
                version -> BigInt,
            }
        }
    }

    #[test]
    fn a_table_is_named_as_sql_names_it() {
        let names = schema::order_lines::table::names();
        assert_eq!(names.schema.as_deref(), Some("crm"));
        assert_eq!(names.table, "order lines");
        assert_eq!(names.key, ["order_id", "line`no"]);
        assert_eq!(names.columns, ["order_id", "line`no", "version"]);
    }
}

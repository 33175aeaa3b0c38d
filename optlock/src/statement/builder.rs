//! The text of a fragment, on a database whose builder of texts is known.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use std::any::Any;

/// The text, or `None` on the enum of `MultiConnection`, whose builder nobody else can make.
pub(super) fn text<DB>(
    fragment: &impl QueryFragment<DB>,
    backend: &DB,
) -> QueryResult<Option<String>>
where
    DB: Backend<QueryBuilder: 'static>,
{
    let Some(mut builder) = empty::<DB::QueryBuilder>() else {
        return Ok(None);
    };
    fragment.to_sql(&mut builder, backend)?;
    Ok(Some(builder.finish()))
}

fn empty<Builder: 'static>() -> Option<Builder> {
    let known: [Option<Box<dyn Any>>; 3] = [
        #[cfg(feature = "sqlite")]
        Some(Box::<diesel::sqlite::SqliteQueryBuilder>::default()),
        #[cfg(not(feature = "sqlite"))]
        None,
        #[cfg(feature = "postgres")]
        Some(Box::<diesel::pg::PgQueryBuilder>::default()),
        #[cfg(not(feature = "postgres"))]
        None,
        #[cfg(feature = "mysql")]
        Some(Box::<diesel::mysql::MysqlQueryBuilder>::default()),
        #[cfg(not(feature = "mysql"))]
        None,
    ];
    known
        .into_iter()
        .flatten()
        .find_map(|builder| builder.downcast().ok())
        .map(|builder| *builder)
}

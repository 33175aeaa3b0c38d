//! What a database needs so that its catalogue can be read: rows of texts, and texts that are bound.

use super::Dialect;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Nullable, Text};

type OrNull = Nullable<Text>;

/// The types of a row: as many as MySQL's `SHOW COLUMNS` has.
pub type CatalogueTypes = (OrNull, OrNull, OrNull, OrNull, OrNull, OrNull);

type Word = Option<String>;

/// A row.
pub type CatalogueColumns = (Word, Word, Word, Word, Word, Word);

/// A database whose catalogue can be read: each [`Dialect`]. It is a trait so that no function has to ask for all of this
/// again.
pub trait CatalogueBackend: Dialect + QueryMetadata<CatalogueTypes> {
    /// [`CatalogueColumns`].
    type CatalogueRow: FromSqlRow<CatalogueTypes, Self> + Into<CatalogueColumns> + Send + 'static;

    /// Binds a name.
    fn push_name<'b>(name: &'b str, out: AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

#[diagnostic::do_not_recommend]
impl<DB> CatalogueBackend for DB
where
    DB: Dialect + QueryMetadata<CatalogueTypes>,
    str: ToSql<Text, DB>,
    CatalogueColumns: FromSqlRow<CatalogueTypes, DB>,
{
    type CatalogueRow = CatalogueColumns;

    fn push_name<'b>(name: &'b str, mut out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_bind_param::<Text, str>(name)
    }
}

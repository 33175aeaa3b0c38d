//! What a database needs for the table of leases: its rows can be read, and texts and numbers can be bound.

use super::Dialect;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Text};

/// The types of what is read of a lease, in two parts: `Debug` and others end at tuples of twelve.
pub type LeaseTypes = (
    Text,
    Text,
    Text,
    Text,
    BigInt,
    Text,
    Text,
    (BigInt, BigInt, BigInt, Text, Text, BigInt, BigInt),
);

/// What is read of a lease.
pub type LeaseColumns = (
    String,
    String,
    String,
    String,
    i64,
    String,
    String,
    (i64, i64, i64, String, String, i64, i64),
);

/// A database that the table of leases can be in: each [`Dialect`]. It is a trait so that no operation has to ask for
/// all of this again.
pub trait LeaseBackend: Dialect + QueryMetadata<LeaseTypes> {
    /// [`LeaseColumns`].
    type LeaseRow: FromSqlRow<LeaseTypes, Self> + Into<LeaseColumns> + Send + 'static;

    /// Binds a text.
    fn push_text<'b>(text: &'b str, out: AstPass<'_, 'b, Self>) -> QueryResult<()>;

    /// Binds a number.
    fn push_number<'b>(number: &'b i64, out: AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

#[diagnostic::do_not_recommend]
impl<DB> LeaseBackend for DB
where
    DB: Dialect + QueryMetadata<LeaseTypes>,
    str: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    LeaseColumns: FromSqlRow<LeaseTypes, DB>,
{
    type LeaseRow = LeaseColumns;

    fn push_text<'b>(text: &'b str, mut out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_bind_param::<Text, str>(text)
    }

    fn push_number<'b>(number: &'b i64, mut out: AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_bind_param::<BigInt, i64>(number)
    }
}

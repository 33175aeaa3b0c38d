//! Advancing a version in SQL, in rows that were not loaded.

use super::Assignment;
use crate::backend::{Dialect, Phrase};
use crate::token::VersionToken;
use crate::versioned::Versioned;
use diesel::QueryResult;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment};
#[cfg(feature = "uuid")]
use diesel::{expression::AsExpression, expression::Expression, sql_types::SqlType};
use std::fmt;
use std::marker::PhantomData;

/// Advances the version of each row that an `UPDATE` of your own matches, so that clients that hold one
/// of the rows get a conflict.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::bump_version;
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
///
/// diesel::update(contacts::table.filter(contacts::email.is_not_null()))
///     .set((contacts::email.eq("archive@example.org"), bump_version::<Contact>()))
///     .execute(conn)?;
///
/// let error = ann.save_checked(conn).unwrap_err();
/// assert_eq!(error.to_string(), "contacts 1 was changed: expected version 1, found 2");
/// # Ok(())
/// # }
/// ```
///
/// It is one element of `.set((.., bump_version::<M>()))`, also in `on_conflict(..).do_update()`.
///
/// **Sends** for an integer `version = version + 1`, where NULL counts as 0. At the maximum the
/// statement **fails**, and no row is written: an integer that wraps, or turns into a float as on
/// SQLite, would match a stale value. So the expression is longer than that, and an error of the
/// database (`out of range`; on SQLite `integer overflow`) comes back as `Error::Database`. For a
/// UUID it sends one new random value, which all rows get: a token is compared within one row only.
///
/// An audit stamp is a column of its own: set it as well, `updated_on.eq(..)`.
///
/// It does not compile for a timestamp, whose clock is the program's and not the server's, nor for
/// a token of your own.
// The bound on the version is at the impl below: here too, a mistake would be reported twice.
pub fn bump_version<M: Versioned>() -> BumpVersion<M> {
    BumpVersion(PhantomData)
}

/// What [`bump_version`] returns. It is not `Clone`: a UUID is for one statement.
pub struct BumpVersion<M>(PhantomData<M>);

impl<M> fmt::Debug for BumpVersion<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BumpVersion").finish()
    }
}

impl<M> AsChangeset for BumpVersion<M>
where
    M: Versioned<Version: Bump<M::VersionColumn>>,
{
    type Target = M::Table;
    type Changeset = Assignment<M::VersionColumn, <M::Version as Bump<M::VersionColumn>>::Next>;

    fn as_changeset(self) -> Self::Changeset {
        Assignment::new(M::Version::next_in_sql())
    }
}

/// A version in the column `Col` that SQL can advance. See [`bump_version`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot move on in SQL",
    label = "neither an integer nor a UUID",
    note = "`bump_version` is for integers, `Option`s of them, and UUIDs; set another version yourself, to a value that the row never had"
)]
pub trait Bump<Col>: VersionToken {
    /// The expression.
    type Next;

    /// An expression for the version after the one in the row.
    fn next_in_sql() -> Self::Next;
}

/// The number after the one in the column, or an error of the database.
#[derive(Debug)]
pub struct NextNumber<Col> {
    column: Col,
    maximum: u64,
}

impl<Col, DB> QueryFragment<DB> for NextNumber<Col>
where
    DB: Dialect,
    Col: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("CASE WHEN ");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ");
        out.push_sql(&self.maximum.to_string());
        out.push_sql(" THEN ");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" + ");
        DB::walk_phrase(&Phrase::Overflow, out.reborrow())?;
        out.push_sql(" ELSE COALESCE(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(", 0) + 1 END");
        Ok(())
    }
}

// One impl each, and none for all `T: Counter`: the compiler would then speak of `Counter`.
macro_rules! counter {
    ($($integer:ty)*) => {$(
        impl<Col: Default> Bump<Col> for $integer {
            type Next = NextNumber<Col>;

            fn next_in_sql() -> NextNumber<Col> {
                NextNumber {
                    column: Col::default(),
                    maximum: <$integer>::MAX as u64,
                }
            }
        }

        impl<Col: Default> Bump<Col> for Option<$integer> {
            type Next = NextNumber<Col>;

            fn next_in_sql() -> NextNumber<Col> {
                <$integer>::next_in_sql()
            }
        }
    )*};
}

counter!(i16 i32 i64 u16 u32 u64);

#[cfg(feature = "uuid")]
macro_rules! random {
    ($($token:ty)*) => {$(
        impl<Col> Bump<Col> for $token
        where
            Col: Expression<SqlType: SqlType>,
            Self: AsExpression<Col::SqlType>,
        {
            type Next = <Self as AsExpression<Col::SqlType>>::Expression;

            fn next_in_sql() -> Self::Next {
                Self::first().as_expression()
            }
        }
    )*};
}

#[cfg(feature = "uuid")]
random!(uuid::Uuid crate::token::UuidBytes crate::token::UuidText);

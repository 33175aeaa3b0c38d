//! Which rows of its table a model is about.

use crate::backend::{Dialect, Phrase};
use crate::columns::is_nullable;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::{AsExprOf, SqlTypeOf};
use diesel::expression::AsExpression;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::Column;
use diesel::sql_types::SqlType;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The scope of a model: what a row must be, beside having the key, to be the model's row at all.
/// [The chapter](crate::guide::scope) has the examples.
///
/// It is `()` where there is none, a [`Same`] or an [`IsNull`] for a column, and nested pairs of
/// them for several columns. Two values of one key are of the same row only if their scopes are
/// equal.
#[diagnostic::on_unimplemented(
    message = "this cannot be the scope of a model: `{Self}`",
    label = "not a scope",
    note = "the type of its field must be one that is stored in its column",
    note = "by hand, it is `()`, `optlock::scope::Same`, `optlock::scope::IsNull`, or nested pairs of them"
)]
pub trait Scope {
    /// The condition, as SQL that follows the `WHERE` of each statement.
    type Condition;

    /// A key may be that of several rows, which differ in a column of the scope.
    #[doc(hidden)]
    const IS_IDENTITY: bool = true;

    /// The condition.
    fn condition(self) -> Self::Condition;

    /// The condition without the columns that are NULL: a save may have set them.
    #[doc(hidden)]
    fn condition_behind_save(self) -> Self::Condition;

    /// Adds the columns that the condition names.
    #[doc(hidden)]
    fn list_columns(_columns: &mut Vec<ScopeColumn>) {}
}

/// A column of a scope.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "nobody describes a table without a database")
)]
pub struct ScopeColumn {
    pub(crate) name: &'static str,
    /// It is [`Same`], and not [`IsNull`].
    pub(crate) has_value: bool,
}

/// A value by which rows are told apart in memory as well: **values that the database tells apart must not
/// be equal**, or a batch writes a row of another scope.
///
/// What it needs is asked by its impl, so that a type which lacks it is reported once, and in optlock's
/// words.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a scope",
    label = "needs `Eq` and `Hash`",
    note = "a scope is an integer, a text or a UUID, or an `Option` of one"
)]
pub trait ScopeValue {
    /// Are both of one scope?
    fn equals(&self, other: &Self) -> bool;

    /// Equal values have equal hashes.
    fn hash_to<H: Hasher>(&self, state: &mut H);
}

#[diagnostic::do_not_recommend]
impl<V: Eq + Hash> ScopeValue for V {
    fn equals(&self, other: &V) -> bool {
        self == other
    }

    fn hash_to<H: Hasher>(&self, state: &mut H) {
        self.hash(state);
    }
}

/// The [`Scope::Condition`] of a model's scope.
pub(crate) type Condition<S> = <S as Scope>::Condition;

/// The row has this value in the column `Col`: the tenant it belongs to, or its kind. NULL is a
/// value like any other.
pub struct Same<Col, V> {
    column: PhantomData<Col>,
    value: V,
}

/// The column `Col` of the row is NULL: nobody has deleted it.
///
/// It says nothing about the value in memory, which is `Some` in the save that deletes the row. Each
/// equals each other.
pub struct IsNull<Col>(PhantomData<Col>);

impl<Col, V> Same<Col, V> {
    /// The rows with this value.
    pub fn new(value: V) -> Self {
        Self {
            column: PhantomData,
            value,
        }
    }

    pub(crate) fn value(&self) -> &V {
        &self.value
    }
}

impl<Col> IsNull<Col> {
    /// The rows with NULL.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<Col> Default for IsNull<Col> {
    fn default() -> Self {
        Self::new()
    }
}

impl Scope for () {
    type Condition = ();

    const IS_IDENTITY: bool = false;

    fn condition(self) {}

    fn condition_behind_save(self) {}
}

#[diagnostic::do_not_recommend]
impl<Col, V> Scope for Same<Col, V>
where
    Col: Column<SqlType: SqlType> + Default,
    V: AsExpression<SqlTypeOf<Col>>,
{
    type Condition = SameCondition<Col, AsExprOf<V, SqlTypeOf<Col>>>;

    fn condition(self) -> Self::Condition {
        SameCondition {
            column: Col::default(),
            value: self.value.as_expression(),
        }
    }

    fn condition_behind_save(self) -> Self::Condition {
        self.condition()
    }

    fn list_columns(columns: &mut Vec<ScopeColumn>) {
        columns.push(ScopeColumn {
            name: Col::NAME,
            has_value: true,
        });
    }
}

#[diagnostic::do_not_recommend]
impl<Col: Column + Default> Scope for IsNull<Col> {
    type Condition = NullCondition<Col>;

    const IS_IDENTITY: bool = false;

    fn condition(self) -> Self::Condition {
        NullCondition {
            column: Col::default(),
            applies: true,
        }
    }

    fn condition_behind_save(self) -> Self::Condition {
        NullCondition {
            applies: false,
            ..self.condition()
        }
    }

    fn list_columns(columns: &mut Vec<ScopeColumn>) {
        columns.push(ScopeColumn {
            name: Col::NAME,
            has_value: false,
        });
    }
}

impl<A: Scope, B: Scope> Scope for (A, B) {
    type Condition = BothConditions<A::Condition, B::Condition>;

    const IS_IDENTITY: bool = A::IS_IDENTITY || B::IS_IDENTITY;

    fn condition(self) -> Self::Condition {
        BothConditions(self.0.condition(), self.1.condition())
    }

    fn condition_behind_save(self) -> Self::Condition {
        BothConditions(
            self.0.condition_behind_save(),
            self.1.condition_behind_save(),
        )
    }

    fn list_columns(columns: &mut Vec<ScopeColumn>) {
        A::list_columns(columns);
        B::list_columns(columns);
    }
}

impl<Col, V: ScopeValue> PartialEq for Same<Col, V> {
    fn eq(&self, other: &Self) -> bool {
        self.value.equals(&other.value)
    }
}

impl<Col, V: ScopeValue> Eq for Same<Col, V> {}

impl<Col, V: ScopeValue> Hash for Same<Col, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash_to(state);
    }
}

impl<Col> PartialEq for IsNull<Col> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<Col> Eq for IsNull<Col> {}

impl<Col> Hash for IsNull<Col> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

// A scope is never printed: not even that of a value which is.
impl<Col, V> fmt::Debug for Same<Col, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Same").finish_non_exhaustive()
    }
}

impl<Col> fmt::Debug for IsNull<Col> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IsNull")
    }
}

/// The condition of a scope, as a database compares it.
pub(crate) trait ScopeCondition<DB: Backend>: QueryFragment<DB> {
    /// Does each row of the table meet it?
    fn is_empty(&self) -> bool;

    /// Adds the columns that have one value which is not NULL.
    fn add_columns(&self, columns: &mut Vec<&'static str>);

    /// ` AND column IN (value, NULL)` for each of these columns: an equality to the range optimizer of MySQL
    /// and MariaDB, and none to their other ways to look rows up.
    fn walk_in_list<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Backend> ScopeCondition<DB> for () {
    fn is_empty(&self) -> bool {
        true
    }

    fn add_columns(&self, _columns: &mut Vec<&'static str>) {}

    fn walk_in_list<'b>(&'b self, _out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

impl<Col, Expr, DB> ScopeCondition<DB> for SameCondition<Col, Expr>
where
    DB: Dialect,
    Col: Column<SqlType: SqlType<IsNull: 'static>> + QueryFragment<DB>,
    Expr: QueryFragment<DB>,
{
    fn is_empty(&self) -> bool {
        false
    }

    fn add_columns(&self, columns: &mut Vec<&'static str>) {
        if !is_nullable::<Col>() {
            columns.push(Col::NAME);
        }
    }

    fn walk_in_list<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if is_nullable::<Col>() {
            return Ok(());
        }
        out.push_sql(" AND ");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        self.value.walk_ast(out.reborrow())?;
        out.push_sql(", NULL)");
        Ok(())
    }
}

impl<Col, DB> ScopeCondition<DB> for NullCondition<Col>
where
    DB: Backend,
    Col: QueryFragment<DB>,
{
    fn is_empty(&self) -> bool {
        false
    }

    fn add_columns(&self, _columns: &mut Vec<&'static str>) {}

    fn walk_in_list<'b>(&'b self, _out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

impl<A, B, DB> ScopeCondition<DB> for BothConditions<A, B>
where
    DB: Backend,
    A: ScopeCondition<DB>,
    B: ScopeCondition<DB>,
{
    fn is_empty(&self) -> bool {
        self.0.is_empty() && self.1.is_empty()
    }

    fn add_columns(&self, columns: &mut Vec<&'static str>) {
        self.0.add_columns(columns);
        self.1.add_columns(columns);
    }

    fn walk_in_list<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_in_list(out.reborrow())?;
        self.1.walk_in_list(out)
    }
}

/// ` AND (column <=> value)`, as each database spells the comparison that finds NULL equal to NULL:
/// one text, whatever the value.
#[derive(Debug, Clone, Copy)]
pub struct SameCondition<Col, Expr> {
    column: Col,
    value: Expr,
}

/// ` AND (column IS NULL)`, or nothing where it does not apply.
#[derive(Debug, Clone, Copy)]
pub struct NullCondition<Col> {
    column: Col,
    applies: bool,
}

/// One condition behind the other.
#[derive(Debug, Clone, Copy)]
pub struct BothConditions<A, B>(pub(crate) A, pub(crate) B);

impl<Col, Expr, DB> QueryFragment<DB> for SameCondition<Col, Expr>
where
    DB: Dialect,
    Col: QueryFragment<DB>,
    Expr: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" AND (");
        self.column.walk_ast(out.reborrow())?;
        DB::walk_phrase(&Phrase::NullSafeEqual, out.reborrow())?;
        self.value.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

impl<Col, DB> QueryFragment<DB> for NullCondition<Col>
where
    DB: Backend,
    Col: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.applies {
            out.push_sql(" AND (");
            self.column.walk_ast(out.reborrow())?;
            out.push_sql(" IS NULL)");
        }
        Ok(())
    }
}

impl<A, B, DB> QueryFragment<DB> for BothConditions<A, B>
where
    DB: Backend,
    A: QueryFragment<DB>,
    B: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        self.1.walk_ast(out)
    }
}

impl<Col: QueryId, Expr: QueryId> QueryId for SameCondition<Col, Expr> {
    type QueryId = SameCondition<Col::QueryId, Expr::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Col::HAS_STATIC_QUERY_ID && Expr::HAS_STATIC_QUERY_ID;
}

impl<Col: QueryId> QueryId for NullCondition<Col> {
    type QueryId = NullCondition<Col::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Col::HAS_STATIC_QUERY_ID;
}

impl<A: QueryId, B: QueryId> QueryId for BothConditions<A, B> {
    type QueryId = BothConditions<A::QueryId, B::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = A::HAS_STATIC_QUERY_ID && B::HAS_STATIC_QUERY_ID;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn rows_of_one_scope_are_those_of_equal_values() {
        let scope = |tenant| (Same::<(), Option<i32>>::new(tenant), IsNull::<()>::new());
        let scopes = [scope(Some(1)), scope(Some(2)), scope(None), scope(Some(1))];
        assert_eq!(HashSet::from(scopes).len(), 3);
    }

    #[test]
    fn a_scope_is_not_printed() {
        let scope = Same::<(), _>::new("secret");
        assert_eq!(format!("{scope:?}"), "Same { .. }");
    }
}

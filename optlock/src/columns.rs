//! The columns of a model, each with its value: what a statement for many rows is made of.

use diesel::backend::Backend;
use diesel::expression::{AsExpression, Expression, TypedExpressionType};
use diesel::internal::derives::as_expression::Bound;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::is_nullable::IsNullable;
use diesel::sql_types::{HasSqlType, SqlType};
use std::any::TypeId;
use std::marker::PhantomData;

/// The columns of the key, and those that a save writes, each with the model's value: what a batch
/// needs beside the [changeset](crate::VersionedChangeset). Derived, or written by hand, together
/// with [`Versioned`](crate::Versioned).
///
/// A single save writes the changeset, of which only Diesel knows the columns. One statement for
/// many rows has a column for each of them.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # use diesel::query_builder::AsChangeset;
/// # use optlock::statement::ByText;
/// use optlock::columns::{ColumnValue, VersionedColumns};
///
/// #[derive(Identifiable, AsChangeset)]
/// #[diesel(table_name = contacts)]
/// struct Name {
///     id: i32,
///     name: String,
///     version: i64,
/// }
/// # impl optlock::Versioned for Name {
/// #     type Table = contacts::table;
/// #     type Key = i32;
/// #     type VersionColumn = contacts::version;
/// #     type Version = i64;
/// #     type Scope = ();
/// #     type Text = ByText;
/// #     const TABLE_NAME: &'static str = "contacts";
/// #     fn key(&self) -> i32 { self.id }
/// #     fn version(&self) -> &i64 { &self.version }
/// #     fn set_version(&mut self, version: i64) { self.version = version; }
/// #     fn scope(&self) {}
/// # }
/// # impl<'a> optlock::VersionedChangeset<'a> for Name {
/// #     type Changeset = <&'a Self as AsChangeset>::Changeset;
/// #     type StampChangeset = ();
/// #     fn changeset(&'a self) -> Self::Changeset { self.as_changeset() }
/// #     fn stamp_changeset(&'a self) {}
/// # }
///
/// // .. with impls of `Versioned` and `VersionedChangeset`, as in the example there
///
/// impl<'a> VersionedColumns<'a> for Name {
///     type Key = ColumnValue<contacts::id, &'a i32>;
///     type Set = (ColumnValue<contacts::name, &'a String>, ColumnValue<contacts::version, &'a i64>);
///
///     fn key_columns(&'a self) -> Self::Key {
///         ColumnValue::new(&self.id)
///     }
///     fn set_columns(&'a self) -> Self::Set {
///         (ColumnValue::new(&self.name), ColumnValue::new(&self.version))
///     }
/// }
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// let mut names = [
///     Name { id: 1, name: "Ann B.".into(), version: 1 },
///     Name { id: 2, name: "Bob A.".into(), version: 1 },
/// ];
/// names.save_all_checked(conn)?;
/// assert_eq!(names.map(|name| name.version), [2, 2]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which columns a batch writes",
    label = "needs `#[derive(Versioned)]`",
    note = "beside an impl of `Versioned` by hand, write one of `optlock::columns::VersionedColumns`"
)]
pub trait VersionedColumns<'a, Bound = &'a Self> {
    /// The primary key: a [`ColumnValue`], nested pairs of them, or [`ColumnValues`].
    type Key;
    /// What a save writes, the version included, in the same form; [`Unknown`] where that depends
    /// on the values. Rows are then written one by one, as they are if Diesel makes more than a bind of a
    /// value, `lower(?)` for example.
    type Set;

    /// The primary key.
    fn key_columns(&'a self) -> Self::Key;

    /// What a save writes, the version in memory included.
    fn set_columns(&'a self) -> Self::Set;
}

/// A value for a column. Several are nested pairs, `((a, b), (c, d))`, which the compiler searches in
/// few steps however many there are.
#[derive(Debug, Clone, Copy)]
pub struct ColumnValue<Col, V> {
    column: PhantomData<Col>,
    value: V,
}

impl<Col, V> ColumnValue<Col, V> {
    /// A value for the column `Col`.
    pub fn new(value: V) -> Self {
        Self {
            column: PhantomData,
            value,
        }
    }
}

/// Values for several columns, made at once: `Cols` are nested pairs of [`One`] column each, and `Values`
/// those of their values. The derive writes them, because a call for each column takes the compiler longer.
#[derive(Debug, Clone, Copy)]
pub struct ColumnValues<Cols, Values> {
    columns: PhantomData<Cols>,
    values: Values,
}

/// A column in [`ColumnValues`].
#[derive(Debug, Clone, Copy)]
pub struct One<Col>(PhantomData<Col>);

impl<Cols, Values> ColumnValues<Cols, Values> {
    /// The values, in nested pairs as the columns are.
    pub fn new(values: Values) -> Self {
        Self {
            columns: PhantomData,
            values,
        }
    }
}

/// Which columns a save writes depends on the values: `None` leaves some of them alone, or an
/// embedded struct knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unknown;

/// The columns of one row: [`ColumnValue`], pairs of them, [`ColumnValues`], or [`Unknown`].
pub trait Columns {
    /// The same columns, each with the values of many rows.
    type Many: Default;

    /// Adds the row to them.
    fn push_to(self, many: &mut Self::Many);
}

/// A column with the values of many rows.
#[derive(Debug)]
pub struct ManyValues<Col, V, Expr> {
    column: Col,
    stored: Stored<V, Expr>,
}

/// The values of a column, one kind of them.
#[derive(Debug)]
enum Stored<V, Expr> {
    /// Diesel binds them as they are.
    Binds(Vec<V>),
    /// Diesel makes expressions of them, `lower(?)` for example.
    Expressions(Vec<Expr>),
}

impl<Col, V, Expr> Default for ManyValues<Col, V, Expr>
where
    Col: Default + Expression<SqlType: QueryId>,
    Expr: QueryId,
{
    fn default() -> Self {
        Self {
            column: Col::default(),
            stored: if is_bind::<Col::SqlType, Expr>() {
                Stored::Binds(Vec::new())
            } else {
                Stored::Expressions(Vec::new())
            },
        }
    }
}

/// Does Diesel bind what the expression was made of, and no more? It is a constant of the compiled code.
fn is_bind<ST: QueryId, Expr: QueryId>() -> bool {
    TypeId::of::<Expr::QueryId>() == TypeId::of::<<Bound<ST, ()> as QueryId>::QueryId>()
}

impl<Col, V, Expr> ManyValues<Col, V, Expr> {
    /// The values, if Diesel binds them as they are.
    #[cfg(feature = "postgres")]
    pub(crate) fn binds(&self) -> &[V] {
        match &self.stored {
            Stored::Binds(values) => values,
            Stored::Expressions(_) => &[],
        }
    }

    pub(crate) fn column(&self) -> &Col {
        &self.column
    }

    /// `?`, or the expression.
    pub(crate) fn walk<'b, DB>(
        &'b self,
        row: usize,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<<Col as Expression>::SqlType>,
        Col: Column<SqlType: 'static>,
        V: ToSql<<Col as Expression>::SqlType, DB>,
        Expr: QueryFragment<DB>,
    {
        match &self.stored {
            Stored::Binds(values) => {
                out.push_bind_param::<<Col as Expression>::SqlType, V>(&values[row])
            }
            Stored::Expressions(expressions) => expressions[row].walk_ast(out),
        }
    }
}

impl<Col, V> Columns for ColumnValue<Col, V>
where
    Col: Default + Expression<SqlType: SqlType + TypedExpressionType + QueryId>,
    V: AsExpression<Col::SqlType, Expression: QueryId>,
{
    type Many = ManyValues<Col, V, V::Expression>;

    fn push_to(self, many: &mut Self::Many) {
        match &mut many.stored {
            Stored::Binds(values) => values.push(self.value),
            Stored::Expressions(expressions) => expressions.push(self.value.as_expression()),
        }
    }
}

impl<Col, V> Columns for ColumnValues<One<Col>, V>
where
    ColumnValue<Col, V>: Columns,
{
    type Many = <ColumnValue<Col, V> as Columns>::Many;

    fn push_to(self, many: &mut Self::Many) {
        ColumnValue::new(self.values).push_to(many);
    }
}

impl<A, B, X, Y> Columns for ColumnValues<(A, B), (X, Y)>
where
    ColumnValues<A, X>: Columns,
    ColumnValues<B, Y>: Columns,
{
    type Many = (
        <ColumnValues<A, X> as Columns>::Many,
        <ColumnValues<B, Y> as Columns>::Many,
    );

    fn push_to(self, many: &mut Self::Many) {
        ColumnValues::<A, X>::new(self.values.0).push_to(&mut many.0);
        ColumnValues::<B, Y>::new(self.values.1).push_to(&mut many.1);
    }
}

impl<A: Columns, B: Columns> Columns for (A, B) {
    type Many = (A::Many, B::Many);

    fn push_to(self, many: &mut Self::Many) {
        self.0.push_to(&mut many.0);
        self.1.push_to(&mut many.1);
    }
}

impl Columns for Unknown {
    type Many = Unknown;

    fn push_to(self, _many: &mut Unknown) {}
}

/// Columns whose names are known from their types.
pub(crate) trait NamedColumns {
    /// Shows each name, in order.
    fn each_name(show: &mut dyn FnMut(&'static str) -> QueryResult<()>) -> QueryResult<()>;
}

impl<Col: Column> NamedColumns for One<Col> {
    fn each_name(show: &mut dyn FnMut(&'static str) -> QueryResult<()>) -> QueryResult<()> {
        show(Col::NAME)
    }
}

impl<Col: Column, V> NamedColumns for ColumnValue<Col, V> {
    fn each_name(show: &mut dyn FnMut(&'static str) -> QueryResult<()>) -> QueryResult<()> {
        show(Col::NAME)
    }
}

impl<Cols: NamedColumns, Values> NamedColumns for ColumnValues<Cols, Values> {
    fn each_name(show: &mut dyn FnMut(&'static str) -> QueryResult<()>) -> QueryResult<()> {
        Cols::each_name(show)
    }
}

impl<A: NamedColumns, B: NamedColumns> NamedColumns for (A, B) {
    fn each_name(show: &mut dyn FnMut(&'static str) -> QueryResult<()>) -> QueryResult<()> {
        A::each_name(show)?;
        B::each_name(show)
    }
}

/// Columns with the values of many rows, as the database `DB` stores them.
pub trait EachColumn<DB: Backend> {
    /// Which columns they are is known, and Diesel binds each value as it is.
    fn are_binds() -> bool;

    /// Shows each column to the visitor, in order.
    fn each<'b>(&'b self, visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()>;
}

/// What is done with each column.
pub trait ColumnVisitor<'b, DB: Backend> {
    /// With this one.
    fn visit<Col, V, Expr>(
        &mut self,
        column: &'b Col,
        values: &'b ManyValues<Col, V, Expr>,
    ) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        Expr: QueryFragment<DB>,
        DB: HasSqlType<Col::SqlType>;
}

impl<Col, V, Expr, DB> EachColumn<DB> for ManyValues<Col, V, Expr>
where
    DB: Backend + HasSqlType<<Col as Expression>::SqlType>,
    Col: Column<SqlType: 'static + QueryId> + QueryFragment<DB>,
    V: ToSql<<Col as Expression>::SqlType, DB>,
    Expr: QueryFragment<DB> + QueryId,
{
    fn are_binds() -> bool {
        is_bind::<<Col as Expression>::SqlType, Expr>()
    }

    fn each<'b>(&'b self, visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()> {
        visitor.visit(&self.column, self)
    }
}

impl<A, B, DB> EachColumn<DB> for (A, B)
where
    DB: Backend,
    A: EachColumn<DB>,
    B: EachColumn<DB>,
{
    fn are_binds() -> bool {
        A::are_binds() && B::are_binds()
    }

    fn each<'b>(&'b self, visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()> {
        self.0.each(visitor)?;
        self.1.each(visitor)
    }
}

impl<DB: Backend> EachColumn<DB> for Unknown {
    fn are_binds() -> bool {
        false
    }

    fn each<'b>(&'b self, _visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

/// Can the column be NULL?
pub(crate) fn is_nullable<Col>() -> bool
where
    Col: Expression<SqlType: SqlType<IsNull: 'static>>,
{
    TypeId::of::<<Col::SqlType as SqlType>::IsNull>() == TypeId::of::<IsNullable>()
}

/// A value that can be stored in the column `Col`.
#[doc(hidden)]
pub trait StoredIn<Col: Column<SqlType: SqlType>>: AsExpression<Col::SqlType> {}

impl<Col: Column<SqlType: SqlType>, V: AsExpression<Col::SqlType>> StoredIn<Col> for V {}

//! The columns of a model, each with its value: what a statement for many rows is made of.

use diesel::backend::Backend;
use diesel::expression::Expression;
use diesel::query_builder::QueryFragment;
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;
use std::marker::PhantomData;

/// The columns of the key, and those that a save writes, each with the model's value: what a batch
/// needs beside the [changeset](crate::VersionedChangeset). Derived, or written by hand, together
/// with [`Versioned`](crate::Versioned).
///
/// A single save writes the changeset, of which only Diesel knows the columns. One statement for
/// many rows has a column for each of them.
///
/// ```
/// # include!("doctest_setup.rs");
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
    /// The primary key: a [`ColumnValue`], or nested pairs of them.
    type Key;
    /// What a save writes, the version included, in the same form; [`Unknown`] where that depends
    /// on the values. Rows are then written one by one.
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

/// Which columns a save writes depends on the values: `None` leaves some of them alone, or an
/// embedded struct knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unknown;

/// The columns of one row: [`ColumnValue`], pairs of them, or [`Unknown`].
pub trait Columns {
    /// The same columns, each with the values of many rows.
    type Many: Default;

    /// Adds the row to them.
    fn push_to(self, many: &mut Self::Many);
}

/// A column with the values of many rows.
#[derive(Debug)]
pub struct Values<Col, V> {
    column: Col,
    values: Vec<V>,
}

impl<Col: Default, V> Default for Values<Col, V> {
    fn default() -> Self {
        Self {
            column: Col::default(),
            values: Vec::new(),
        }
    }
}

impl<Col: Default, V> Columns for ColumnValue<Col, V> {
    type Many = Values<Col, V>;

    fn push_to(self, many: &mut Self::Many) {
        many.values.push(self.value);
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

/// Columns with the values of many rows, as the database `DB` stores them.
pub trait EachColumn<DB: Backend> {
    /// What is written is [`Unknown`].
    const IS_UNKNOWN: bool = false;

    /// Shows each column to the visitor, in order.
    fn each<'b>(&'b self, visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()>;
}

/// What is done with each column.
pub trait ColumnVisitor<'b, DB: Backend> {
    /// With this one.
    fn visit<Col, V>(&mut self, column: &'b Col, values: &'b [V]) -> QueryResult<()>
    where
        Col: Column<SqlType: 'static> + QueryFragment<DB>,
        V: ToSql<Col::SqlType, DB>,
        DB: HasSqlType<Col::SqlType>;
}

impl<Col, V, DB> EachColumn<DB> for Values<Col, V>
where
    DB: Backend + HasSqlType<<Col as Expression>::SqlType>,
    Col: Column<SqlType: 'static> + QueryFragment<DB>,
    V: ToSql<<Col as Expression>::SqlType, DB>,
{
    fn each<'b>(&'b self, visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()> {
        visitor.visit(&self.column, &self.values)
    }
}

impl<A, B, DB> EachColumn<DB> for (A, B)
where
    DB: Backend,
    A: EachColumn<DB>,
    B: EachColumn<DB>,
{
    const IS_UNKNOWN: bool = A::IS_UNKNOWN || B::IS_UNKNOWN;

    fn each<'b>(&'b self, visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()> {
        self.0.each(visitor)?;
        self.1.each(visitor)
    }
}

impl<DB: Backend> EachColumn<DB> for Unknown {
    const IS_UNKNOWN: bool = true;

    fn each<'b>(&'b self, _visitor: &mut impl ColumnVisitor<'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

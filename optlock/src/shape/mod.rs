//! The table of a model, as its schema file and its derives name it: all that SQL about the table needs, without a
//! connection and without the model's type.

mod names;
mod stored;

pub(crate) use names::NamedTable;
pub(crate) use stored::Stored;

use crate::scope::{Scope, ScopeColumn};
use crate::statement::{Assignment, OptionalAssignment};
use crate::token::{Precision, VersionToken};
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::expression::Expression;
use diesel::query_source::Column;
use diesel::sql_types::SqlType;
use std::any::TypeId;

/// The table of a model.
#[derive(Debug, Clone)]
pub struct Shape {
    /// `crm` of `crm.contacts`.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The columns that `table!` names.
    pub(crate) columns: Vec<String>,
    /// Those of the primary key.
    pub(crate) key: Vec<String>,
    pub(crate) scope: Vec<ScopeColumn>,
    pub(crate) version: VersionShape,
    pub(crate) stamp: Option<StampShape>,
}

/// The version column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VersionShape {
    pub(crate) column: &'static str,
    pub(crate) stored: Stored,
    /// The Rust type.
    #[cfg_attr(
        not(feature = "uuid"),
        allow(dead_code, reason = "only UUIDs have two types for one column")
    )]
    pub(crate) token: TypeId,
    /// A token can be NULL.
    pub(crate) is_nullable: bool,
    /// The database makes it.
    pub(crate) is_generated: bool,
    /// Of a timestamp.
    pub(crate) precision: Precision,
    /// The first version of an integer.
    pub(crate) first: Option<i64>,
}

/// The column of the audit stamp.
#[derive(Debug, Clone, Copy)]
pub struct StampShape {
    pub(crate) column: &'static str,
    pub(crate) stored: Stored,
}

/// A model whose table can be described: each that derives `Versioned`.
#[diagnostic::on_unimplemented(
    message = "the table of `{Self}` cannot be described",
    label = "needs `#[derive(AsChangeset, Versioned)]`"
)]
pub trait Described: Versioned {
    /// The table.
    #[doc(hidden)]
    fn shape() -> Shape;
}

#[diagnostic::do_not_recommend]
impl<M> Described for M
where
    M: Versioned<Table: NamedTable>,
    M: for<'a> VersionedChangeset<'a, StampChangeset: StampColumn>,
{
    fn shape() -> Shape {
        let names = M::Table::names();
        let mut scope = Vec::new();
        M::Scope::list_columns(&mut scope);
        let stored = stored_in::<M::VersionColumn>();
        Shape {
            schema: names.schema,
            table: names.table,
            columns: names.columns,
            key: names.key,
            scope,
            version: VersionShape {
                column: M::VersionColumn::NAME,
                stored,
                token: TypeId::of::<M::Version>(),
                is_nullable: M::Version::NULLABLE,
                is_generated: M::GENERATED,
                precision: M::VERSION_PRECISION,
                first: first_number::<M::Version>(stored),
            },
            stamp: stamp_of::<M>(),
        }
    }
}

/// Any other is drawn, or is the time of a clock that is the user's.
fn first_number<T: VersionToken>(stored: Stored) -> Option<i64> {
    let is_integer = matches!(stored, Stored::Integer { .. });
    is_integer.then(T::first)?.encode().parse().ok()
}

/// The lifetime is any.
fn stamp_of<'m, M>() -> Option<StampShape>
where
    M: VersionedChangeset<'m, StampChangeset: StampColumn> + 'm,
{
    M::StampChangeset::stamp()
}

/// What a touch sets beside the version, by its type.
pub trait StampColumn {
    /// The column of the audit stamp, if there is one.
    fn stamp() -> Option<StampShape>;
}

impl StampColumn for () {
    fn stamp() -> Option<StampShape> {
        None
    }
}

impl<Col: Column<SqlType: SqlType>, Expr> StampColumn for Assignment<Col, Expr> {
    fn stamp() -> Option<StampShape> {
        Some(StampShape {
            column: Col::NAME,
            stored: stored_in::<Col>(),
        })
    }
}

impl<Col: Column<SqlType: SqlType>, Expr> StampColumn for OptionalAssignment<Col, Expr> {
    fn stamp() -> Option<StampShape> {
        <Assignment<Col, Expr> as StampColumn>::stamp()
    }
}

fn stored_in<Col: Expression<SqlType: SqlType>>() -> Stored {
    Stored::of(TypeId::of::<Col::SqlType>())
}

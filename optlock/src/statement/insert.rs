//! The insert of a value that was never stored.

use super::erased::Walk;
#[cfg(debug_assertions)]
use super::same_text;
use crate::backend::{Database, Dialect, Phrase};
use crate::columns::{NamedColumns, VersionedColumns};
use crate::scope::{Condition, Scope as _};
use crate::versioned::Versioned;
use diesel::Insertable;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;
use std::marker::PhantomData;
use std::mem;

/// An `INSERT` of the model stores what is in memory: Diesel's [`Insertable`] has the key, the version, the audit stamp and
/// the scope, and a `None` is stored as NULL.
///
/// [`#[derive(Versioned)]`](macro@crate::Versioned) implements it for a model with
/// `#[diesel(treat_none_as_default_value = false)]`, unless one of these fields has `skip_insertion`, another has it without
/// `skip_update`, or any has `serialize_as`. For an impl of [`Versioned`] by hand it is an empty impl, and **a promise**: if the `INSERT` leaves
/// the version out, the row has another version than the value in memory.
pub trait InsertsVersion {}

/// Diesel's [`Insertable`] of `&M`, which [inserts the version](InsertsVersion).
///
/// It is a trait of the reference because the compiler prefers the message of the operation where both are about one
/// type.
#[diagnostic::on_unimplemented(
    message = "an `INSERT` of `{M}` does not store what is in memory",
    label = "`{M}` needs `#[derive(Insertable)]` and `#[diesel(treat_none_as_default_value = false)]`",
    note = "without `treat_none_as_default_value = false` the database stores its default for a `None`",
    note = "the version, the key, the audit stamp and the scope cannot have `skip_insertion` (a generated version needs it), any other field only beside `skip_update`, and no field `serialize_as`"
)]
pub trait InsertedValues<M> {
    /// Diesel's values.
    type Values;
    /// Makes the values.
    fn inserted(self) -> Self::Values;
}

#[diagnostic::do_not_recommend]
impl<'a, M> InsertedValues<M> for &'a M
where
    M: Versioned + InsertsVersion,
    &'a M: Insertable<M::Table>,
{
    type Values = <&'a M as Insertable<M::Table>>::Values;

    fn inserted(self) -> Self::Values {
        self.values()
    }
}

/// What an `INSERT` does if a unique value of the row is taken.
enum IfTaken {
    /// On PostgreSQL it inserts no row if the key is taken, so that a transaction goes on. Elsewhere it fails, and a
    /// transaction goes on all the same.
    KeyIsSkipped(EachName),
    /// Like `KeyIsSkipped`, if any unique value is taken: the key may be unique only together with the scope.
    AnyIsSkipped,
    /// It fails.
    Fails,
}

/// Shows each column of the key.
type EachName = fn(&mut dyn FnMut(&'static str) -> QueryResult<()>) -> QueryResult<()>;

impl IfTaken {
    fn walk<DB: Dialect>(&self, mut out: AstPass<'_, '_, DB>) -> QueryResult<()> {
        match self {
            // On an enum of connections, whose database is not known here, any unique value counts.
            Self::KeyIsSkipped(key) if DB::DATABASE == Some(Database::Postgres) => {
                let mut before = " ON CONFLICT (";
                key(&mut |name| {
                    out.push_sql(mem::replace(&mut before, ", "));
                    out.push_identifier(name)
                })?;
                out.push_sql(") DO NOTHING");
                Ok(())
            }
            Self::KeyIsSkipped(_) | Self::AnyIsSkipped => {
                DB::walk_phrase(&Phrase::UnlessTaken, out)
            }
            Self::Fails => Ok(()),
        }
    }
}

/// Names an `INSERT` that skips a row whose unique value is taken, of a model with these conditions of a scope.
#[derive(Debug)]
pub(crate) struct Skips<Conditions>(PhantomData<Conditions>);

/// Names an `INSERT` that fails.
#[derive(Debug)]
pub(crate) struct Fails;

impl<Conditions: QueryId> QueryId for Skips<Conditions> {
    type QueryId = Skips<Conditions::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Conditions::HAS_STATIC_QUERY_ID;
}

impl QueryId for Fails {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// `INSERT INTO table (..) VALUES (..)`, and what it does where a unique value is taken.
pub(crate) struct Insert<T: QuerySource, Values, Named> {
    table: T::FromClause,
    values: Values,
    if_taken: IfTaken,
    named: PhantomData<Named>,
}

impl<T, Values, Named> Insert<T, Values, Named>
where
    T: QuerySource + Default,
{
    fn new(values: Values, if_taken: IfTaken) -> Self {
        Self {
            table: T::default().from_clause(),
            values,
            if_taken,
            named: PhantomData,
        }
    }
}

impl<T, Values, Named, DB> Walk<DB> for Insert<T, Values, Named>
where
    DB: Dialect,
    T: QuerySource<FromClause: QueryFragment<DB>>,
    Values: QueryFragment<DB>,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::InsertInto, out.reborrow())?;
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" ");
        self.values.walk_ast(out.reborrow())?;
        self.if_taken.walk(out)
    }
}

impl<T, Values, Named, DB> QueryFragment<DB> for Insert<T, Values, Named>
where
    DB: Dialect,
    T: QuerySource<FromClause: QueryFragment<DB>> + QueryId,
    Values: QueryFragment<DB> + QueryId,
    Named: QueryId,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        #[cfg(debug_assertions)]
        same_text::assert(self, out.backend())?;
        self.walk(out)
    }
}

/// [`Insert`] in Diesel's cache.
#[derive(Debug)]
pub(crate) struct InsertId<T, Values, Named>(PhantomData<(T, Values, Named)>);

/// The values know whether they have one text: not where an embedded struct stores its default for a `None`.
impl<T, Values, Named> QueryId for Insert<T, Values, Named>
where
    T: QuerySource + QueryId,
    Values: QueryId,
    Named: QueryId,
{
    type QueryId = InsertId<T::QueryId, Values::QueryId, Named::QueryId>;
    const HAS_STATIC_QUERY_ID: bool =
        T::HAS_STATIC_QUERY_ID && Values::HAS_STATIC_QUERY_ID && Named::HAS_STATIC_QUERY_ID;
}

/// The inserts of a model; see [`CheckedStatements`](super::CheckedStatements).
pub(crate) trait InsertStatements<'a, Bound = &'a Self> {
    /// On PostgreSQL it inserts no row if the key is taken.
    type Skipping;
    /// It fails if the key is taken.
    type Failing;

    /// Inserts the values in memory, or on PostgreSQL nothing.
    fn insert_or_skip(&'a self) -> Self::Skipping;

    /// Inserts the values in memory, or fails.
    fn insert_or_fail(&'a self) -> Self::Failing;
}

impl<'a, M> InsertStatements<'a> for M
where
    M: Versioned<Table: Default> + VersionedColumns<'a, Key: NamedColumns>,
    &'a M: InsertedValues<M>,
{
    type Skipping =
        Insert<M::Table, <&'a M as InsertedValues<M>>::Values, Skips<Condition<M::Scope>>>;
    type Failing = Insert<M::Table, <&'a M as InsertedValues<M>>::Values, Fails>;

    fn insert_or_skip(&'a self) -> Self::Skipping {
        let if_taken = if M::Scope::IS_IDENTITY {
            IfTaken::AnyIsSkipped
        } else {
            IfTaken::KeyIsSkipped(<M as VersionedColumns<'a>>::Key::each_name)
        };
        Insert::new(self.inserted(), if_taken)
    }

    fn insert_or_fail(&'a self) -> Self::Failing {
        Insert::new(self.inserted(), IfTaken::Fails)
    }
}

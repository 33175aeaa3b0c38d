//! The writes of a row on which somebody has a lease.

use super::builder::text;
use super::delete::DeleteStatement;
use super::erased::Walk;
use super::has_version::{HasVersionOf, WithVersionCondition};
use super::row::{FoundBy, Row};
use super::update::CheckedUpdate;
use super::write::row_at;
use crate::backend::{Database, Dialect, LeaseBackend, Phrase};
use crate::hidden::backend_of;
use crate::scope::{BothConditions, Condition};
use crate::versioned::{Versioned, VersionedChangeset};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::SqlTypeOf;
use diesel::expression::AsExpression;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::QuerySource;
use std::cell::OnceCell;
use std::marker::PhantomData;
use std::sync::Arc;

/// What names a lease in the table of leases, as long as it is held. Its id is a secret, so that it is not printed.
pub(crate) struct LeaseKey {
    /// The name of the leased row's table, as the database completed it.
    pub(crate) table_name: String,
    /// The hash of the leased row's key.
    pub(crate) row_hash: String,
    /// The acquisition.
    pub(crate) lease_id: String,
    /// The page or process.
    pub(crate) holder: String,
    /// Raised by each acquisition and release.
    pub(crate) fence: i64,
}

/// ` AND (EXISTS (..))`: the lease is held, and it is of this table. Its row is locked first, to the end of the
/// transaction: on PostgreSQL by this query, on SQLite by the lock of the whole database. On MySQL, MariaDB and an enum of
/// connections the caller has locked it, and looked at the table and the time; MySQL and MariaDB then ask only whether it
/// is the lease.
pub(crate) struct LeaseIsHeld<T: QuerySource> {
    lease: Arc<LeaseKey>,
    table: CompletedName<T>,
}

impl<T: QuerySource + Default> LeaseIsHeld<T> {
    fn new(lease: Arc<LeaseKey>) -> Self {
        Self {
            lease,
            table: CompletedName::new(),
        }
    }
}

impl<T, DB> QueryFragment<DB> for LeaseIsHeld<T>
where
    T: QuerySource,
    CompletedName<T>: Walk<DB>,
    DB: LeaseBackend,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" AND (EXISTS (");
        DB::walk_phrase(&Phrase::LeaseStart, out.reborrow())?;
        self.lease.walk_conditions(out.reborrow())?;
        if decides_in_one_statement::<DB>() {
            out.push_sql(" AND table_name = ");
            self.table.walk(out.reborrow())?;
        }
        DB::walk_phrase(&Phrase::LeaseEnd, out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}

/// Does the write itself decide whether the lease is held? Not on an enum of connections, which may hold a database that
/// needs a locking read before.
pub(crate) fn decides_in_one_statement<DB: Dialect>() -> bool {
    matches!(DB::DATABASE, Some(Database::Postgres | Database::Sqlite))
}

impl LeaseKey {
    /// ` WHERE table_name = ? AND ..`
    pub(crate) fn walk_conditions<'b, DB: LeaseBackend>(
        &'b self,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let texts = [
            (" WHERE table_name = ", &self.table_name),
            (" AND row_hash = ", &self.row_hash),
            (" AND lease_id = ", &self.lease_id),
            (" AND holder = ", &self.holder),
        ];
        for (sql, text) in texts {
            out.push_sql(sql);
            DB::push_text(text, out.reborrow())?;
        }
        out.push_sql(" AND fence = ");
        DB::push_number(&self.fence, out)
    }
}

impl<T, C, DB> WithVersionCondition<DB> for BothConditions<LeaseIsHeld<T>, C>
where
    T: QuerySource,
    C: WithVersionCondition<DB>,
    DB: Backend,
{
    fn walk_unmoved<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.1.walk_unmoved(out)
    }
}

/// [`LeaseIsHeld`] in Diesel's cache: of one table the text is always the same.
#[derive(Debug)]
pub(crate) struct LeaseIsHeldId<T>(PhantomData<T>);

impl<T: QuerySource + QueryId> QueryId for LeaseIsHeld<T> {
    type QueryId = LeaseIsHeldId<T::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID;
}

/// The row of a model, at a version, if a lease is held.
type LeasedRow<M> = Row<
    <M as Versioned>::Table,
    <<M as Versioned>::Table as FoundBy<<M as Versioned>::Key>>::HasKey,
    BothConditions<
        LeaseIsHeld<<M as Versioned>::Table>,
        BothConditions<HasVersionOf<M>, Condition<<M as Versioned>::Scope>>,
    >,
>;

/// The checked writes of a model that ask for a lease as well; see
/// [`CheckedStatements`](super::CheckedStatements).
pub(crate) trait LeasedStatements<'a, Version, Bound = &'a Self> {
    /// See [`CheckedUpdate`].
    type Update;
    /// See [`DeleteStatement`].
    type Delete;

    /// The save of the values in memory, at the version `expected`.
    fn leased_update(&'a self, expected: Version, lease: Arc<LeaseKey>) -> Self::Update;

    /// The delete of the row, at the version `expected`.
    fn leased_delete(&'a self, expected: Version, lease: Arc<LeaseKey>) -> Self::Delete;
}

impl<'a, M> LeasedStatements<'a, M::Version> for M
where
    M: Versioned + VersionedChangeset<'a>,
    M::Table: FoundBy<M::Key>,
    M::Version: AsExpression<SqlTypeOf<M::VersionColumn>>,
{
    type Update = CheckedUpdate<M::Text, LeasedRow<M>, <M as VersionedChangeset<'a>>::Changeset>;
    type Delete = DeleteStatement<LeasedRow<M>>;

    fn leased_update(&'a self, expected: M::Version, lease: Arc<LeaseKey>) -> Self::Update {
        let row = row_at(self, expected).guarded_by(LeaseIsHeld::new(lease));
        CheckedUpdate::new(row, self.changeset())
    }

    fn leased_delete(&'a self, expected: M::Version, lease: Arc<LeaseKey>) -> Self::Delete {
        DeleteStatement::new(row_at(self, expected).guarded_by(LeaseIsHeld::new(lease)))
    }
}

/// The name of the table `T` together with its schema, as the database completes it: an expression.
pub(crate) struct CompletedName<T: QuerySource> {
    table: T::FromClause,
    /// The name as a statement has it.
    text: OnceCell<Option<String>>,
}

impl<T: QuerySource + Default> CompletedName<T> {
    pub(crate) fn new() -> Self {
        Self {
            table: T::default().from_clause(),
            text: OnceCell::new(),
        }
    }
}

impl<T: QuerySource> CompletedName<T> {
    /// The name as a statement has it, or `None` on an enum of connections.
    fn text<DB>(&self, backend: &DB) -> QueryResult<Option<&str>>
    where
        T: QuerySource<FromClause: QueryFragment<DB>>,
        DB: Dialect,
    {
        let text = match self.text.get() {
            Some(text) => text,
            None => {
                let text = text(&self.table, backend)?;
                self.text.get_or_init(|| text)
            }
        };
        Ok(text.as_deref())
    }
}

impl<T, DB> Walk<DB> for CompletedName<T>
where
    T: QuerySource<FromClause: QueryFragment<DB>>,
    DB: LeaseBackend,
{
    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::walk_phrase(&Phrase::TableNameStart, out.reborrow())?;
        match self.text(backend_of(&out))? {
            // A quote or a backslash in the name would end a literal.
            Some(text) => DB::push_text(text, out.reborrow())?,
            None => {
                out.push_sql("'");
                self.table.walk_ast(out.reborrow())?;
                out.push_sql("'");
            }
        }
        DB::walk_phrase(&Phrase::TableNameEnd, out)
    }
}

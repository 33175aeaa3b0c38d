//! A save without a version: lock, compare, write.

use super::effect::failed;
use super::needs::SavedUnchangedOn;
use crate::backend::{Dialect, DieselConnection};
use crate::diff::{Change, Diff};
use crate::error::{Error, Found, WithoutVersion};
use crate::scope::{Condition, Scope as _};
use crate::statement::changeset::BorrowedChangeset;
use crate::statement::{
    CheckedUpdate, Choice, Chosen, Exclusive, Fetch, ForUpdate, Read, Run, Scoped, Varying,
    WriteLock,
};
use crate::transaction::{Failure, atomically};
use crate::unversioned::Unversioned;
use diesel::connection::Connection;
use diesel::dsl::{AsSelect, Find, Select};
use diesel::prelude::*;
use diesel::query_builder::{IntoUpdateTarget, QueryId};
use diesel::query_dsl::methods::{FindDsl, SelectDsl};

/// Can the model, whose table has no version, be saved on the connection `C` if nobody has changed
/// it? See [`Tracked::save_unchanged`](crate::Tracked::save_unchanged).
///
/// ```
/// # use diesel::prelude::*;
/// # use optlock::prelude::*;
/// use optlock::{Error, Tracked, Unversioned, methods};
///
/// fn edit<M, C>(model: M, edit: impl FnOnce(&mut M), conn: &mut C) -> Result<M, Error>
/// where
///     M: methods::SaveUnchanged<C> + Clone,
/// {
///     let mut model = Tracked::new(model);
///     edit(&mut model);
///     model.save_unchanged(conn)?;
///     Ok(model.into_inner())
/// }
/// # diesel::table! { notes { id -> Integer, text -> Text, } }
/// # #[derive(Clone, Queryable, Selectable, AsChangeset, Diff, Unversioned)]
/// # struct Note { id: i32, text: String }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut SqliteConnection::establish(":memory:")?;
/// # diesel::sql_query("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)").execute(conn)?;
/// # diesel::sql_query("INSERT INTO notes VALUES (1, '')").execute(conn)?;
/// # let note: Note = notes::table.find(1).select(Note::as_select()).first(conn)?;
/// edit(note, |note| note.text = "new".into(), conn)?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded, compared and saved",
    label = "needs `#[derive(Queryable, Selectable)]`",
    note = "a struct that borrows cannot be loaded, and one with `serialize_as` or more than 64 columns cannot be saved so",
    note = "if they are derived, this database does not store the type of a field"
)]
pub trait SaveUnchanged<C>: Unversioned + Diff + Sized {
    /// Saves the columns of the fields that are marked in `changed`, if the row still is what
    /// `base` is. Shows `follow` the row as it is then, before the transaction is committed: if
    /// `follow` panics, all is rolled back.
    ///
    /// # Errors
    ///
    /// See [`Tracked::save_unchanged`](crate::Tracked::save_unchanged).
    fn save_row_unchanged(
        &self,
        base: &Self,
        changed: Vec<bool>,
        follow: &mut dyn FnMut(&Self),
        conn: &mut C,
    ) -> Result<(), Error>;
}

/// The two reads of the row.
pub trait LockRow<C>: Sized {
    /// **Sends** `SELECT .. FROM t WHERE key FOR UPDATE`, or what locks the row elsewhere.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn lock_row(&self, conn: &mut C) -> QueryResult<Option<Self>>;

    /// **Sends** `SELECT .. FROM t WHERE key`, with a lock where plain reads may be old.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn newest_row(&self, conn: &mut C) -> QueryResult<Option<Self>>;
}

/// The write of a model that is borrowed for `'a`; see
/// [`VersionedChangeset`](crate::VersionedChangeset) for why it looks like this.
pub trait UpdateRow<'a, Bound = &'a Self> {
    /// See [`CheckedUpdate`], whose condition is the key alone here.
    type Update;

    /// `UPDATE t SET <chosen columns> WHERE key`
    fn update_row(&'a self, choice: Choice) -> Self::Update;
}

type Row<M> = Find<<M as Unversioned>::Table, <M as Unversioned>::Key>;

/// `SELECT .. FROM t WHERE key`
type Whole<M, C, L> = Read<
    Scoped<
        Select<Row<M>, AsSelect<M, <C as Connection>::Backend>>,
        Condition<<M as Unversioned>::Scope>,
    >,
    L,
>;

type Lock<M> = WriteLock<<M as Unversioned>::Table, <M as Unversioned>::KeyColumn>;

#[diagnostic::do_not_recommend]
impl<M, C> LockRow<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Unversioned + Selectable<C::Backend, SelectExpression: QueryId>,
    M::Table: FindDsl<M::Key> + Default,
    Row<M>: SelectDsl<AsSelect<M, C::Backend>>,
    Whole<M, C, Exclusive>: Fetch<C, M>,
    Whole<M, C, ForUpdate>: Fetch<C, M>,
    Lock<M>: Run<C>,
{
    fn lock_row(&self, conn: &mut C) -> QueryResult<Option<M>> {
        // Before the read, which would otherwise see a snapshot that a write no longer fits.
        if C::Backend::LOCKS_BY_WRITING {
            Lock::<M>::new().run(conn)?;
        }
        whole::<M, C, Exclusive>(self).fetch(conn)
    }

    fn newest_row(&self, conn: &mut C) -> QueryResult<Option<M>> {
        whole::<M, C, ForUpdate>(self).fetch(conn)
    }
}

fn whole<M, C, L>(model: &M) -> Whole<M, C, L>
where
    C: Connection,
    M: Unversioned + Selectable<C::Backend, SelectExpression: QueryId>,
    M::Table: FindDsl<M::Key> + Default,
    Row<M>: SelectDsl<AsSelect<M, C::Backend>>,
{
    let row = FindDsl::find(M::Table::default(), model.key());
    let whole = SelectDsl::select(row, M::as_select());
    Read::new(whole, model.scope().condition())
}

impl<'a, M> UpdateRow<'a> for M
where
    M: Unversioned,
    &'a M: BorrowedChangeset<M>,
    M::Table: FindDsl<M::Key> + Default,
    Row<M>: IntoUpdateTarget<Table = M::Table>,
{
    type Update = CheckedUpdate<
        Varying,
        M::Table,
        Chosen<<&'a M as BorrowedChangeset<M>>::Set>,
        Scoped<<Row<M> as IntoUpdateTarget>::WhereClause, Condition<M::Scope>>,
    >;

    fn update_row(&'a self, choice: Choice) -> Self::Update {
        let row = FindDsl::find(M::Table::default(), self.key());
        let target = row.into_update_target();
        let set = BorrowedChangeset::changeset(self);
        CheckedUpdate::new(
            target.table.from_clause(),
            Chosen::new(set, choice),
            Scoped::new(target.where_clause, self.scope().condition()),
        )
    }
}

impl<M, C> SaveUnchanged<C> for M
where
    C: DieselConnection<Backend: Dialect>,
    M: Unversioned + Diff,
    M: for<'a> UpdateRow<'a, Update: Sized> + SavedUnchangedOn<C>,
{
    fn save_row_unchanged(
        &self,
        base: &M,
        changed: Vec<bool>,
        follow: &mut dyn FnMut(&M),
        conn: &mut C,
    ) -> Result<(), Error> {
        let named = WithoutVersion(self);
        let conflict = |found| Error::conflict_with(&named, found);
        let refused = || Error::refused_unchanged(&named);
        let failed = |error| failed::<C::Backend>(error, |_| Error::aborted(&named));
        // Compared with what another row was, the row could look unchanged.
        if base.key() != self.key() || base.scope() != self.scope() {
            let fields = M::FIELDS.iter().collect();
            return Err(conflict(Found::Changed { fields }));
        }
        atomically(conn, |conn| {
            let Some(row) = self.lock_row(conn).map_err(failed)? else {
                // A row-level policy may let a role see a row that it may not lock.
                let is_there = self.newest_row(conn).map_err(failed)?.is_some();
                return Err(if is_there {
                    refused()
                } else {
                    conflict(Found::Missing)
                });
            };
            let fields: Vec<_> = base.diff(&row).iter().map(Change::field).collect();
            if !fields.is_empty() {
                return Err(conflict(Found::Changed { fields }));
            }
            // Of an embedded struct all columns are written: those that have not changed, or are
            // ignored, as they are.
            let mut written = row;
            for (field, _) in changed.iter().enumerate().filter(|(_, changed)| **changed) {
                written.take_field(self, field);
            }
            let update = written.update_row(Choice::new::<M>(changed));
            match update.run(conn).map_err(failed)? {
                1 => {}
                0 => return Err(refused()),
                rows => return Err(Error::key_not_unique(&named, rows)),
            }
            // A column may hold less than what was written into it, and a trigger may have changed
            // another one. Taken for what another client has done, it would be a false conflict later.
            // (On MySQL and MariaDB with the lock: an update that changes nothing writes nothing that a
            // plain read would show.) If the save, or a trigger, has moved the row out of the scope or away, it was
            // saved all the same.
            let row = written.newest_row(conn).map_err(failed)?;
            follow(row.as_ref().unwrap_or(&written));
            Ok(())
        })
        .map_err(Failure::into_error)
    }
}

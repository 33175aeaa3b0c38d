//! A changeset of which only some assignments are written.

use super::update::CheckedUpdate;
use crate::diff::Diff;
use crate::text::Varying;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};

/// A changeset whose assignments can be written one by one: what `#[derive(AsChangeset)]` makes of a
/// struct, with up to 64 assignments.
pub trait Assignments<DB: Backend> {
    /// Writes the assignments at the positions that are written, each but the first behind a comma.
    ///
    /// # Errors
    ///
    /// Diesel's.
    fn walk_some<'b>(
        &'b self,
        is_written: &dyn Fn(usize) -> bool,
        is_first: &mut bool,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>;

    /// May they be sent? Not if a column would be set twice.
    ///
    /// # Errors
    ///
    /// [`Error::EmbeddedColumn`](crate::Error::EmbeddedColumn) in Diesel's.
    fn check(&self, _backend: &DB) -> QueryResult<()> {
        Ok(())
    }
}

fn walk_one<'b, DB, A>(
    assignment: &'b A,
    is_first: &mut bool,
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend,
    A: QueryFragment<DB>,
{
    if assignment.is_noop(out.backend())? {
        return Ok(());
    }
    if !std::mem::take(is_first) {
        out.push_sql(", ");
    }
    assignment.walk_ast(out)
}

/// For the tuple of each beginning of the list.
macro_rules! tuples {
    (@ [$($before:ident $index_before:tt)*]) => {};
    (@ [$($before:ident $index_before:tt)*] $name:ident $index:tt $($rest:tt)*) => {
        tuples!(@@ $($before $index_before)* $name $index);
        tuples!(@ [$($before $index_before)* $name $index] $($rest)*);
    };
    (@@ $($name:ident $index:tt)*) => {
        impl<$($name,)* DB> Assignments<DB> for ($($name,)*)
        where
            DB: Backend,
            $($name: QueryFragment<DB>,)*
        {
            fn walk_some<'b>(
                &'b self,
                is_written: &dyn Fn(usize) -> bool,
                is_first: &mut bool,
                mut out: AstPass<'_, 'b, DB>,
            ) -> QueryResult<()> {
                $(if is_written($index) {
                    walk_one(&self.$index, is_first, out.reborrow())?;
                })*
                Ok(())
            }
        }
    };
    ($($name:ident $index:tt)*) => {
        tuples!(@ [] $($name $index)*);
    };
}

tuples!(
    A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11 A12 12 A13 13 A14 14 A15 15
    A16 16 A17 17 A18 18 A19 19 A20 20 A21 21 A22 22 A23 23 A24 24 A25 25 A26 26 A27 27 A28 28
    A29 29 A30 30 A31 31 A32 32 A33 33 A34 34 A35 35 A36 36 A37 37 A38 38 A39 39 A40 40 A41 41
    A42 42 A43 43 A44 44 A45 45 A46 46 A47 47 A48 48 A49 49 A50 50 A51 51 A52 52 A53 53 A54 54
    A55 55 A56 56 A57 57 A58 58 A59 59 A60 60 A61 61 A62 62 A63 63
);

/// The assignments of a changeset that are written.
#[derive(Debug, Clone)]
pub struct PartialChangeset<Set> {
    set: Set,
    columns: WrittenColumns,
}

/// Which assignments are written: those of the fields that have changed.
#[derive(Debug, Clone)]
pub struct WrittenColumns {
    writes: fn(&[bool], usize) -> bool,
    changed: Vec<bool>,
}

impl WrittenColumns {
    pub(crate) fn new<M: Diff>(changed: Vec<bool>) -> Self {
        Self {
            writes: M::writes,
            changed,
        }
    }
}

impl<Set> PartialChangeset<Set> {
    pub(crate) fn new(set: Set, columns: WrittenColumns) -> Self {
        Self { set, columns }
    }
}

impl<Set, DB> QueryFragment<DB> for PartialChangeset<Set>
where
    DB: Backend,
    Set: Assignments<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let WrittenColumns { writes, changed } = &self.columns;
        let is_written = |position| writes(changed, position);
        self.set.walk_some(&is_written, &mut true, out)
    }

    /// A field that has changed is written, and the version, unless the database makes it.
    fn is_noop(&self, backend: &DB) -> QueryResult<bool> {
        self.set.check(backend).map(|()| false)
    }
}

/// A checked update that can be cut down to the changed columns.
pub trait PartialUpdate {
    /// The update of some assignments only. Its text depends on them, so it is not kept.
    type Partial;

    /// Leaves the other assignments out.
    fn partial(self, columns: WrittenColumns) -> Self::Partial;
}

impl<Text, R, Set> PartialUpdate for CheckedUpdate<Text, R, Set> {
    type Partial = CheckedUpdate<Varying, R, PartialChangeset<Set>>;

    fn partial(self, columns: WrittenColumns) -> Self::Partial {
        self.map_set(|set| PartialChangeset::new(set, columns))
    }
}

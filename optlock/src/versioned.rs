//! The facts about a model, on which everything else builds.

use crate::scope::Scope;
use crate::stamp::Stamp;
use crate::text::StatementText;
use crate::token::{Precision, VersionToken};
use diesel::ExpressionMethods;
use diesel::query_source::{Column, Table};
use diesel::sql_types::SqlType;
use std::fmt;
use std::hash::Hash;

/// The facts about a model: which table, which row, which column is its version, and what a save
/// writes.
///
/// Normally derived with [`#[derive(Versioned)]`](macro@crate::Versioned). It holds no behaviour,
/// so an impl by hand works as well as the derive; the operations are in
/// [`VersionedDsl`](crate::VersionedDsl).
///
/// # By hand
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// use diesel::query_builder::AsChangeset;
/// use optlock::statement::ByText;
///
/// #[derive(Queryable, Selectable, Identifiable, AsChangeset)]
/// #[diesel(table_name = contacts)]
/// struct Name {
///     id: i32,
///     name: String,
///     version: i64,
/// }
///
/// impl optlock::Versioned for Name {
///     type Table = contacts::table;
///     type Key = i32;
///     type VersionColumn = contacts::version;
///     type Version = i64;
///     type Scope = ();
///     type Text = ByText;
///     const TABLE_NAME: &'static str = "contacts";
///
///     fn key(&self) -> i32 {
///         self.id
///     }
///     fn version(&self) -> &i64 {
///         &self.version
///     }
///     fn set_version(&mut self, version: i64) {
///         self.version = version;
///     }
///     fn scope(&self) {}
/// }
///
/// impl<'a> optlock::VersionedChangeset<'a> for Name {
///     type Changeset = <&'a Self as AsChangeset>::Changeset;
///     type StampChangeset = ();
///
///     fn changeset(&'a self) -> Self::Changeset {
///         self.as_changeset()
///     }
///     fn stamp_changeset(&'a self) {}
/// }
///
/// # let conn = &mut establish_connection();
/// let mut name = Name { id: 1, name: "Ann B.".into(), version: 1 };
/// name.save_checked(conn)?;
/// assert_eq!(name.version, 2);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no version that a write could check",
    label = "needs `#[derive(Versioned)]`"
)]
pub trait Versioned {
    /// The table that the model is saved to.
    type Table: Table;
    /// The primary key as an owned value, a tuple if it has several columns. It is printed in
    /// messages by its `Debug`; rows are distinguished by its `Eq`. Operations ask that it is `Send`, `Sync` and
    /// `'static`, as the scope is, because the error of a conflict keeps both.
    type Key: fmt::Debug + Eq;
    /// The version column.
    type VersionColumn: Column<Table = Self::Table, SqlType: SqlType>
        + ExpressionMethods
        + Default
        + 'static;
    /// What the version column holds.
    type Version: VersionToken;
    /// Which rows count, beside the key: the tenant, or those that are not deleted. `()`: all of
    /// them.
    type Scope: Scope + Eq + Hash;
    /// What is known about the text of the `UPDATE`. An impl by hand should say
    /// [`ByText`](crate::statement::ByText), or [`Varying`](crate::statement::Varying) if the
    /// text depends on the values.
    type Text: StatementText;

    /// The table's name in messages.
    const TABLE_NAME: &'static str;

    /// The resolution of the version column, if the version is a timestamp: what
    /// [`verify`](crate::verify()) expects of it.
    const VERSION_PRECISION: Precision = Precision::Micros;

    /// Does the database make the versions, with a trigger for example, so that a save leaves the column alone and reads
    /// what the row has then? See the chapter on [generated versions](crate::guide::generated_versions).
    const GENERATED: bool = false;

    /// The primary key.
    fn key(&self) -> Self::Key;

    /// The scope as an owned value. It is in the `WHERE` of each statement, and never printed.
    fn scope(&self) -> Self::Scope;

    /// The version that this value was loaded with, or that the form or the header carried: what a
    /// checked write compares.
    fn version(&self) -> &Self::Version;

    /// Sets the version in memory. **It must not panic**: it also puts the version back after a save
    /// that failed, in a destructor.
    fn set_version(&mut self, version: Self::Version);

    /// The version that the next checked write gives the row; `None` if there is none left. Of a
    /// [generated](Self::GENERATED) one it is not known: the value has its version until the next one is read.
    fn next_version(&self) -> Option<Self::Version> {
        if Self::GENERATED {
            Some(self.version().clone())
        } else {
            self.version().next()
        }
    }

    /// The audit column that is stamped with the present time at each checked write, if the model
    /// has one. **It must not panic**: it also gives access to the field to put the stamp back, in a
    /// destructor. The clock is not asked then.
    fn stamp(&mut self) -> Option<Stamp<'_>> {
        None
    }

    /// Does a save change anything but the version and the audit stamp? If not, it sends nothing.
    fn has_changes(&self) -> bool {
        true
    }
}

/// What the writes write: a save normally the changeset of `&'a Self`, which contains the version
/// column, and a touch the audit stamp beside the version. Derived, or written by hand, together
/// with [`Versioned`].
///
/// It is a trait of its own because an operation asks for it at any lifetime:
/// `M: for<'a> VersionedChangeset<'a>`. Asked of a generic associated type, `for<'a>` would mean
/// `M: 'static` ([why][gats]), and no struct that borrows could be saved. The parameter `Bound`
/// tells the compiler that `&'a Self` exists, and is never given.
///
/// [gats]: https://blog.rust-lang.org/2022/10/28/gats-stabilization/#implied-static-requirement-from-higher-ranked-trait-bounds
///
/// The example of [`Versioned`] has one by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no changeset that a save could write",
    label = "needs `#[derive(AsChangeset, Versioned)]`"
)]
pub trait VersionedChangeset<'a, Bound = &'a Self> {
    /// The changeset.
    type Changeset;
    /// What a touch sets beside the version: `()`, or for a model with an audit stamp
    /// [`Assign<notes::updated_on, NaiveDateTime>`](crate::statement::Assign).
    type StampChangeset;

    /// What a save writes, the version in memory included.
    fn changeset(&'a self) -> Self::Changeset;

    /// What a touch sets beside the version: nothing, or the stamp in memory,
    /// [`assign(self.updated_on)`](crate::statement::assign).
    fn stamp_changeset(&'a self) -> Self::StampChangeset;
}

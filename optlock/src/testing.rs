//! Assertions about your own models and tables, for your own test suite. Feature `testing`, which belongs into
//! `[dev-dependencies]`.
//!
//! What optlock promises holds for a model whose facts are right, and for a table that stores what was sent: an impl of
//! [`Versioned`](crate::Versioned) by hand, a trigger, or a column that rounds a timestamp can break it. These functions
//! play it against the real table, in a transaction that is rolled back, and say in words what does not hold.
//! [The chapter](crate::guide::testing) has the rules.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
//! # fn main() -> Result<(), optlock::Error> {
//! # let conn = &mut establish_connection();
//! use optlock::testing::{assert_merges, assert_versioned};
//!
//! // #[test]
//! let ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?; // or insert one
//! assert_versioned(conn, &ann);
//! assert_merges(conn, &ann, |ann| ann.name = "Ann B.".into(), |ann| ann.email = None);
//! # Ok(())
//! # }
//! ```
//!
//! **The value must be one whose row is in the table**: insert it in the same test, or load it.

pub use crate::rules::{Broken, BrokenRule};
#[doc(hidden)]
pub use crate::rules::{Merging, Scoping};

use crate::methods::{CheckMerges, CheckVersioned};

/// Does the model, on its table, keep the rules of optimistic locking? Panics with a report of those that it does not:
/// [the chapter](crate::guide::testing#the-rules) lists them.
///
/// **Sends** `BEGIN`, or `SAVEPOINT` if a transaction is open (`begin_test_transaction` is one), the locking read of
/// [`lock_checked`](crate::VersionedDsl::lock_checked), saves, touches, batches and deletes of copies of `model`, each
/// rule in a savepoint, and `ROLLBACK`. No other field than the version and the audit stamp is changed.
///
/// **Nothing is left behind**, in the row or in memory, unless the table has no transactions (MySQL's MyISAM): then one
/// save stays, which the report says. A panic of the model's rolls back too. Other clients wait for the row meanwhile.
///
/// # Panics
///
/// With the [`Broken`] that [`check_versioned`] returns, and which has the key and the versions.
#[track_caller]
pub fn assert_versioned<C, M: CheckVersioned<C>>(conn: &mut C, model: &M) {
    passes(check_versioned(conn, model));
}

/// [`assert_versioned`], and returns the report.
///
/// # Errors
///
/// [`Broken`], with the rules that do not hold. An error of the database is what was seen of a rule.
pub fn check_versioned<C, M: CheckVersioned<C>>(conn: &mut C, model: &M) -> Result<(), Broken> {
    model.check_versioned(conn)
}

/// Does no operation reach a row that is out of the [scope](crate::guide::scope) of the model? Panics with a report.
///
/// `edit` moves a copy of the value out of scope. It is one of two:
///
/// - Another value of the scope, `|document| document.tenant = 2`: each operation of that copy has to find no row, and
///   the row of `model` stays. **Name a tenant that has no row of this key.**
/// - A field that a save writes, `|document| document.deleted_at = Some(now)`: the copy is saved, and then each operation
///   has to find no row.
///
/// **Sends** what [`assert_versioned`] sends, and leaves nothing behind either.
///
/// ```
/// # use diesel::prelude::*;
/// # use optlock::prelude::*;
/// # diesel::table! { notes { id -> Integer, tenant -> Integer, text -> Text, version -> BigInt, } }
/// #[derive(Clone, Queryable, Selectable, Identifiable, AsChangeset, Versioned)]
/// #[diesel(table_name = notes)]
/// struct Note {
///     id: i32,
///     #[diesel(skip_update)]
///     #[optlock(scope)]
///     tenant: i32,
///     text: String,
///     version: i64,
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let conn = &mut SqliteConnection::establish(":memory:")?;
/// # diesel::sql_query("CREATE TABLE notes (id INTEGER, tenant INTEGER, text TEXT, version BIGINT)").execute(conn)?;
/// # diesel::sql_query("INSERT INTO notes VALUES (1, 1, '', 1)").execute(conn)?;
///
/// let note: Note = notes::table.find(1).select(Note::as_select()).first(conn)?;
/// optlock::testing::assert_scoped(conn, &note, |note| note.tenant = 2);
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// With the [`Broken`] that [`check_scoped`] returns.
#[track_caller]
pub fn assert_scoped<C, M>(conn: &mut C, model: &M, edit: impl FnOnce(&mut M))
where
    M: CheckVersioned<C> + Clone,
{
    passes(check_scoped(conn, model, edit));
}

/// [`assert_scoped`], and returns the report.
///
/// # Errors
///
/// [`Broken`], with the rules that do not hold.
pub fn check_scoped<C, M>(conn: &mut C, model: &M, edit: impl FnOnce(&mut M)) -> Result<(), Broken>
where
    M: CheckVersioned<C> + Clone,
{
    M::check_scoped(&Scoping::new(model, edit), conn)
}

/// Does a merge keep the changes of both sides? Panics with a report.
///
/// `mine` and `theirs` each change a copy of the value, in different fields. The second is saved, and the first is saved
/// by [`save_merged`](crate::VersionedDsl::save_merged): the row, and the value in memory, have to have the fields of
/// both.
///
/// **Sends** `BEGIN` or `SAVEPOINT`, the locking read, two saves, two reads, and `ROLLBACK`. Nothing is left behind.
///
/// # Panics
///
/// With the [`Broken`] that [`check_merges`] returns.
#[track_caller]
pub fn assert_merges<C, M: CheckMerges<C> + Clone>(
    conn: &mut C,
    model: &M,
    mine: impl FnOnce(&mut M),
    theirs: impl FnOnce(&mut M),
) {
    passes(check_merges(conn, model, mine, theirs));
}

/// [`assert_merges`], and returns the report.
///
/// # Errors
///
/// [`Broken`], with the rules that do not hold.
pub fn check_merges<C, M: CheckMerges<C> + Clone>(
    conn: &mut C,
    model: &M,
    mine: impl FnOnce(&mut M),
    theirs: impl FnOnce(&mut M),
) -> Result<(), Broken> {
    M::check_merges(&Merging::new(model, mine, theirs), conn)
}

#[track_caller]
fn passes(checked: Result<(), Broken>) {
    if let Err(broken) = checked {
        broken.fail();
    }
}

//! `save_checked` and `save_or_load`.

use super::effect::Saved;
use super::moving::{Moving, SendFn, SendReturningFn, SendWrite};
use super::needs::{SavedOn, SavedOrLoadedOn, UpdatedOn};
use super::read::{OfVersion, OfVersionAnd};
use super::write::{write, write_or_fail};
use crate::backend::Dialect as _;
use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::events;
#[cfg(feature = "tracing")]
use crate::executes::RowRead as _;
use crate::executes::{Answer, Executes, Returned, Wire};
#[cfg(feature = "tracing")]
use crate::token::VersionToken;
use crate::versioned::Versioned;

/// The result of a [`save_or_load`](crate::VersionedDsl::save_or_load).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// use optlock::Outcome;
///
/// let mut ann: Contact = contacts::table.find(1).select(Contact::as_select()).first(conn)?;
/// assert_eq!(ann.save_or_load(conn)?, Outcome::Saved);
///
/// ann.version = 1; // as if it had been loaded before that
/// let Outcome::Changed(theirs) = ann.save_or_load(conn)? else { panic!("the row was saved") };
/// assert_eq!((ann.version, theirs.version), (1, 2));
///
/// diesel::delete(&theirs).execute(conn)?;
/// assert_eq!(ann.save_or_load(conn)?, Outcome::Missing);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a conflict is a value here, not an error: match on it"]
pub enum Outcome<M> {
    /// The row was written.
    Saved,
    /// Another client changed the row: this is the row as it is now. Nothing was written.
    Changed(M),
    /// The row is gone. Nothing was written.
    Missing,
}

/// The result of a save: it succeeded, or the row that is in its way, or there is no row.
pub(crate) type SavedOr<T> = Result<Saved, T>;

impl<M> From<SavedOr<Option<M>>> for Outcome<M> {
    fn from(attempt: SavedOr<Option<M>>) -> Self {
        match attempt {
            Ok(_) => Self::Saved,
            Err(Some(theirs)) => Self::Changed(theirs),
            Err(None) => Self::Missing,
        }
    }
}

/// What comes after a value: which version a save gives its row, and who is shown the value as it will be.
pub(crate) trait Follow<M: Versioned> {
    /// The version after that of the value.
    fn next(&self, value: &M) -> Option<M::Version> {
        value.next_version()
    }

    /// Looks at the value as it will be, before anything is sent.
    fn see(&mut self, value: &M);
}

/// [`Follow`], also of what a merge makes of the value.
pub(crate) trait FollowMerge<M: Versioned>: Follow<M> {
    /// Looks at the merged value as it will be, before anything is sent.
    fn see_merged(&mut self, value: &M);
}

impl<M: Versioned, F: FnMut(&M)> Follow<M> for F {
    fn see(&mut self, value: &M) {
        self(value);
    }
}

/// Nobody is shown the value.
pub(crate) struct Nobody;

impl<M: Versioned> Follow<M> for Nobody {
    fn see(&mut self, _value: &M) {}
}

impl<M: Versioned> FollowMerge<M> for Nobody {
    fn see_merged(&mut self, _value: &M) {}
}

/// The update of all columns, for code that need not know what it asks of the model.
pub(super) struct AllColumns<M: Versioned, X: Executes> {
    send: SendFn<M, X>,
    /// Only of a model whose version the database makes: it is compiled for no other.
    send_returning: Option<SendReturningFn<M, X>>,
}

impl<M: UpdatedOn<X>, X: Executes> AllColumns<M, X> {
    pub(super) fn new() -> Self {
        Self {
            send: send_all,
            send_returning: const {
                if M::GENERATED && X::Backend::RETURNS_WRITTEN {
                    Some(send_all_returning)
                } else {
                    None
                }
            },
        }
    }
}

/// **Sends** the update of all columns.
pub(super) fn send_all<'w, M, X>(
    model: &'w M,
    expected: M::Version,
    conn: &'w mut Wire<'_, X>,
) -> Answer<'w, X, usize>
where
    X: Executes,
    M: UpdatedOn<X>,
{
    conn.execute_update(model.checked_update(expected))
}

/// **Sends** the update of all columns with `RETURNING version` behind it.
fn send_all_returning<'w, M, X>(
    model: &'w M,
    expected: M::Version,
    returned: Returned<'w, M::Version, X>,
    conn: &'w mut Wire<'_, X>,
) -> Answer<'w, X, usize>
where
    X: Executes,
    M: UpdatedOn<X>,
{
    conn.update_returning(model.checked_update(expected), returned)
}

impl<M: Versioned, X: Executes> SendWrite<M, X> for AllColumns<M, X> {
    fn has_changes(&self, model: &M) -> bool {
        model.has_changes()
    }

    fn send<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        (self.send)(model, expected, conn)
    }

    fn send_returning<'w>(
        &self,
        model: &'w M,
        expected: M::Version,
        returned: Returned<'w, M::Version, X>,
        conn: &'w mut Wire<'_, X>,
    ) -> Answer<'w, X, usize> {
        match self.send_returning {
            Some(send) => send(model, expected, returned, conn),
            None => (self.send)(model, expected, conn),
        }
    }
}

/// A [`save`].
pub(super) type Save<'m, M, X, F> = Moving<'m, M, X, F, AllColumns<M, X>, OfVersion>;

/// Saves the value at the version in memory.
pub(crate) async fn save_checked<M, X>(model: &mut M, conn: &mut Wire<'_, X>) -> Result<(), Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    let mut nobody = Nobody;
    let mut row = Save::new(model, &mut nobody, AllColumns::new());
    write_or_fail(X::row(&mut row), conn).await.map(drop)
}

/// Saves, and shows `follow` the value as it will be, before anything is sent.
pub(crate) async fn save<M, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Error>
where
    X: Executes,
    M: SavedOn<X>,
{
    let mut row = Save::new(model, follow, AllColumns::new());
    write_or_fail(X::row(&mut row), conn).await
}

/// Saves, or loads the row.
pub(crate) async fn save_or_load<M, T, X>(
    model: &mut M,
    conn: &mut Wire<'_, X>,
) -> Result<Outcome<T>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, T>,
{
    save_or_read(model, &mut Nobody, conn)
        .await
        .map(Outcome::from)
}

/// Saves, or reads the row. Shows `follow` the value as it will be, before anything is sent.
pub(crate) async fn save_or_read<M, T, X>(
    model: &mut M,
    follow: &mut impl Follow<M>,
    conn: &mut Wire<'_, X>,
) -> Result<SavedOr<Option<T>>, Error>
where
    X: Executes,
    M: SavedOrLoadedOn<X, T>,
{
    let mut row = Moving::<_, _, _, _, OfVersionAnd<T>>::new(model, follow, AllColumns::new());
    if let Some(saved) = write(X::row(&mut row), conn).await? {
        return Ok(Ok(saved));
    }
    #[cfg(feature = "tracing")]
    events::resolved(
        "save_or_load",
        row.named(),
        row.found().map(VersionToken::describe),
    );
    Ok(Err(row.into_found().map(|(_, theirs)| theirs)))
}

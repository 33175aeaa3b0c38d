//! A value whose table has no version, and its base.

use super::{MakePage, OnPage, PageShown, Stopped};
use crate::diff::Diff;
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::fingerprint::{FingerprintBuilder, FingerprintRow};
use crate::operation::{ReadUnversioned, Saved, SavedUnchangedOn, lock_row_unversioned};
use crate::tracked::{Tracked, operation};

/// The base is compared beside the page.
struct ByBase;

/// Saves the columns that have changed, if the page is up to date.
pub(crate) async fn save_if_unchanged<'s, M, P, X>(
    tracked: &mut Tracked<M>,
    shown: PageShown<'_, 's, P>,
    conn: &mut Wire<'_, X>,
) -> Result<Saved, Stopped>
where
    X: Executes,
    M: SavedUnchangedOn<X> + ReadUnversioned<X> + FingerprintRow + Diff + Clone,
    P: MakePage<'s, X::Conn, M> + ?Sized,
{
    super::save::<ByBase, _, _, _>(tracked, shown, conn).await
}

impl<M, X> OnPage<X, ByBase> for Tracked<M>
where
    X: Executes,
    M: SavedUnchangedOn<X> + ReadUnversioned<X> + FingerprintRow + Diff + Clone,
{
    type Row = M;
    type Saved = Saved;

    async fn lock_and_load(&self, conn: &mut Wire<'_, X>) -> Result<M, Error> {
        lock_row_unversioned::<M, X>(self, conn).await
    }

    /// A save writes what is not as the base has it, and fails if the base is not as the row.
    fn unguarded(&self, _row: &M, page: &FingerprintBuilder<'_>) -> Vec<String> {
        let changed = self.changed_fields().into_iter();
        page.unguarded(&**self, self.base(), changed.map(|field| field.name()))
    }

    async fn save(&mut self, conn: &mut Wire<'_, X>) -> Result<Saved, Error> {
        operation::save_unchanged(self, conn).await
    }
}

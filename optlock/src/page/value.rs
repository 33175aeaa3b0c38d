//! A value with a version.

use super::{MakePage, OnPage, PageShown, Stopped};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::fingerprint::{FingerprintBuilder, FingerprintRow};
use crate::operation::{OfAll, ReadRow, SavedOn, lock_row, save_checked};
use crate::versioned::Versioned;

/// The version is compared beside the page.
pub(super) struct ByVersion;

/// Saves the value, if the page is up to date.
pub(crate) async fn save_if_unchanged<'s, M, P, X>(
    model: &mut M,
    shown: PageShown<'_, 's, P>,
    conn: &mut Wire<'_, X>,
) -> Result<(), Stopped>
where
    X: Executes,
    M: SavedOn<X> + ReadRow<OfAll<M>, X> + FingerprintRow + Clone,
    P: MakePage<'s, X::Conn, M> + ?Sized,
{
    super::save::<ByVersion, _, _, _>(model, shown, conn).await
}

impl<M, X> OnPage<X, ByVersion> for M
where
    X: Executes,
    M: SavedOn<X> + ReadRow<OfAll<M>, X> + FingerprintRow + Clone,
{
    type Row = M;
    type Saved = ();

    async fn lock_and_load(&self, conn: &mut Wire<'_, X>) -> Result<M, Error> {
        lock_row::<OfAll<M>, M, X>(self, conn).await
    }

    fn unguarded(&self, row: &M, page: &FingerprintBuilder<'_>) -> Vec<String> {
        unguarded(self, row, page, [])
    }

    async fn save(&mut self, conn: &mut Wire<'_, X>) -> Result<(), Error> {
        save_checked(self, conn).await
    }
}

/// The fields of the row that the save would change, and that the page does not guard. A value with another version
/// is a conflict, and changes none. `others` are fields that it is known to change.
pub(super) fn unguarded<M: Versioned + FingerprintRow>(
    model: &M,
    row: &M,
    page: &FingerprintBuilder<'_>,
    others: impl IntoIterator<Item = &'static str>,
) -> Vec<String> {
    let has_version = model.version() == row.version();
    page.unguarded(if has_version { model } else { row }, row, others)
}
